package api

import (
	"encoding/json"
	"math"
	"time"

	"github.com/vivencia-cx/vivencia/internal/act/rule"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// ruleLine is a rule and how often it acted in the last 30 days.
type ruleLine struct {
	Slug    string              `json:"slug"`
	Name    modelText           `json:"name"`
	Area    *string             `json:"area"`
	When    string              `json:"when"`
	If      *string             `json:"if"`
	Then    []string            `json:"then"`
	Entered int                 `json:"entered"`
	Acted   int                 `json:"acted"`
	Not     map[rule.Reason]int `json:"not"`
	Unmet   int                 `json:"unmet"`
	Costly  int                 `json:"costly"`
	Going   int                 `json:"going"`
	Failed  int                 `json:"failed"`
}

func ruleLineOf(s rule.Summary) ruleLine {
	out := ruleLine{
		Slug: s.Rule.Slug, Name: modelTextOf(s.Rule.Name), Area: word(s.Rule.Area), When: s.Rule.When.String(),
		Then: each(s.Rule.Then, func(a model.Action) string { return a.String() }), Entered: s.Entered, Acted: s.Acted, Not: s.Not, Unmet: s.Unmet, Costly: s.Costly, Going: s.Going, Failed: s.Failed,
	}
	if s.Rule.If != nil {
		out.If = word(s.Rule.If.Source())
	}
	return out
}

// kept is how many of those who entered bought within 30 days.
type kept struct {
	N      int      `json:"n"`
	Bought int      `json:"bought"`
	Rate   *float64 `json:"rate"`
	Low    *float64 `json:"low"`
	High   *float64 `json:"high"`
}

func keptOf(k rule.Kept) kept {
	out := kept{N: k.N, Bought: k.Bought}
	if k.N > 0 && !math.IsNaN(k.Low) {
		out.Rate, out.Low, out.High = &k.Rate, &k.Low, &k.High
	}
	return out
}

type ruleDetail struct {
	ruleLine
	Days []rule.Day `json:"days"`
	With kept       `json:"with"`
	Held kept       `json:"held"`
}

// ruleTable answers with a list, or with it as a table.
func ruleTable[T, U any](name string, asTable bool, list []T, of func(T) U) any {
	if asTable {
		all := make([]any, len(list))
		for i, item := range list {
			all[i] = plain(of(item))
		}
		return table{name, all}
	}
	return listOf(list, of)
}

func (s *server) listRules(q *request) (any, error) {
	asTable := q.format()
	if err := q.finish(); err != nil {
		return nil, err
	}
	all, err := s.Rules.Rules(q.Context(), q.principal)
	if err != nil {
		return nil, err
	}
	return ruleTable("rules", asTable, all, ruleLineOf), nil
}

func (s *server) showRule(q *request) (any, error) {
	if err := q.finish(); err != nil {
		return nil, err
	}
	d, err := s.Rules.Rule(q.Context(), q.principal, q.PathValue("slug"))
	if err != nil {
		return nil, err
	}
	return ruleDetail{ruleLineOf(d.Summary), append([]rule.Day{}, d.Days...), keptOf(d.With), keptOf(d.Held)}, nil
}

func (s *server) listRuleRuns(q *request) (any, error) {
	query := rule.Query{
		Rule: q.PathValue("slug"), Customer: cx.CustomerID(q.text("customer")), State: rule.State(q.oneOf("state", "going", "done", "ended", "held")),
		Cursor: q.text("cursor"), Limit: q.limit(),
	}
	asTable := q.format()
	if err := q.finish(); err != nil {
		return nil, err
	}
	page, err := s.Rules.Runs(q.Context(), q.principal, query)
	if err != nil {
		return nil, err
	}
	run := func(r rule.Run) rule.Run { return r }
	if asTable {
		return ruleTable("rule-runs", true, page.Runs, run), nil
	}
	return pageOf(page.Runs, page.Next, run), nil
}

func (s *server) listFailedRules(q *request) (any, error) {
	asTable := q.format()
	if err := q.finish(); err != nil {
		return nil, err
	}
	all, err := s.Rules.Failed(q.Context(), q.principal)
	if err != nil {
		return nil, err
	}
	return ruleTable("rules-failed", asTable, all, func(r rule.Run) rule.Run { return r }), nil
}

func (s *server) replayFailedRule(q *request) (any, error) {
	if err := q.finish(); err != nil {
		return nil, err
	}
	return nil, s.Rules.Replay(q.Context(), q.principal, q.PathValue("id"))
}

func (s *server) discardFailedRule(q *request) (any, error) {
	if err := q.finish(); err != nil {
		return nil, err
	}
	return nil, s.Rules.Discard(q.Context(), q.principal, q.PathValue("id"))
}

// rule returns the model's rule that the path names.
func (s *server) rule(q *request) (model.Rule, error) {
	r, ok := s.Models.Current().Model.Rule(q.PathValue("slug"))
	if !ok {
		return r, cx.Errorf(cx.NotFound, "api.rule", "there is no such rule")
	}
	return r, nil
}

func (s *server) backtestRule(q *request) (any, error) {
	w, asTable := q.window(), q.format()
	if err := q.finish(); err != nil {
		return nil, err
	}
	r, err := s.rule(q)
	if err != nil {
		return nil, err
	}
	tested, err := s.Rules.Backtest(q.Context(), q.principal, r, w)
	if err != nil {
		return nil, err
	}
	if asTable {
		return ruleTable("rule-backtest", true, tested.Days, func(d rule.Day) rule.Day { return d }), nil
	}
	return tested, nil
}

func (s *server) ruleConflicts(q *request) (any, error) {
	if err := q.finish(); err != nil {
		return nil, err
	}
	r, err := s.rule(q)
	if err != nil {
		return nil, err
	}
	found, err := s.Rules.Conflicts(q.Context(), q.principal, r)
	return listOf(found, func(c rule.Conflict) rule.Conflict { return c }), err
}

// draft is a rule that nobody saved yet, as it would stand in the model.
type draft struct {
	Rule  json.RawMessage `json:"rule"`
	From  time.Time       `json:"from"`
	Until time.Time       `json:"until"`
	For   string          `json:"for"`
}

// draft reads a rule out of the body.
func (s *server) draft(q *request) (d draft, r model.Rule, err error) {
	if err := q.body(&d); err != nil {
		return d, r, err
	}
	r, err = s.Models.Current().Model.ParseRule(d.Rule)
	return d, r, err
}

func (s *server) backtestDraft(q *request) (any, error) {
	d, r, err := s.draft(q)
	if err != nil {
		return nil, err
	}
	w := cx.Window{}
	if !d.From.IsZero() {
		w.From = cx.TimeOf(d.From)
	}
	if !d.Until.IsZero() {
		w.To = cx.TimeOf(d.Until)
	}
	tested, err := s.Rules.Backtest(q.Context(), q.principal, r, w)
	return tested, err
}

func (s *server) draftConflicts(q *request) (any, error) {
	_, r, err := s.draft(q)
	if err != nil {
		return nil, err
	}
	found, err := s.Rules.Conflicts(q.Context(), q.principal, r)
	return listOf(found, func(c rule.Conflict) rule.Conflict { return c }), err
}

func (s *server) tryRule(q *request) (any, error) {
	d, r, err := s.draft(q)
	if err != nil {
		return nil, err
	}
	long := 10 * time.Minute
	if d.For != "" {
		var ok bool
		if long, ok = model.ParseSpan(d.For); !ok {
			return nil, cx.InvalidFaults("api.tryRule", []cx.Fault{{Field: "for", Message: "is a time such as 10m"}})
		}
	}
	t, err := s.Rules.Try(q.Context(), q.principal, r, long)
	return t, err
}

func (s *server) showRuleTrial(q *request) (any, error) {
	if err := q.finish(); err != nil {
		return nil, err
	}
	t, err := s.Rules.Trial(q.Context(), q.principal, q.PathValue("id"))
	return t, err
}
