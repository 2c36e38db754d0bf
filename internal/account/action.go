package account

import (
	"slices"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Action names something that a principal may be allowed to do.
type Action string

// The actions.
const (
	ViewCustomers    Action = "customers.view"       // search, profile, timeline, identities, organisations
	ExportCustomers  Action = "customers.export"     // lists taken away as a file
	MergeCustomers   Action = "customers.merge"      // merge, undo, dismiss a suggestion
	ExportCustomer   Action = "customers.export-one" // all that is known of one, to be handed over to them
	ForgetCustomers  Action = "customers.forget"
	ContactCustomers Action = "customers.contact" // whom we wrote to; asking a segment
	ViewEvents       Action = "events.view"       // what is being lived now, by whom
	ViewScores       Action = "scores.view"       // questions about everybody at once; totals
	LinkSurveys      Action = "surveys.link"      // make a link to a survey, for one customer or a place
	ViewModel        Action = "model.view"
	ApplyModel       Action = "model.apply"
	ViewSources      Action = "sources.view"
	ManageSources    Action = "sources.manage"
	ManageTokens     Action = "tokens.manage"
	ManagePeople     Action = "people.manage"
	ViewQuarantine   Action = "quarantine.view"
	MendQuarantine   Action = "quarantine.mend" // mend, replay, discard
	Import           Action = "import"
	RecordFacts      Action = "circumstances.record" // what was so at a place, told by a person
	ViewAudit        Action = "audit.view"
	Operate          Action = "operate"         // metrics, profiles, backups
	CorrectLabels    Action = "labels.correct"  // how a text reads
	TrainText        Action = "text.train"      // learn a text model now
	ViewStatus       Action = "status.view"     // how the product itself is
	ManageHooks      Action = "hooks.manage"    // secrets of webhooks, what is sent to them again
	ViewNotices      Action = "notices.view"    // one's own notices, and how one is told
	ManageWalls      Action = "walls.manage"    // links of screens on a wall
	ViewPolicies     Action = "policies.view"   // where policies and goals contradict promises, and what it costs
	DecidePolicies   Action = "policies.decide" // suspend one, or live with a contradiction until a day
	ViewRules        Action = "rules.view"      // what rules say, and how often they act
	ViewPromises     Action = "promises.view"   // how promises stand, of whom; testing one on the past
	SpeakForTeam     Action = "team.speak"      // report what keeps us from serving well, put in an idea; of nobody
	ViewTeam         Action = "team.view"       // what the team says, in groups of five and more
	AnswerTeam       Action = "team.answer"     // answer an idea
	ViewCases        Action = "cases.view"
	OpenCases        Action = "cases.open"
	WorkCases        Action = "cases.work"      // everything that is done about one: write to the customer, give, solve, close
	ViewImprovement  Action = "improve.view"    // opportunities, initiatives, what was learned
	JoinImprovement  Action = "improve.join"    // propose what would be worth doing, vote
	PlanImprovement  Action = "improve.plan"    // say how much work an opportunity is, dismiss it; plan an initiative
	LeadImprovement  Action = "improve.lead"    // start an initiative, end it, decide about it
	ViewReferrals    Action = "referrals.view"  // who brings others: groups, rewards, what was refused
	ShareReferrals   Action = "referrals.share" // a customer's own link
	LinkCases        Action = "cases.link"      // links by which drivers, and people at a place, tell something without signing in
)

// Scope says what it means for an action that somebody is limited to areas.
type Scope uint8

// The scopes.
const (
	// Everywhere: it shows nothing of what customers live.
	Everywhere Scope = iota
	// OwnFacts: they count what was lived at touchpoints of their areas only.
	OwnFacts
	// OwnCustomers: they reach only customers who lived something there, when
	// the model lets their areas reach no others (areas[].customers: own).
	OwnCustomers
	// AllCustomers: it is of everybody's customers; refused when the model lets
	// their areas reach their own only.
	AllCustomers
	// OwnCases: they reach only cases of their areas, those that are theirs and
	// those that they opened.
	OwnCases
	// OwnImprovement: they reach only what is of their areas or of the whole
	// company, what they proposed, and initiatives that they take part in.
	OwnImprovement
	// Unlimited: refused to whoever is limited to areas.
	Unlimited
)

// rule is one line of the table.
type rule struct {
	action Action
	scope  Scope
	roles  []cx.Role // beside administrators, who may do everything
}

// rules is the one table of who may do what. Services ask it with Check, and
// keep to the scope; a test walks every route with every role.
var rules = []rule{
	{ViewCustomers, OwnCustomers, []cx.Role{cx.Board, cx.Analyst, cx.Lead, cx.Member}},
	{ExportCustomers, OwnCustomers, []cx.Role{cx.Analyst, cx.Lead}},
	{MergeCustomers, OwnCustomers, []cx.Role{cx.Analyst, cx.Lead}},
	{ExportCustomer, Unlimited, []cx.Role{cx.Analyst, cx.Lead}},
	{ForgetCustomers, Unlimited, nil},
	{ContactCustomers, Unlimited, []cx.Role{cx.Analyst, cx.Lead}},
	{ViewEvents, OwnCustomers, []cx.Role{cx.Board, cx.Analyst, cx.Lead, cx.Member}},
	{ViewScores, OwnFacts, []cx.Role{cx.Board, cx.Analyst, cx.Lead, cx.Member}},
	{LinkSurveys, OwnCustomers, []cx.Role{cx.Analyst, cx.Lead, cx.Member}},
	{ViewModel, Everywhere, []cx.Role{cx.Board, cx.Analyst, cx.Lead, cx.Member}},
	{ApplyModel, Unlimited, nil},
	{ViewSources, Everywhere, []cx.Role{cx.Analyst, cx.Lead}},
	{ManageSources, Unlimited, nil},
	{ManageTokens, Unlimited, nil},
	{ManagePeople, Unlimited, nil},
	{ViewQuarantine, AllCustomers, []cx.Role{cx.Analyst, cx.Lead}},
	{MendQuarantine, AllCustomers, []cx.Role{cx.Analyst, cx.Lead}},
	{Import, Everywhere, []cx.Role{cx.Analyst}},
	{RecordFacts, Everywhere, []cx.Role{cx.Analyst, cx.Lead, cx.Member}},
	{ViewAudit, Unlimited, nil},
	{Operate, Unlimited, nil},
	{CorrectLabels, OwnCustomers, []cx.Role{cx.Analyst, cx.Lead, cx.Member}},
	{TrainText, Unlimited, []cx.Role{cx.Analyst}},
	{ViewStatus, Everywhere, []cx.Role{cx.Lead}},
	{ManageHooks, Unlimited, nil},
	{ViewNotices, Everywhere, []cx.Role{cx.Board, cx.Analyst, cx.Lead, cx.Member}},
	{ManageWalls, OwnFacts, []cx.Role{cx.Analyst, cx.Lead}},
	{ViewPolicies, OwnFacts, []cx.Role{cx.Board, cx.Analyst, cx.Lead, cx.Member}},
	{DecidePolicies, Unlimited, []cx.Role{cx.Board}},
	{ViewRules, Everywhere, []cx.Role{cx.Board, cx.Analyst, cx.Lead, cx.Member}},
	{ViewPromises, OwnFacts, []cx.Role{cx.Board, cx.Analyst, cx.Lead, cx.Member}},
	{SpeakForTeam, Everywhere, []cx.Role{cx.Board, cx.Analyst, cx.Lead, cx.Member}},
	{ViewTeam, Everywhere, []cx.Role{cx.Board, cx.Analyst, cx.Lead, cx.Member}},
	{AnswerTeam, Everywhere, []cx.Role{cx.Analyst, cx.Lead}},
	{ViewCases, OwnCases, []cx.Role{cx.Board, cx.Analyst, cx.Lead, cx.Member}},
	{OpenCases, Everywhere, []cx.Role{cx.Board, cx.Analyst, cx.Lead, cx.Member}},
	{WorkCases, OwnCases, []cx.Role{cx.Analyst, cx.Lead, cx.Member}},
	{ViewImprovement, OwnImprovement, []cx.Role{cx.Board, cx.Analyst, cx.Lead, cx.Member}},
	{JoinImprovement, OwnImprovement, []cx.Role{cx.Board, cx.Analyst, cx.Lead, cx.Member}},
	{PlanImprovement, OwnImprovement, []cx.Role{cx.Analyst, cx.Lead}},
	{LeadImprovement, OwnImprovement, []cx.Role{cx.Lead}},
	{ViewReferrals, Unlimited, []cx.Role{cx.Board, cx.Analyst, cx.Lead}},
	{ShareReferrals, OwnCustomers, []cx.Role{cx.Analyst, cx.Lead, cx.Member}},
	{LinkCases, Everywhere, []cx.Role{cx.Analyst, cx.Lead}},
}

// ruleOf returns the table's line; what is not in it, nobody but an
// administrator may do.
func ruleOf(a Action) rule {
	if i := slices.IndexFunc(rules, func(r rule) bool { return r.action == a }); i >= 0 {
		return rules[i]
	}
	return rule{action: a, scope: Unlimited}
}

// Actions lists every action.
func Actions() []Action {
	all := make([]Action, len(rules))
	for i, r := range rules {
		all[i] = r.action
	}
	return all
}

// ScopeOf returns what being limited to areas means for the action.
func ScopeOf(a Action) Scope { return ruleOf(a).scope }

// String returns the scope's word in the golden table.
func (s Scope) String() string {
	return [...]string{"everywhere", "own facts", "own customers", "all customers", "own cases", "own improvement", "unlimited"}[s]
}

// Check returns nil when the principal may do the action, else Forbidden (or
// Unauthorized, when there is no principal).
func Check(p cx.Principal, a Action) error {
	const op = "account.Check"
	r := ruleOf(a)
	switch {
	case p.ID == "" || !p.Role.Valid():
		return cx.Errorf(cx.Unauthorized, op, "sign in first")
	case p.Role != cx.Admin && !slices.Contains(r.roles, p.Role):
		return cx.Errorf(cx.Forbidden, op, "the role %s may not do %q; ask an administrator", p.Role, a)
	case r.scope == Unlimited && p.Areas != nil:
		return cx.Errorf(cx.Forbidden, op, "who is limited to areas may not do %q; ask an administrator", a)
	}
	return nil
}
