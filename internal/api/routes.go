package api

import (
	"net/http"

	"github.com/vivencia-cx/vivencia/internal/account"
)

// route is one operation. Either handle answers who may do the action, or raw
// answers and says itself whom.
type route struct {
	method, path string
	action       account.Action
	handle       handler
	raw          http.HandlerFunc
}

// routes is the one table of what there is, and what one must be allowed to do
// to ask for it. Services check again.
func (s *server) routes() []route {
	const v1 = "/api/v1"
	get, post, patch, del := http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodDelete
	return []route{
		{method: get, path: v1 + "/customers", action: account.ViewCustomers, handle: s.searchCustomers},
		{method: get, path: v1 + "/customers/lookup", action: account.ViewCustomers, handle: s.lookupCustomer},
		{method: get, path: v1 + "/customers/{id}", action: account.ViewCustomers, handle: s.showCustomer},
		{method: get, path: v1 + "/customers/{id}/timeline", action: account.ViewCustomers, handle: s.customerTimeline},
		{method: get, path: v1 + "/customers/{id}/identities", action: account.ViewCustomers, handle: s.customerIdentities},
		{method: post, path: v1 + "/customers/{id}/merge", action: account.MergeCustomers, handle: s.mergeCustomer},
		{method: post, path: v1 + "/customers/{id}/unmerge", action: account.MergeCustomers, handle: s.unmergeCustomer},
		{method: get, path: v1 + "/customers/{id}/export", action: account.ExportCustomer, handle: s.exportCustomer},
		{method: post, path: v1 + "/customers/{id}/forget", action: account.ForgetCustomers, handle: s.forgetCustomer},
		{method: get, path: v1 + "/forgotten", action: account.ForgetCustomers, handle: s.listForgotten},
		{method: get, path: v1 + "/forgotten/{id}", action: account.ForgetCustomers, handle: s.showForgotten},
		{method: get, path: v1 + "/retention", action: account.ForgetCustomers, handle: s.showRetention},
		{method: post, path: v1 + "/retention", action: account.ForgetCustomers, handle: s.expireNow},
		{method: get, path: v1 + "/suggestions", action: account.ViewCustomers, handle: s.listSuggestions},
		{method: post, path: v1 + "/suggestions/{id}/dismiss", action: account.MergeCustomers, handle: s.dismissSuggestion},
		{method: get, path: v1 + "/organizations", action: account.ViewCustomers, handle: s.searchOrganizations},
		{method: get, path: v1 + "/organizations/{id}", action: account.ViewCustomers, handle: s.showOrganization},
		{method: get, path: v1 + "/organizations/{id}/timeline", action: account.ViewCustomers, handle: s.organizationTimeline},

		{method: get, path: v1 + "/events", action: account.ViewEvents, handle: s.listEvents},
		{method: get, path: v1 + "/totals", action: account.ViewScores, handle: s.totals},
		{method: get, path: v1 + "/scores", action: account.ViewScores, handle: s.scores},
		{method: get, path: v1 + "/scores/changed", action: account.ViewScores, handle: s.changedScores},
		{method: get, path: v1 + "/scores/since", action: account.ViewScores, handle: s.scoresSince},
		{method: get, path: v1 + "/scores/memory", action: account.ViewScores, handle: s.scoresMemory},
		{method: get, path: v1 + "/scores/silent", action: account.ViewScores, handle: s.silentScores},
		{method: get, path: v1 + "/scores/represented", action: account.ViewScores, handle: s.representedScores},
		{method: get, path: v1 + "/segments", action: account.ViewScores, handle: s.listSegments},
		{method: get, path: v1 + "/segments/{slug}/customers", action: account.ViewCustomers, handle: s.segmentCustomers},
		{method: post, path: v1 + "/segments/preview", action: account.ViewCustomers, handle: s.previewSegment},

		{method: get, path: v1 + "/voice", action: account.ViewCustomers, handle: s.searchVoice},
		{method: get, path: v1 + "/voice/facets", action: account.ViewScores, handle: s.voiceFacets},
		{method: get, path: v1 + "/voice/words", action: account.ViewScores, handle: s.voiceWords},
		{method: get, path: v1 + "/voice/quotes", action: account.ViewScores, handle: s.voiceQuotes},
		{method: get, path: v1 + "/voice/topics", action: account.ViewScores, handle: s.voiceTopics},
		{method: http.MethodPut, path: v1 + "/voice/topics/{slug}", action: account.ApplyModel, handle: s.setTopic},
		{method: post, path: v1 + "/voice/topics/{slug}/merge", action: account.ApplyModel, handle: s.mergeTopics},
		{method: post, path: v1 + "/voice/topics/{slug}/split", action: account.ApplyModel, handle: s.splitTopic},
		{method: post, path: v1 + "/voice/{id}/labels", action: account.CorrectLabels, handle: s.correctLabel},
		{method: get, path: v1 + "/voice/quality", action: account.ViewScores, handle: s.voiceQuality},
		{method: post, path: v1 + "/voice/train", action: account.TrainText, handle: s.trainVoice},

		{method: get, path: v1 + "/journeys", action: account.ViewScores, handle: s.listJourneys},
		{method: get, path: v1 + "/journeys/{slug}", action: account.ViewScores, handle: s.showJourney},
		{method: get, path: v1 + "/journeys/{slug}/findings", action: account.ViewScores, handle: s.journeyFindings},
		{method: get, path: v1 + "/journeys/{slug}/moments", action: account.ViewScores, handle: s.journeyMoments},
		{method: get, path: v1 + "/journeys/{slug}/graph", action: account.ViewScores, handle: s.journeyGraph},
		{method: get, path: v1 + "/journeys/{slug}/variants", action: account.ViewScores, handle: s.journeyVariants},
		{method: get, path: v1 + "/journeys/{slug}/funnel", action: account.ViewScores, handle: s.journeyFunnel},
		{method: get, path: v1 + "/journeys/{slug}/waits", action: account.ViewScores, handle: s.journeyWaits},
		{method: get, path: v1 + "/journeys/{slug}/compare", action: account.ViewScores, handle: s.journeyComparison},
		{method: get, path: v1 + "/journeys/{slug}/conformance", action: account.ViewScores, handle: s.journeyConformance},
		{method: get, path: v1 + "/journeys/{slug}/deviations", action: account.ViewScores, handle: s.journeyDeviations},
		{method: get, path: v1 + "/journeys/{slug}/alignments", action: account.ViewScores, handle: s.journeyAlignments},
		{method: get, path: v1 + "/journeys/{slug}/model", action: account.ViewScores, handle: s.journeyModel},
		{method: get, path: v1 + "/journeys/{slug}/script", action: account.ViewScores, handle: s.learnedScript},
		{method: get, path: v1 + "/journeys/{slug}/handoffs", action: account.ViewScores, handle: s.journeyHandoffs},
		{method: get, path: v1 + "/journeys/{slug}/passages", action: account.ViewScores, handle: s.journeyPassages},
		{method: get, path: v1 + "/journeys/{slug}/variation", action: account.ViewScores, handle: s.journeyVariation},
		{method: get, path: v1 + "/journeys/{slug}/attribution", action: account.ViewScores, handle: s.journeyAttribution},
		{method: get, path: v1 + "/journeys/{slug}/cases", action: account.ViewScores, handle: s.journeyCases},
		{method: get, path: v1 + "/journeys/{slug}/cases/{id}", action: account.ViewCustomers, handle: s.showCase},
		{method: get, path: v1 + "/journeys/{slug}/cases/{id}/next", action: account.ViewCustomers, handle: s.nextInCase},
		{method: get, path: v1 + "/journeys/{slug}/risks", action: account.ViewCustomers, handle: s.journeyRisks},
		{method: get, path: v1 + "/journeys/{slug}/export", action: account.ExportCustomers, handle: s.exportJourney},

		{method: get, path: v1 + "/rules", action: account.ViewRules, handle: s.listRules},
		{method: get, path: v1 + "/rules/failed", action: account.ContactCustomers, handle: s.listFailedRules},
		{method: del, path: v1 + "/rules/failed/{id}", action: account.ContactCustomers, handle: s.discardFailedRule},
		{method: post, path: v1 + "/rules/failed/{id}/replay", action: account.ContactCustomers, handle: s.replayFailedRule},
		{method: post, path: v1 + "/rules/backtest", action: account.ContactCustomers, handle: s.backtestDraft},
		{method: post, path: v1 + "/rules/conflicts", action: account.ViewRules, handle: s.draftConflicts},
		{method: get, path: v1 + "/rules/{slug}", action: account.ViewRules, handle: s.showRule},
		{method: get, path: v1 + "/rules/{slug}/runs", action: account.ContactCustomers, handle: s.listRuleRuns},
		{method: get, path: v1 + "/rules/{slug}/backtest", action: account.ContactCustomers, handle: s.backtestRule},
		{method: get, path: v1 + "/rules/{slug}/conflicts", action: account.ViewRules, handle: s.ruleConflicts},
		{method: post, path: v1 + "/rule-trials", action: account.ContactCustomers, handle: s.tryRule},
		{method: get, path: v1 + "/rule-trials/{id}", action: account.ContactCustomers, handle: s.showRuleTrial},

		{method: get, path: v1 + "/reasons", action: account.ViewScores, handle: s.listReasons},
		{method: get, path: v1 + "/reasons/changed", action: account.ViewScores, handle: s.changedReasons},
		{method: get, path: v1 + "/reasons/picture", action: account.ViewScores, handle: s.pictureReasons},
		{method: http.MethodPut, path: v1 + "/reasons/whys/{slug}", action: account.ApplyModel, handle: s.setWhy},
		{method: del, path: v1 + "/reasons/whys/{slug}", action: account.ApplyModel, handle: s.removeWhy},
		{method: get, path: v1 + "/reasons/{id}", action: account.ViewScores, handle: s.showReason},

		{method: get, path: v1 + "/policies", action: account.ViewPolicies, handle: s.listPolicies},
		{method: get, path: v1 + "/policies/conflicts", action: account.ViewPolicies, handle: s.listConflicts},
		{method: get, path: v1 + "/policies/conflicts/{id}/customers", action: account.ViewCustomers, handle: s.conflictCustomers},
		{method: post, path: v1 + "/policies/conflicts/{id}/decision", action: account.DecidePolicies, handle: s.decideConflict},
		{method: get, path: v1 + "/policies/{slug}/pain", action: account.ViewPolicies, handle: s.showPain},

		{method: get, path: v1 + "/surveys", action: account.ViewModel, handle: s.listSurveys},
		{method: get, path: v1 + "/surveys/{slug}", action: account.ViewModel, handle: s.showSurvey},
		{method: http.MethodPut, path: v1 + "/surveys/{slug}", action: account.ApplyModel, handle: s.putSurvey},
		{method: post, path: v1 + "/surveys/{slug}/links", action: account.LinkSurveys, handle: s.linkSurvey},
		{method: del, path: v1 + "/surveys/links/{id}", action: account.LinkSurveys, handle: s.revokeSurveyLink},
		{method: get, path: v1 + "/surveys/{slug}/results", action: account.ViewScores, handle: s.surveyResults},
		{method: get, path: v1 + "/surveys/{slug}/expectation", action: account.ViewScores, handle: s.showExpectation},
		{method: post, path: v1 + "/surveys/{slug}/answers", action: account.Import, handle: s.answerSurvey},

		{method: get, path: v1 + "/team", action: account.ViewTeam, handle: s.showTeam},
		{method: get, path: v1 + "/team/ideas", action: account.ViewTeam, handle: s.listIdeas},
		{method: get, path: v1 + "/team/differences", action: account.ViewTeam, handle: s.listDifferences},
		{method: post, path: v1 + "/team/obstacles", action: account.SpeakForTeam, handle: s.reportObstacle},
		{method: post, path: v1 + "/team/ideas", action: account.SpeakForTeam, handle: s.suggestIdea},
		{method: post, path: v1 + "/team/ideas/{id}/answer", action: account.AnswerTeam, handle: s.answerIdea},

		{method: post, path: v1 + "/import", action: account.Import, handle: s.importMessages},
		{method: post, path: v1 + "/bring", action: account.Import, handle: s.proposeImport},
		{method: post, path: v1 + "/mentions", action: account.Import, handle: s.importMentions},
		{method: post, path: v1 + "/circumstances", action: account.RecordFacts, handle: s.recordCircumstance},
		{method: get, path: v1 + "/quarantine", action: account.ViewQuarantine, handle: s.listQuarantine},
		{method: get, path: v1 + "/quarantine/{id}", action: account.ViewQuarantine, handle: s.showQuarantined},
		{method: post, path: v1 + "/quarantine/{id}/mend", action: account.MendQuarantine, handle: s.mendQuarantined},
		{method: del, path: v1 + "/quarantine/{id}", action: account.MendQuarantine, handle: s.discardQuarantined},

		{method: get, path: v1 + "/model", action: account.ViewModel, handle: s.showModel},
		{method: post, path: v1 + "/model", action: account.ApplyModel, handle: s.applyModel},
		{method: post, path: v1 + "/model/preview", action: account.ViewModel, handle: s.previewModel},
		{method: get, path: v1 + "/model/versions", action: account.ViewModel, handle: s.listModelVersions},

		{method: get, path: v1 + "/sources", action: account.ViewSources, handle: s.listSources},
		{method: post, path: v1 + "/sources", action: account.ManageSources, handle: s.createSource},
		{method: del, path: v1 + "/sources/{slug}", action: account.ManageSources, handle: s.revokeSource},
		{method: get, path: v1 + "/tokens", action: account.ManageTokens, handle: s.listTokens},
		{method: post, path: v1 + "/tokens", action: account.ManageTokens, handle: s.createToken},
		{method: del, path: v1 + "/tokens/{id}", action: account.ManageTokens, handle: s.revokeToken},
		{method: get, path: v1 + "/people", action: account.ManagePeople, handle: s.listPeople},
		{method: post, path: v1 + "/people", action: account.ManagePeople, handle: s.createPerson},
		{method: post, path: v1 + "/people/{id}/password", action: account.ManagePeople, handle: s.setPassword},
		{method: post, path: v1 + "/people/{id}/disable", action: account.ManagePeople, handle: s.disablePerson},
		{method: post, path: v1 + "/people/{id}/enable", action: account.ManagePeople, handle: s.enablePerson},
		{method: patch, path: v1 + "/people/{id}", action: account.ManagePeople, handle: s.patchPerson},
		{method: post, path: v1 + "/people/{id}/recovery", action: account.ManagePeople, handle: s.createRecovery},
		{method: get, path: v1 + "/people/{id}/links", action: account.ManagePeople, handle: s.listLinks},
		{method: post, path: v1 + "/people/{id}/links", action: account.ManagePeople, handle: s.createLink},
		{method: del, path: v1 + "/links/{id}", action: account.ManagePeople, handle: s.revokeLink},
		{method: get, path: v1 + "/people/{id}/sessions", action: account.ManagePeople, handle: s.listSessions},
		{method: del, path: v1 + "/people/{id}/sessions", action: account.ManagePeople, handle: s.endSessions},
		{method: del, path: v1 + "/people/{id}/sessions/{session}", action: account.ManagePeople, handle: s.endSession},
		{method: del, path: v1 + "/people/{id}/codes", action: account.ManagePeople, handle: s.resetCodes},
		{method: get, path: v1 + "/status", action: account.ViewStatus, handle: s.status},
		{method: get, path: v1 + "/backups", action: account.Operate, handle: s.listBackups},
		{method: post, path: v1 + "/backups", action: account.Operate, handle: s.makeBackup},
		{method: get, path: v1 + "/audit", action: account.ViewAudit, handle: s.listAudit},
		{method: get, path: v1 + "/audit/verify", action: account.ViewAudit, handle: s.verifyAudit},

		{method: get, path: v1 + "/asks", action: account.ContactCustomers, handle: s.listAsks},
		{method: get, path: v1 + "/asks/rates", action: account.ViewScores, handle: s.askRates},
		{method: get, path: v1 + "/asks/fatigue", action: account.ViewScores, handle: s.askFatigue},
		{method: post, path: v1 + "/asks/preview", action: account.ContactCustomers, handle: s.previewAsks},
		{method: post, path: v1 + "/asks/sends", action: account.ContactCustomers, handle: s.sendAsks},
		{method: http.MethodPut, path: v1 + "/customers/{id}/contact", action: account.ContactCustomers, handle: s.setContact},
		{method: get, path: v1 + "/deliveries", action: account.ContactCustomers, handle: s.listDeliveries},
		{method: get, path: v1 + "/deliveries/{id}", action: account.ContactCustomers, handle: s.showDelivery},
		{method: get, path: v1 + "/outbox", action: account.ViewStatus, handle: s.showOutbox},
		{method: get, path: v1 + "/jobs/dead", action: account.ViewStatus, handle: s.listDeadJobs},
		{method: post, path: v1 + "/jobs/{kind}/{key}/replay", action: account.Operate, handle: s.replayJob},

		{method: get, path: "/openapi.yaml", raw: s.openapi},
		{method: get, path: "/healthz", raw: s.healthz},
		{method: get, path: "/readyz", raw: s.readyz},
		{method: get, path: "/metrics", action: account.Operate, raw: s.metrics},
	}
}
