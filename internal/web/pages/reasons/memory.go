package reasons

import (
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

// memoryView is what is remembered, felt and left unsaid.
type remembered struct {
	reader
	ask         question
	silent      outcome.Inferred
	felt        outcome.Result
	represented *outcome.Represented // nil without segments that part the customers
}

func (p page) memory(q *web.Request) error {
	v := remembered{reader: p.reader(q)}
	var err error
	if v.ask, err = p.question(q); err != nil {
		return err
	}
	ctx, who := q.Context(), q.Principal
	if v.silent, err = p.outcomes.Silent(ctx, who, outcome.MemoryQuery{}); err != nil {
		return err
	}
	if v.felt, err = p.outcomes.Scores(ctx, who, outcome.Query{Metric: outcome.NEV, Window: v.ask.query.Window}); err != nil {
		return err
	}
	if v.represented, err = p.representing(q, v.ask); err != nil {
		return err
	}
	if q.HTMX() {
		return q.Fragment(memoryCard(v))
	}
	return q.Render(v.L.T("reasons.memory"), memoryView(v))
}

// representing weighs the score by how many customers each segment has.
func (p page) representing(q *web.Request, ask question) (*outcome.Represented, error) {
	parts, err := p.segments.Partition(q.Context(), q.Principal)
	if err != nil {
		return nil, err
	}
	var groups []outcome.Population
	for _, part := range parts {
		groups = append(groups, outcome.Population{Key: part.Slug, Customers: part.Customers})
	}
	if len(groups) < 2 {
		return nil, nil
	}
	r, err := p.outcomes.Represented(q.Context(), q.Principal, outcome.RepresentedQuery{Metric: outcome.NPS, Window: ask.query.Window, Groups: groups})
	if err != nil || r.Raw.N == 0 {
		return nil, err
	}
	return &r, nil
}

// remembers says how customers remember, in a sentence.
func (v remembered) remembers() string {
	m := v.silent.Memory
	switch w := m.Weights; {
	case !m.Fitted:
		return v.L.T("reasons.memory.usual")
	case w.End >= w.Peak && w.End >= w.Mean:
		return v.L.T("reasons.memory.end")
	case w.Peak >= w.Mean:
		return v.L.T("reasons.memory.peak")
	}
	return v.L.T("reasons.memory.mean")
}

func (v remembered) stat(key string, e outcome.Estimate, signed bool) ui.Stat {
	s := ui.Stat{Label: v.L.T("reasons.memory." + key), Note: v.L.T("reasons.memory." + key + ".note"), Value: "–"}
	if e.N == 0 {
		s.Count = v.L.T("reasons.memory.unknown")
		return s
	}
	s.Value, s.Interval, s.Count = v.L.Number(e.Value, 0), v.L.Half(e.Low, e.High, 0), v.L.T("reasons.memory."+key+".n", "n", e.N)
	if signed {
		s.Value, s.Interval = v.L.Signed(e.Value, 1), v.L.Half(e.Low, e.High, 1)
	}
	return s
}

func (v remembered) weights() string {
	m := v.silent.Memory
	w, i := m.Weights, m.Intervals
	if !m.Fitted {
		return v.L.T("reasons.memory.unfitted")
	}
	p := v.percent
	return v.L.T("reasons.memory.weights", "peak", p(w.Peak), "peaks", p(i.Peak.Low)+"–"+p(i.Peak.High), "end", p(w.End), "ends", p(i.End.Low)+"–"+p(i.End.High), "mean", p(w.Mean), "means", p(i.Mean.Low)+"–"+p(i.Mean.High))
}

// fit says how well scores are told from what was lived, out of fold.
func (v remembered) fit() string {
	m := v.silent.Memory
	if m.Fit.N == 0 {
		return ""
	}
	r2 := func(f float64) string { return v.L.Number(f, 2) }
	return v.L.T("reasons.memory.fit", "r2", r2(m.Fit.R2), "low", r2(m.Fit.Low), "high", r2(m.Fit.High), "alone", r2(m.MeanOnly.R2), "survey", m.Survey, "n", m.Fit.N)
}

// silence says what was inferred of who did not answer; it is marked as inferred.
func (v remembered) inferred() outcome.Estimate { return v.silent.Silent }

// unheard are the groups that answer clearly more or less often.
func (v remembered) unheard() (out []string) {
	if v.represented == nil {
		return nil
	}
	for _, g := range v.represented.Groups {
		if g.Clear {
			out = append(out, v.L.T("reasons.memory.answers", "segment", v.part(g.Key), "share", v.percent(g.Answered.Value), "n", g.Lived))
		}
	}
	return out
}

// part names a part of the customers.
func (v remembered) part(slug string) string {
	if slug == "" {
		return v.L.T("reasons.memory.rest")
	}
	return v.Segment(slug)
}
