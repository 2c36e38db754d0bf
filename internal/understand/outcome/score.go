package outcome

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
)

// Metric is a way to score answers.
type Metric string

// The metrics.
const (
	NPS  Metric = "nps"  // −100..100: share of 9–10 less share of 0–6
	CSAT Metric = "csat" // 0..1: share of the two best scores of each answer's scale
	CES  Metric = "ces"  // mean on its scale; higher is easier
	Mean Metric = "mean" // mean of any survey's scores, on their scale
)

// averaged tells whether the metric is a mean, in the unit of a scale.
func (m Metric) averaged() bool { return m == CES || m == Mean }

// Query asks for scores.
type Query struct {
	Metric Metric
	Survey string            // "": all surveys
	By     history.Dimension // "": no groups
	Window cx.Window
	Where  []Condition

	Customers []cx.CustomerNo // nil: all
}

// Result is a score and its groups.
type Result struct {
	Estimate
	Metric Metric  `json:"metric"`
	Scale  string  `json:"scale,omitempty"`  // of ces and mean
	Groups []Group `json:"groups,omitempty"` // most answers first, then by key
}

// Group is the score of the answers with a key; "" is for those without.
type Group struct {
	Key string `json:"key"`
	Estimate
}

// Scores answers the query. It needs the right scores.view. The error is
// cx.Invalid when the metric or the dimension is none, or when scores on
// different scales would be averaged.
func (s *Service) Scores(ctx context.Context, p cx.Principal, q Query) (Result, error) {
	r, err := s.scores(ctx, p, q)
	return r, cx.Wrap("outcome.Scores", err)
}

func (s *Service) scores(ctx context.Context, p cx.Principal, q Query) (Result, error) {
	if err := account.Check(p, account.ViewScores); err != nil {
		return Result{}, err
	}
	ask := history.Query{Of: history.Answers, Filter: history.Filter{Window: q.Window, Customers: q.Customers, Where: slices.Clone(q.Where)}}
	switch q.Metric {
	case NPS, CSAT, CES:
		ask.Filter.Where = append(ask.Filter.Where, Condition{By: history.Metric, In: []string{string(q.Metric)}})
	case Mean:
	default:
		return Result{}, cx.Errorf(cx.Invalid, "", "%q is no metric: use nps, csat, ces or mean", q.Metric)
	}
	if q.Survey != "" {
		ask.Filter.Where = append(ask.Filter.Where, Condition{By: history.Survey, In: []string{q.Survey}})
	}
	if q.By != "" {
		ask.By = []history.Dimension{q.By}
	}
	bins, err := s.facts.Distribution(ctx, p, ask)
	if err != nil {
		return Result{}, err
	}
	r := Result{Metric: q.Metric}
	var all tally
	groups := map[string]*tally{}
	scales := map[string]bool{}
	for _, b := range bins {
		all.add(b)
		scales[b.Scale] = true
		if q.By != "" {
			entry(groups, b.Key[0]).add(b)
		}
	}
	if q.Metric.averaged() {
		if len(scales) > 1 {
			return Result{}, cx.Errorf(cx.Invalid, "", "these scores are on different scales (%s) and have no mean: name a survey, or one scale", strings.Join(names(scales), ", "))
		}
		for scale := range scales {
			r.Scale = scale
		}
	}
	r.Estimate = all.estimate(q.Metric, r.Scale)
	for key, t := range groups {
		r.Groups = append(r.Groups, Group{key, t.estimate(q.Metric, r.Scale)})
	}
	slices.SortFunc(r.Groups, func(a, b Group) int {
		return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Key, b.Key))
	})
	return r, nil
}

// entry returns the value of a key, made when it is missing.
func entry[K comparable, V any](m map[K]*V, key K) *V {
	if m[key] == nil {
		m[key] = new(V)
	}
	return m[key]
}

func names(set map[string]bool) (names []string) {
	for s := range set {
		if s == "" {
			s = "none"
		}
		names = append(names, s)
	}
	slices.Sort(names)
	return names
}
