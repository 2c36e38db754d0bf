package outcome

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/stats"
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
	Every  history.Period    // "": no series; else the window must be bounded
	Window cx.Window
	Where  []Condition

	Customers []cx.CustomerNo // nil: all
}

// Result is a score, its groups and its series.
type Result struct {
	Estimate
	Metric Metric
	Scale  string  // of ces and mean
	Groups []Group // most answers first, then by key
	Points []Week  // each of the periods of the company's calendar, oldest first; the first and last may be cut by the window
}

// Group is the score of the answers with a key; "" is for those without.
type Group struct {
	Key string
	Estimate
	Shrunk Estimate // moved towards all groups by as much as it is uncertain (stats.Shrink): what to rank by
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
	r.Groups = groupsOf(groups, q.Metric, r.Scale)
	if q.Every != "" {
		r.Points, err = s.points(ctx, p, q, ask, r.Scale)
	}
	return r, err
}

// points scores the periods of the window.
func (s *Service) points(ctx context.Context, p cx.Principal, q Query, ask history.Query, scale string) ([]Week, error) {
	ask.By, ask.Cuts = nil, history.Cuts(q.Window, q.Every, s.zone())
	if ask.Cuts == nil {
		return nil, cx.Errorf(cx.Invalid, "", "a series needs a window that begins and ends")
	}
	bins, err := s.facts.Distribution(ctx, p, ask)
	if err != nil {
		return nil, err
	}
	tallies := make([]tally, len(ask.Cuts)-1)
	for _, b := range bins {
		tallies[b.Cut].add(b)
	}
	var out []Week
	for i := range tallies {
		out = append(out, Week{ask.Cuts[i], ask.Cuts[i+1], tallies[i].estimate(q.Metric, scale)})
	}
	return out, nil
}

// groupsOf scores groups, each as it is and shrunk.
func groupsOf(tallies map[string]*tally, m Metric, scale string) []Group {
	if len(tallies) == 0 {
		return nil
	}
	out := make([]Group, 0, len(tallies))
	for key, t := range tallies {
		out = append(out, Group{Key: key, Estimate: t.estimate(m, scale)})
	}
	slices.SortFunc(out, func(a, b Group) int {
		return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Key, b.Key))
	})
	within, n := 0.0, 0
	for _, g := range out {
		if s := tallies[g.Key].moments(m).Sample(); s.N > 1 {
			within, n = within+s.Variance*float64(s.N-1), n+s.N-1
		}
	}
	// Of a handful that answered alike, their own variance would be none.
	figures := make([]stats.Figure, len(out))
	for i, g := range out {
		figures[i] = stats.Figure{Value: g.Value, Variance: within / float64(n) / float64(g.N)}
	}
	low, high := m.limits(scale)
	for i, moved := range stats.Shrink(figures) {
		out[i].Shrunk = out[i].Estimate
		if moved.Kept < 1 {
			out[i].Shrunk = estimateOf(moved.Value, moved.Clip(low, high), out[i].N)
		}
	}
	return out
}

// limits returns where scores of the metric lie.
func (m Metric) limits(scale string) (low, high float64) {
	switch m {
	case NPS, NEV:
		return -100, 100
	case CSAT:
		return 0, 1
	}
	b := bounds(scale)
	return b.Min, b.Max
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
