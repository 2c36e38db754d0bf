package api_test

import (
	"fmt"
	"strings"
	"testing"
)

// improvement takes an opportunity to what it taught.
func (j *judge) improvement() {
	j.ask("GET", "/api/v1/opportunities", nil).status(200)
	o := j.ask("POST", "/api/v1/opportunities", map[string]any{"title": map[string]any{"es": "Avisar antes de llegar"}, "evidence": map[string]any{"words": []int{1}}}).
		status(201).is("votes", 1).is("voted", true).is("assumed", true).is("place", 1).is("score.money.value", nil)
	at := o.Header().Get("Location")
	j.ask("GET", at, nil).status(200).is("evidence.words.0", 1).is("title.en", "Avisar antes de llegar")
	j.ask("POST", at+"/vote", map[string]any{"on": false}).status(200).is("votes", 0)
	j.ask("POST", at+"/size", map[string]any{"effort": "small"}).status(200).is("assumed", false)
	j.ask("POST", at+"/dismiss", map[string]any{"why": "Ya se hace"}).status(200).is("state", "dismissed").is("place", 0)
	j.ask("POST", at+"/reopen", map[string]any{}).status(200).is("state", "open")
	j.ask("GET", "/api/v1/opportunities?text=LLEGAR", nil).status(200).is("items.0.state", "open")
	j.ask("GET", "/api/v1/opportunities/o_none", nil).status(404)

	id, _ := o.json("id").(string)
	plan := map[string]any{"sample": 400, "metric": map[string]any{"kind": "return", "days": 60}, "design": map[string]any{"kind": "random"}, "expected": .05}
	draft := map[string]any{
		"called": "arrival-notice", "title": map[string]any{"es": "Avisar antes de llegar"}, "hypothesis": map[string]any{"es": "Si avisamos, vuelven más"}, "opportunity": id, "plan": plan,
		"milestones": []any{map[string]any{"title": map[string]any{"es": "Escribirlo"}, "due": "2026-03-20T10:00:00Z"}},
	}
	slug := j.ask("POST", "/api/v1/initiatives", draft).status(201).is("stage", "plan").is("hash", nil).is("milestones.0.id", "m1").Header().Get("Location")
	if slug != "/api/v1/initiatives/arrival-notice" {
		j.Errorf("it is at %s", slug)
	}
	j.ask("POST", slug+"/start", map[string]any{}).status(400).is("faults.0.field", "owner")
	person := j.ask("POST", "/api/v1/people", map[string]any{"email": "zoe@example.com", "name": "Zoe", "role": "lead"}).status(201).json("id")
	draft["owner"], draft["revision"] = fmt.Sprintf("person:%v", person), 1
	delete(draft, "called")
	j.ask("PUT", slug, draft).status(200).is("owner_name", "Zoe").is("revision", 2)
	j.ask("PUT", slug, draft).status(409)
	j.ask("GET", slug+"/power", nil).status(200).is("reachable", false)
	j.ask("POST", slug+"/start", map[string]any{"revision": 2}).status(200).is("stage", "do").is("plan.metric.kind", "return")
	plan["expected"], draft["revision"] = .5, 0
	j.ask("PUT", slug, draft).status(409)
	j.ask("POST", slug+"/reach", map[string]any{"milestone": "m1"}).status(200)
	j.ask("POST", slug+"/spend", map[string]any{"spent": 5000}).status(200).is("spent", 5000)
	j.impact(slug)
	j.ask("GET", "/api/v1/initiatives/board", nil).status(200).is("columns.1.items.0.slug", "arrival-notice")
	j.ask("GET", "/api/v1/initiatives/calendar?from=2026-03-01T00:00:00Z", nil).status(200).is("items.0.slug", "arrival-notice")
	j.ask("POST", slug+"/end", map[string]any{}).status(200).is("stage", "evaluate")
	j.ask("POST", slug+"/decide", map[string]any{"choice": "adopt", "into": "rule", "learned": map[string]any{"es": "Avisar importa"}}).status(400).is("faults.0.field", "why")
	j.ask("POST", slug+"/decide", map[string]any{"choice": "next", "learned": map[string]any{"es": "Avisar importa"}}).status(200).is("stage", "closed").is("decision.choice", "next")
	j.ask("GET", "/api/v1/initiatives/learned?text=avisar", nil).status(200).is("items.0.learned.es", "Avisar importa").is("items.0.verdict", "cannot-tell")
	j.ask("GET", slug, nil).status(200).is("story.0.what", "planned").is("versions.1.version", 2).is("evidence.words.0", 1)
	j.ask("GET", "/api/v1/initiatives?stage=plan", nil).status(200).is("items.0.parent", "arrival-notice").is("items.0.taught.es", "Avisar importa")
	j.ask("GET", "/api/v1/initiatives/none", nil).status(404)
	j.ask("POST", slug+"/close", map[string]any{}).status(409)
}

func TestInitiativesAreATable(t *testing.T) {
	t.Parallel()
	j := newJudge(t)
	j.ask("POST", "/api/v1/initiatives", map[string]any{"title": map[string]any{"es": "Fila única"}}).status(201)
	j.ask("POST", "/api/v1/opportunities", map[string]any{"title": map[string]any{"es": "Fila única"}}).status(201)
	for path, want := range map[string]string{"/api/v1/initiatives": "fila-unica", "/api/v1/opportunities": "person", "/api/v1/initiatives/learned": "", "/api/v1/initiatives/calendar": ""} {
		if got := j.ask("GET", path+"?format=csv", nil).status(200).Body.String(); !strings.Contains(got, want) {
			t.Errorf("%s: %s", path, got)
		}
	}
}
