package outcome

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/fact"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/stats"
)

// PulseQuery asks for the pulse.
type PulseQuery struct {
	Until cx.Time     // end of the period; 0: now, or the end of the last day on which anything was lived if that is longer ago than a period
	Days  int         // length of the period and of the one before; 0: 28
	Weeks int         // length of the series; 0: 26
	Where []Condition // by dimensions that events have too

	Customers []cx.CustomerNo // nil: all
}

// Pulse is how the company is doing.
type Pulse struct {
	Now, Before cx.Window
	Lived       Lived        // in Now
	Indicators  []Indicator  // of the metrics that have answers in the series: NPS, CSAT, CES
	Touchpoints []Touchpoint // at which anything was lived in Now; worst first
	Stages      []Stage      // before, during, after; those in which anything was lived
}

// Lived counts what was lived.
type Lived struct{ Events, Answers, Customers int }

// Indicator is one score, now and before.
type Indicator struct {
	Metric Metric
	Scale  string // of CES: the one with the most answers
	Now    Estimate
	Before Estimate
	Change Change
	Weeks  []Week // oldest first, without gaps; the last may be unfinished
}

// Week is a point of a series.
type Week struct {
	From, To cx.Time
	Estimate // N = 0: nobody answered
}

// Touchpoint is how it is lived at one touchpoint.
type Touchpoint struct {
	Slug, Stage string
	Events      int
	Customers   int
	Valence     Estimate // mean, −2..+2
	Score       *Score   // what they answered; nil when nobody did
	Feeling     Estimate // Valence, or without one the mean score moved to −2..+2: what touchpoints are ordered by
	Change      Change   // of Feeling
	Clear       bool     // the change stays clear among all touchpoints compared (Benjamini–Hochberg, 5 %)
}

// Score is the score of a touchpoint or a stage: that of the metric and scale
// with the most answers.
type Score struct {
	Metric Metric
	Scale  string
	Now    Estimate
	Before Estimate
}

// Stage is how it is lived in one stage.
type Stage struct {
	Slug      string
	Events    int
	Customers int
	Valence   Estimate
	Score     *Score
	Feeling   Estimate
	Change    Change // of Feeling
}

// The defaults, and the bounds, of a pulse.
const (
	pulseDays  = 28
	pulseWeeks = 26
	mostDays   = 366
	mostWeeks  = 260
)

// Where a stretch lies in the answers to the pulse's questions.
const (
	before = 0
	now    = 1
)

// Pulse tells how the company is doing, by a handful of questions to history. It needs
// the right scores.view.
//
// Touchpoints are ordered by the upper end of the interval of how they felt, so
// that what surely hurts comes before what perhaps hurts more, and a handful of
// bad episodes does not lead. Those of which nothing is known come last.
func (s *Service) Pulse(ctx context.Context, p cx.Principal, q PulseQuery) (Pulse, error) {
	pulse, err := s.pulse(ctx, p, q)
	return pulse, cx.Wrap("outcome.Pulse", err)
}

func (s *Service) pulse(ctx context.Context, p cx.Principal, q PulseQuery) (Pulse, error) {
	if err := account.Check(p, account.ViewScores); err != nil {
		return Pulse{}, err
	}
	q.Days, q.Weeks = cmp.Or(q.Days, pulseDays), cmp.Or(q.Weeks, pulseWeeks)
	if q.Days < 1 || q.Days > mostDays || q.Weeks < 1 || q.Weeks > mostWeeks {
		return Pulse{}, cx.Errorf(cx.Invalid, "", "a pulse has 1 to %d days and 1 to %d weeks", mostDays, mostWeeks)
	}
	zone := s.zone()
	out, err := s.periods(ctx, p, q, zone)
	if err != nil {
		return Pulse{}, err
	}
	until := out.Now.To
	cuts := []cx.Time{out.Before.From, out.Now.From, until}
	filter, dimensions := history.Filter{Customers: q.Customers, Where: q.Where}, []history.Dimension{history.Stage, history.Touchpoint}
	lived, err := s.facts.Series(ctx, p, history.Query{Of: history.Events, By: dimensions, Subtotals: true, Cuts: cuts, Customers: true, Filter: filter})
	if err != nil {
		return Pulse{}, err
	}
	answers := history.Query{Of: history.Answers, By: dimensions, Cuts: cuts, Filter: filter}
	scores, err := s.facts.Distribution(ctx, p, answers)
	if err != nil {
		return Pulse{}, err
	}
	// The last week is the one that until ends or interrupts.
	answers.By = nil
	answers.Cuts = history.Cuts(cx.Window{From: daysBefore(until-1, 7*(q.Weeks-1), zone), To: until}, history.Week, zone)
	answers.Filter.Window.To = until
	weekly, err := s.facts.Distribution(ctx, p, answers)
	if err != nil {
		return Pulse{}, err
	}
	out.Indicators = indicators(scores, weekly, answers.Cuts)
	out.Stages = stagesOf(lived, scores)
	out.Touchpoints = touchpointsOf(lived, scores)
	return out, nil
}

