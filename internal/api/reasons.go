package api

import (
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/reason"
)

// reasons reads of which answers reasons are asked for.
func (q *request) reasons() reason.Query {
	query := reason.Query{Metric: reason.Metric(q.oneOf("metric", "nps", "csat", "ces", "mean")), Survey: q.text("survey"), Segment: q.text("segment"), Window: q.window()}
	query.Where = append(query.Where, q.conditions()...)
	return query
}

// reasoned answers with what is asked, or with one of its lists as a table.
func reasoned[T any](q *request, name string, ask func() (T, error), list func(T) any) (any, error) {
	asTable := list != nil && q.format()
	if err := q.finish(); err != nil {
		return nil, err
	}
	answer, err := ask()
	if err != nil {
		return nil, err
	}
	if asTable {
		rows, _ := plain(list(answer)).([]any)
		return table{name, rows}, nil
	}
	return plain(answer), nil
}

func (s *server) listReasons(q *request) (any, error) {
	query := q.reasons()
	return reasoned(q, "reasons", func() (reason.Answer, error) { return s.Reasons.Reasons(q.Context(), q.principal, query) }, func(a reason.Answer) any { return a.Reasons })
}

func (s *server) showReason(q *request) (any, error) {
	query := q.reasons()
	return reasoned(q, "reason", func() (reason.Detail, error) {
		return s.Reasons.Reason(q.Context(), q.principal, query, q.PathValue("id"))
	}, func(d reason.Detail) any { return d.Facts })
}

func (s *server) changedReasons(q *request) (any, error) {
	query := reason.ChangedQuery{Query: q.reasons(), Before: cx.Window{From: q.time("before_from"), To: q.time("before_until")}}
	return reasoned(q, "reasons-changed", func() (reason.Changes, error) { return s.Reasons.Changed(q.Context(), q.principal, query) }, func(c reason.Changes) any { return c.Moves })
}

func (s *server) pictureReasons(q *request) (any, error) {
	query := q.reasons()
	return reasoned(q, "reasons-picture", func() (reason.Picture, error) { return s.Reasons.Picture(q.Context(), q.principal, query) }, func(p reason.Picture) any { return p.Points })
}

func (s *server) setWhy(q *request) (any, error) {
	var in struct {
		Of   string    `json:"of"`
		Kind string    `json:"kind"`
		Ref  string    `json:"ref"`
		Name modelText `json:"name"`
		Area string    `json:"area"`
	}
	if err := q.body(&in); err != nil {
		return nil, err
	}
	return nil, s.Reasons.SetWhy(q.Context(), q.principal, model.Why{
		Slug: q.PathValue("slug"), Of: in.Of, Kind: in.Kind, Ref: in.Ref, Name: model.Text(in.Name), Area: in.Area,
	})
}

func (s *server) removeWhy(q *request) (any, error) {
	if err := q.finish(); err != nil {
		return nil, err
	}
	return nil, s.Reasons.RemoveWhy(q.Context(), q.principal, q.PathValue("slug"))
}
