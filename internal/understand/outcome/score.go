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
	NEV  Metric = "nev"  // net emotional value, −100..100: share of the events that felt good less share of those that felt bad
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
	ask, err := question(q)
	if err != nil {
		return Result{}, err
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
	for _, b := range bins {
		all.add(b)
		if q.By != "" {
			entry(groups, b.Key[0]).add(b)
		}
	}
	if r.Scale, err = scaleOf(q.Metric, bins); err != nil {
		return Result{}, err
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

// question is the one to history, without dimensions or cuts.
func question(q Query) (history.Query, error) {
	ask := history.Query{Of: history.Answers, Filter: history.Filter{Window: q.Window, Customers: q.Customers, Where: slices.Clone(q.Where)}}
	switch q.Metric {
	case NPS, CSAT, CES:
		ask.Filter.Where = append(ask.Filter.Where, Condition{By: history.Metric, In: []string{string(q.Metric)}})
	case Mean:
	case NEV:
		ask.Of = history.Events
		if q.Survey != "" {
			return ask, cx.Errorf(cx.Invalid, "", "nev is of what was lived: it has no survey")
		}
	default:
		return ask, cx.Errorf(cx.Invalid, "", "%q is no metric: use nps, csat, ces, mean or nev", q.Metric)
	}
	if q.Survey != "" {
		ask.Filter.Where = append(ask.Filter.Where, Condition{By: history.Survey, In: []string{q.Survey}})
	}
	return ask, nil
}

// scaleOf returns the scale of what is averaged. The error is cx.Invalid when there
// are several.
func scaleOf(m Metric, bins []history.Bin) (string, error) {
	if !m.averaged() {
		return "", nil
	}
	scales := map[string]bool{}
	scale := ""
	for _, b := range bins {
		scale = b.Scale
		scales[scale] = true
	}
	if len(scales) > 1 {
		return "", cx.Errorf(cx.Invalid, "", "these scores are on different scales (%s) and have no mean: name a survey, or one scale", strings.Join(names(scales), ", "))
	}
	return scale, nil
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