// zone is the company's; UTC when it has none.
func (s *Service) zone() *time.Location {
	if m := s.models.Current().Model; m != nil {
		if zone, err := time.LoadLocation(m.Company.Timezone); err == nil {
			return zone
		}
	}
	return time.UTC
}

// periods sets the two windows and what was lived in the one now.
func (s *Service) periods(ctx context.Context, p cx.Principal, q PulseQuery, zone *time.Location) (Pulse, error) {
	totals := func(w cx.Window) (Lived, history.Totals, error) {
		t, err := s.facts.Totals(ctx, p, history.Filter{Window: w, Customers: q.Customers, Where: q.Where})
		return Lived{int(t.Events), int(t.Answers), int(t.Customers)}, t, err
	}
	var out Pulse
	var err error
	now := func(until cx.Time) {
		out.Now = cx.Window{From: daysBefore(until, q.Days, zone), To: until}
		out.Lived, _, err = totals(out.Now)
	}
	now(cmp.Or(q.Until, s.clock.Now()))
	if err == nil && q.Until == 0 && out.Lived == (Lived{}) {
		var all history.Totals
		if _, all, err = totals(cx.Window{To: out.Now.To}); err == nil && all.Last != 0 {
			day := history.Cuts(cx.Window{From: all.Last, To: all.Last + 1}, history.Day, zone)
			now(day[len(day)-1])
		}
	}
	if err == nil {
		out.Before = cx.Window{From: daysBefore(out.Now.To, 2*q.Days, zone), To: out.Now.From}
	}
	return out, err
}

// daysBefore returns t moved back by days of the calendar.
func daysBefore(t cx.Time, days int, zone *time.Location) cx.Time {
	return cx.TimeOf(t.Std().In(zone).AddDate(0, 0, -days))
}

// pair is what was answered before and now.
type pair [2]tally

// kindOf is a metric and the scale that it is on. Shares of the best scores may
// be joined over scales, and recommendation has one.
type kindOf struct {
	metric Metric
	scale  string
}

func kind(b history.Bin) (kindOf, bool) {
	switch m := Metric(b.Metric); m {
	case NPS, CSAT:
		return kindOf{metric: m}, true
	case CES:
		return kindOf{m, b.Scale}, true
	}
	return kindOf{}, false
}

// indicators scores the periods and the weeks of each metric that was answered.
func indicators(periods, weekly []history.Bin, cuts []cx.Time) []Indicator {
	kinds := map[kindOf]*pair{}
	weeks := map[kindOf][]tally{}
	for _, b := range periods {
		if k, ok := kind(b); ok {
			entry(kinds, k)[b.Cut].add(b)
		}
	}
	for _, b := range weekly {
		if k, ok := kind(b); ok {
			entry(kinds, k)
			if weeks[k] == nil {
				weeks[k] = make([]tally, len(cuts)-1)
			}
			weeks[k][b.Cut].add(b)
		}
	}
	var out []Indicator
	for _, m := range []Metric{NPS, CSAT, CES} {
		k, ok := most(weeks, m)
		if !ok {
			continue
		}
		pair := kinds[k]
		ind := Indicator{
			Metric: m, Scale: k.scale, Now: pair[now].estimate(m, k.scale), Before: pair[before].estimate(m, k.scale),
			Change: change(m, &pair[before], &pair[now]),
		}
		for i := range weeks[k] {
			ind.Weeks = append(ind.Weeks, Week{cuts[i], cuts[i+1], weeks[k][i].estimate(m, k.scale)})
		}
		out = append(out, ind)
	}
	return out
}

// most returns the kind of the metric with the most answers.
func most(weeks map[kindOf][]tally, m Metric) (best kindOf, found bool) {
	most := 0
	for k, tallies := range weeks {
		n := 0
		for _, t := range tallies {
			n += t.n
		}
		if k.metric == m && (n > most || n == most && k.scale < best.scale) {
			best, most, found = k, n, true
		}
	}
	return best, found
}

// felt gathers what is known of a stage or a touchpoint.
type felt struct {
	events, customers int
	valence           [2]stats.Sample
	scores            map[kindOf]*pair
	means             map[string]*pair // by scale, of all scored answers
}

func (f *felt) count(pt history.Point) {
	f.valence[pt.Cut] = stats.SampleOf(int(pt.Valued), pt.Sum, pt.SumSquares)
	if pt.Cut == now {
		f.events, f.customers = int(pt.N), int(pt.Customers)
	}
}

