package api

import (
	"encoding/json"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/act/promise"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// promises reads which instances of promises count.
func (q *request) promises() promise.Query {
	return promise.Query{Window: q.window(), Where: q.promisesWhere()}
}

// promisesWhere reads conditions such as where=supplier:veloz.
func (q *request) promisesWhere() (where []promise.Is) {
	for _, text := range q.texts("where") {
		by, value, ok := strings.Cut(text, ":")
		d, err := promise.ParseDimension(by)
		if !ok || err != nil {
			q.fault("where", "%q is no condition: write supplier:veloz, or another dimension of area, supplier, touchpoint, region, place, weekday", text)
			continue
		}
		where = append(where, promise.Is{By: d, Value: value})
	}
	return where
}

// share are the figures of a share of kept promises.
func shareOf(s promise.Share) members {
	known := s.N > 0
	return members{{"rate", figure(s.Rate, known)}, {"low", figure(s.Low, known)}, {"high", figure(s.High, known)}, {"n", s.N}}
}

func tallyOf(t promise.Tally) members {
	return members{{"kept", t.Kept}, {"broken", t.Broken}, {"open", t.Open}, {"at_risk", t.AtRisk}, {"void", t.Void}}
}

// standingOf is how a promise stands.
func standingOf(s promise.Standing) members {
	out := members{{"slug", s.Promise.Slug}, {"name", modelTextOf(s.Promise.Name)}, {"area", s.Promise.Area}, {"serves", word(s.Promise.Serves)}, {"expectation", word(s.Promise.Expectation)}, {"from", instant(s.Window.From)}, {"until", instant(s.Window.To)}}
	out = append(append(out, tallyOf(s.Tally)...), shareOf(s.Share)...)
	out = append(out, member{"objective", s.Objective}, member{"verdict", string(s.Verdict)},
		member{"budget_left", figure(s.Budget.Left, s.Share.N > 0)}, member{"budget_low", figure(s.Budget.Low, s.Share.N > 0)}, member{"budget_high", figure(s.Budget.High, s.Share.N > 0)})
	burn, of := members{}, members{}
	for _, b := range s.Burn {
		name := model.FormatSpan(b.Stretch)
		if b.Stretch.Hours() < 24 {
			name = strings.TrimSuffix(b.Stretch.String(), "0m0s")
		}
		burn = append(burn, member{name, figure(b.Rate, b.N > 0)})
		of = append(of, member{name, members{{"low", figure(b.Low, b.N > 0)}, {"high", figure(b.High, b.N > 0)}, {"broken", b.Broken}, {"n", b.N}}})
	}
	out = append(out, member{"burn", burn}, member{"burn_of", of}, member{"burning", s.Burning})
	if f := s.SpentBy; f != nil {
		return append(out, member{"spent_by", members{{"at", instant(f.At)}, {"earliest", instant(f.Earliest)}, {"latest", instant(f.Latest)}, {"spent", f.Spent}, {"days", f.Days}, {"broken", f.Broken}, {"n", f.N}}})
	}
	return append(out, member{"spent_by", nil})
}

func groupOf(g promise.Group) members {
	out := append(append(members{{"key", g.Key}}, tallyOf(g.Tally)...), shareOf(g.Share)...)
	if g.Verdict != "" {
		out = append(out, member{"verdict", string(g.Verdict)})
	}
	return append(out, member{"fair", fairOf(g.Fair)})
}

func fairOf(f *promise.Fair) any {
	if f == nil {
		return nil
	}
	return members{{"difference", figure(f.Difference, true)}, {"low", figure(f.Low, true)}, {"high", figure(f.High, true)}, {"p", figure(f.P, true)}, {"n", f.N}, {"others", f.Others}, {"clear", f.Clear}}
}

func instanceOf(i promise.Instance) members {
	told := each(i.Told, func(t promise.Told) members {
		return members{{"state", string(t.State)}, {"at", instant(t.At)}, {"seq", t.Seq}}
	})
	return members{
		{"id", word(string(i.ID))},
		{"promise", i.Promise},
		{"area", i.Area},
		{"customer", word(string(i.Customer))},
		{"object", word(i.About.Type)},
		{"object_id", word(i.About.ID)},
		{"state", string(i.State)},
		{"made", instant(i.Made)},
		{"due", instant(i.Due)},
		{"since", instant(i.Since)},
		{"ended", instant(i.Ended)},
		{"from", i.From},
		{"by", i.By},
		{"touchpoint", word(i.Touchpoint)},
		{"supplier", word(i.Supplier)},
		{"place", word(i.Place)},
		{"region", word(i.Region)},
		{"told", told},
	}
}

// linesOf are members as the rows of a table.
func linesOf(all []members) []any {
	out := make([]any, len(all))
	for i, m := range all {
		out[i] = m
	}
	return out
}

func (s *server) listPromises(q *request) (any, error) {
	query, asTable := q.promises(), q.format()
	if err := q.finish(); err != nil {
		return nil, err
	}
	all, err := s.Promises.Promises(q.Context(), q.principal, query)
	if err != nil {
		return nil, err
	}
	if asTable {
		return table{"promises", linesOf(each(all, standingOf))}, nil
	}
	return listOf(all, standingOf), nil
}

func (s *server) showPromise(q *request) (any, error) {
	query, asTable, slug := q.promises(), q.format(), q.PathValue("slug")
	var by promise.Dimension
	if text := q.text("by"); text != "" {
		var err error
		if by, err = promise.ParseDimension(text); err != nil {
			q.fault("by", "%s", cx.MessageOf(err))
		}
	}
	if err := q.finish(); err != nil {
		return nil, err
	}
	st, err := s.Promises.Promise(q.Context(), q.principal, slug, query)
	if err != nil {
		return nil, err
	}
	out := standingOf(st)
	if by == "" {
		if asTable {
			return table{"promise", []any{out}}, nil
		}
		return out, nil
	}
	groups, err := s.Promises.By(q.Context(), q.principal, slug, by, query)
	if err != nil {
		return nil, err
	}
	if asTable {
		return table{"promise-by-" + string(by), linesOf(each(groups, groupOf))}, nil
	}
	return append(out, member{"by", each(groups, groupOf)}), nil
}

func (s *server) promiseScorecards(q *request) (any, error) {
	query, asTable, of := q.promises(), q.format(), promise.Dimension(q.oneOf("of", "area", "supplier"))
	if err := q.finish(); err != nil {
		return nil, err
	}
	cards, err := s.Promises.Scorecards(q.Context(), q.principal, of, query)
	if err != nil {
		return nil, err
	}
	shape := func(c promise.Scorecard) members {
		out := append(append(members{{"slug", c.Slug}}, tallyOf(c.Tally)...), shareOf(c.Share)...)
		return append(out, member{"fair", fairOf(c.Fair)}, member{"promises", each(c.Promises, groupOf)})
	}
	if asTable {
		return table{"promise-scorecards", linesOf(each(cards, func(c promise.Scorecard) members { return shape(c).without("promises") }))}, nil
	}
	return listOf(cards, shape), nil
}

func (s *server) listInstances(q *request) (any, error) {
	f := promise.Filter{Window: q.window(), Where: q.promisesWhere(), Cursor: q.text("cursor"), Limit: q.limit()}
	for _, text := range q.texts("state") {
		switch st := promise.State(text); st {
		case promise.Waiting, promise.AtRisk, promise.Kept, promise.Broken, promise.Void:
			f.States = append(f.States, st)
		default:
			q.fault("state", "%q is no state: use open, at-risk, kept, broken, void", text)
		}
	}
	asTable, slug := q.format(), q.PathValue("slug")
	if err := q.finish(); err != nil {
		return nil, err
	}
	p, err := s.Promises.Instances(q.Context(), q.principal, slug, f)
	if err != nil {
		return nil, err
	}
	if asTable {
		return table{"promise-instances", linesOf(each(p.Instances, instanceOf))}, nil
	}
	return pageOf(p.Instances, p.Next, instanceOf), nil
}

func (s *server) testPromise(q *request) (any, error) {
	var in struct {
		Promise json.RawMessage `json:"promise"`
		From    string          `json:"from"`
		Until   string          `json:"until"`
	}
	if err := q.body(&in); err != nil {
		return nil, err
	}
	pr, err := model.ParsePromise(in.Promise, s.Models.Current().Model)
	if err != nil {
		return nil, err
	}
	var w cx.Window
	for name, of := range map[string]struct {
		text string
		to   *cx.Time
	}{"from": {in.From, &w.From}, "until": {in.Until, &w.To}} {
		at, ok := cx.ParseTime(of.text)
		if of.text != "" && !ok {
			q.fault(name, "write a time, such as 2026-10-01T00:00:00Z")
		}
		*of.to = at
	}
	if err := q.finish(); err != nil {
		return nil, err
	}
	t, err := s.Promises.Test(q.Context(), q.principal, pr, w)
	if err != nil {
		return nil, err
	}
	out := members{{"from", instant(t.Window.From)}, {"until", instant(t.Window.To)}}
	out = append(append(out, tallyOf(t.Tally)...), shareOf(t.Share)...)
	within := any(nil)
	if t.Objective.Within > 0 {
		within = t.Objective.Within.Seconds()
	}
	return append(out, member{"objective", pr.Objective}, member{"verdict", string(t.Verdict)},
		member{"months", each(t.Months, func(m promise.Month) members {
			return append(append(members{{"from", instant(m.From)}}, tallyOf(m.Tally)...), shareOf(m.Share)...)
		})},
		member{"suggested_objective", figure(t.Objective.Objective, t.Share.N > 0)}, member{"suggested_within_s", within},
		member{"examples", each(t.Examples, instanceOf)}), nil
}

func (s *server) customerPromises(q *request) (any, error) {
	asTable := q.format()
	if err := q.finish(); err != nil {
		return nil, err
	}
	all, err := s.Promises.OfCustomer(q.Context(), q.principal, q.customer())
	if err != nil {
		return nil, err
	}
	if asTable {
		return table{"promises", linesOf(each(all, instanceOf))}, nil
	}
	t, err := s.Promises.Trust(q.Context(), q.principal, q.customer())
	if err != nil {
		return nil, err
	}
	return members{
		{"trust", members{{"value", t.Value}, {"low", t.Low}, {"high", t.High}, {"n", t.N}, {"before", t.Before}, {"at", instant(t.At)}}},
		{"items", each(all, instanceOf)},
	}, nil
}
