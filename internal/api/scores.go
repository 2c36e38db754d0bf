package api

import (
	"slices"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

type totals struct {
	Events      int64  `json:"events"`
	Customers   int64  `json:"customers"`
	Answers     int64  `json:"answers"`
	Duplicates  int64  `json:"duplicates"`
	Quarantined int    `json:"quarantined"`
	Applied     cx.Seq `json:"applied_seq"`
	Last        cx.Seq `json:"last_seq"`
}

func (s *server) totals(q *request) (any, error) {
	if err := q.finish(); err != nil {
		return nil, err
	}
	applied, last, err := s.Applied(q.Context()) // before the counts, which so are at least as new
	if err != nil {
		return nil, err
	}
	t, err := s.Memory.Totals(q.Context(), q.principal)
	if err != nil {
		return nil, err
	}
	if q.principal.Areas != nil { // of what their areas answer for
		own, err := s.Outcomes.Totals(q.Context(), q.principal)
		if err != nil {
			return nil, err
		}
		return totals{Events: own.Events, Customers: own.Customers, Answers: own.Answers, Applied: applied, Last: last}, nil
	}
	waiting, err := s.Quarantine.Len(q.Context())
	if err != nil {
		return nil, err
	}
	return totals{t.Events, t.Customers, t.Answers, t.Duplicates, waiting, applied, last}, nil
}

// estimate has no figures when nobody answered.
type estimate struct {
	Value *float64 `json:"value"`
	Low   *float64 `json:"low"`
	High  *float64 `json:"high"`
	N     int      `json:"n"`
}

func estimateOf(e outcome.Estimate) estimate {
	known := e.N > 0
	return estimate{figure(e.Value, known), figure(e.Low, known), figure(e.High, known), e.N}
}

type scoreGroup struct {
	Key string `json:"key"`
	estimate
	Shrunk estimate `json:"shrunk"`
}

type scores struct {
	Metric outcome.Metric `json:"metric"`
	Scale  *string        `json:"scale"`
	estimate
	Groups []scoreGroup `json:"groups"`
}

func (s *server) scores(q *request) (any, error) {
	query := outcome.Query{
		Metric: outcome.Metric(q.oneOf("metric", "nps", "csat", "ces", "mean", "nev")),
		Survey: q.text("survey"),
		By:     q.dimension("by", q.text("by")),
		Window: q.window(),
		Where:  q.conditions(),
	}
	slug := q.text("segment")
	if query.Metric == "" {
		q.fault("metric", "is missing: nps, csat, ces, mean or nev")
	}
	if err := q.finish(); err != nil {
		return nil, err
	}
	var err error
	if query.Customers, err = s.ofSegment(q, slug); err != nil {
		return nil, err
	}
	r, err := s.Outcomes.Scores(q.Context(), q.principal, query)
	if err != nil {
		return nil, err
	}
	return scores{r.Metric, word(r.Scale), estimateOf(r.Estimate), each(r.Groups, func(g outcome.Group) scoreGroup {
		return scoreGroup{g.Key, estimateOf(g.Estimate), estimateOf(g.Shrunk)}
	})}, nil
}

// dimension checks the word of a dimension; "" is none.
func (q *request) dimension(name, v string) history.Dimension {
	if v == "" {
		return ""
	}
	d, err := history.ParseDimension(v)
	if err != nil {
		q.fault(name, "%s", cx.MessageOf(err))
	}
	return d
}

// conditions reads where=DIMENSION:VALUE; the values of one dimension are
// alternatives.
func (q *request) conditions() (where []history.Condition) {
	for _, v := range q.texts("where") {
		name, value, ok := strings.Cut(v, ":")
		if !ok {
			q.fault("where", "is a dimension and a value: touchpoint:till")
			continue
		}
		d := q.dimension("where", name)
		i := slices.IndexFunc(where, func(c history.Condition) bool { return c.By == d })
		if i < 0 {
			i, where = len(where), append(where, history.Condition{By: d})
		}
		where[i].In = append(where[i].In, value)
	}
	return where
}