func (f *felt) add(b history.Bin) {
	if f.scores == nil {
		f.scores, f.means = map[kindOf]*pair{}, map[string]*pair{}
	}
	if k, ok := kind(b); ok {
		entry(f.scores, k)[b.Cut].add(b)
	}
	if _, ok := fact.ParseScale(b.Scale); ok {
		entry(f.means, b.Scale)[b.Cut].add(b)
	}
}

// score returns the score with the most answers now.
func (f *felt) score() *Score {
	var best *Score
	for k, pair := range f.scores {
		s := &Score{k.metric, k.scale, pair[now].estimate(k.metric, k.scale), pair[before].estimate(k.metric, k.scale)}
		if s.Now.N > 0 && (best == nil || cmp.Or(cmp.Compare(s.Now.N, best.Now.N), cmp.Compare(best.Metric, s.Metric), cmp.Compare(best.Scale, s.Scale)) > 0) {
			best = s
		}
	}
	return best
}

// valenceScale is where a valence lies.
func valenceScale() fact.Scale { return fact.Scale{Min: -2, Max: 2} }

// feeling returns how it felt: the mean valence, or without one the mean score
// of the scale with the most answers, moved to −2..+2.
func (f *felt) feeling() (valence, feeling Estimate, change Change) {
	if f.valence[now].N > 0 {
		e := meanOf(f.valence[now], valenceScale())
		return e, e, MeanChange(f.valence[before], f.valence[now])
	}
	scale, best := "", (*pair)(nil)
	for s, pair := range f.means {
		if n := pair[now].n; n > 0 && (best == nil || n > best[now].n || n == best[now].n && s < scale) {
			scale, best = s, pair
		}
	}
	if best == nil {
		return Estimate{}, Estimate{}, Change{P: 1, Verdict: NoComparison}
	}
	moved := func(t tally) stats.Sample {
		b := bounds(scale)
		width := (b.Max - b.Min) / 4
		s := t.sample()
		s.Mean, s.Variance = (s.Mean-b.Min)/width-2, s.Variance/(width*width)
		return s
	}
	return Estimate{}, meanOf(moved(best[now]), valenceScale()), MeanChange(moved(best[before]), moved(best[now]))
}

func stagesOf(points []history.Point, scores []history.Bin) []Stage {
	stages := map[string]*felt{}
	for _, pt := range points {
		if len(pt.Key) == 1 {
			entry(stages, pt.Key[0]).count(pt)
		}
	}
	for _, b := range scores {
		entry(stages, b.Key[0]).add(b)
	}
	var out []Stage
	for _, slug := range []string{"before", "during", "after"} {
		f := stages[slug]
		if f == nil {
			continue
		}
		s := Stage{Slug: slug, Events: f.events, Customers: f.customers, Score: f.score()}
		s.Valence, s.Feeling, s.Change = f.feeling()
		if s.Events > 0 || s.Score != nil {
			out = append(out, s)
		}
	}
	return out
}

func touchpointsOf(points []history.Point, scores []history.Bin) []Touchpoint {
	type key struct{ stage, slug string }
	touchpoints := map[key]*felt{}
	for _, pt := range points {
		if len(pt.Key) == 2 {
			entry(touchpoints, key{pt.Key[0], pt.Key[1]}).count(pt)
		}
	}
	for _, b := range scores {
		entry(touchpoints, key{b.Key[0], b.Key[1]}).add(b)
	}
	var out []Touchpoint
	for k, f := range touchpoints {
		t := Touchpoint{Slug: k.slug, Stage: k.stage, Events: f.events, Customers: f.customers, Score: f.score()}
		t.Valence, t.Feeling, t.Change = f.feeling()
		if t.Slug != "" && (t.Events > 0 || t.Score != nil) {
			out = append(out, t)
		}
	}
	slices.SortFunc(out, func(a, b Touchpoint) int {
		return cmp.Or(cmp.Compare(a.hurt(), b.hurt()), cmp.Compare(b.Events, a.Events), cmp.Compare(a.Slug, b.Slug))
	})
	ps := make([]float64, len(out))
	for i, t := range out {
		if ps[i] = t.Change.P; t.Change.Verdict == NoComparison {
			ps[i] = math.NaN()
		}
	}
	for i, found := range stats.BenjaminiHochberg(ps, clearBelow) {
		out[i].Clear = found
	}
	return out
}

// hurt orders touchpoints: the lower, the surer it hurts.
func (t *Touchpoint) hurt() float64 {
	if t.Feeling.N == 0 {
		return math.Inf(1)
	}
	return t.Feeling.High
}
