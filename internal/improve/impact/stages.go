package impact

import (
	"math"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/stats"
	"github.com/vivencia-cx/vivencia/internal/stats/causal"
)

// panel is what an evaluation reads of a roll-out in steps: a metric of each shop or
// city in each period, none missing.
type panel struct {
	units   []string    // by name
	first   []int       // the period in which each begins; −1: never
	periods []cx.Time   // when each begins; all are as long
	y       [][]float64 // by unit and period
	money   [][]float64
	guards  [][][]float64 // by guardrail
	facts   int           // that it rests on
	dropped []string      // units with a period of which nothing is known
	days    int           // of a period
	purse
}

const (
	rounds = 999 // of permutations and of the bootstrap
	// fewUnits is below what nothing is computed, and fewTreated up to how many a
	// mixture of the others is compared with, not their mean.
	fewUnits   = 4
	fewTreated = 1
)

// rolled is what one metric of a panel shows.
type rolled struct {
	effect   Effect
	pretrend *Effect
	times    []EventTime
	weights  []Weight
	placebo  *float64
	method   string
}

// begun are the treated, and from which period on the first of them is.
func (p *panel) begun() (treated []bool, from, n int) {
	treated, from = make([]bool, len(p.units)), len(p.periods)
	for u, first := range p.first {
		if first >= 0 && first < len(p.periods) {
			treated[u], from, n = true, min(from, first), n+1
		}
	}
	return treated, from, n
}

// show compares what the units that began show with the others: by stages where
// several did, else with a mixture of the others.
func (p *panel) show(y [][]float64) (r rolled, ok bool) {
	treated, from, n := p.begun()
	if n == 0 || len(p.units)-n < 2 && n <= fewTreated || len(p.units) < fewUnits || from < 2 {
		return r, false
	}
	name := Treated
	if n <= fewTreated {
		s := causal.SyntheticControl(y, treated, from, nil)
		r = rolled{effect: Effect{Arm: name, Value: s.Value, Low: s.Low, High: s.High, P: s.P, N: s.Treated, Control: s.Control}, method: BySynthetic}
		for u, w := range s.Weights {
			if w >= .005 {
				r.weights = append(r.weights, Weight{p.units[u], w})
			}
		}
		slices.SortStableFunc(r.weights, func(a, b Weight) int {
			if a.Weight > b.Weight {
				return -1
			}
			return 1
		})
		if !math.IsNaN(s.P) {
			r.placebo = &s.P
		}
		return r, !math.IsNaN(s.Value)
	}
	o := causal.RollOut{NotYet: true, Rounds: rounds, Seed: seed}
	s := causal.Staggered(y, p.first, o)
	of := func(e causal.Effect) Effect {
		return Effect{Arm: name, Value: e.Value, Low: e.Low, High: e.High, P: e.P, N: e.Treated, Control: len(p.units) - n}
	}
	r = rolled{effect: of(s.Simple), method: ByStages}
	for _, step := range s.Steps {
		if !math.IsNaN(step.Band.Low) && !math.IsInf(step.Band.Low, 0) {
			r.times = append(r.times, EventTime{Periods: step.Since, Value: step.Value, Low: step.Band.Low, High: step.Band.High, N: step.Treated})
		}
	}
	// Had it begun half-way through the time before, it would have done nothing.
	before, placebo := make([][]float64, len(y)), slices.Clone(p.first)
	for u := range y {
		before[u] = y[u][:from]
		if treated[u] {
			placebo[u] = from / 2
		}
	}
	if e := of(causal.Staggered(before, placebo, o).Simple); e.told() {
		r.pretrend = &e
	}
	return r, !math.IsNaN(s.Simple.Value)
}

// judgeStages judges a roll-out in steps. It is decided once, when it is over: how it
// is looked at before then changes nothing.
func judgeStages(in *Initiative, s *panel, asOf cx.Time, over bool) Evaluation {
	p := in.Plan.Normal()
	e := Evaluation{Initiative: in.Slug, At: asOf, PlanHash: p.Hash(), Version: version, Method: ByStages, Verdict: CannotTell, Why: TooEarly, Final: over, Dropped: s.dropped, Period: s.days}
	treated, from, _ := s.begun()
	for i, name := range []string{Control, Treated} {
		e.Arms = append(e.Arms, s.arm(name, i == 1, treated, from))
	}
	r, ok := s.show(s.y)
	if ok {
		e.Method, e.Weights, e.PlaceboP, e.Times = r.method, r.weights, r.placebo, r.times
		e.Series = s.series(treated, r.method == BySynthetic, r.weights)
	}
	ok = ok && r.effect.told()
	if ok {
		e.Effect, e.Effects, e.Pretrend = &r.effect, []Effect{r.effect}, r.pretrend
	}
	for i, g := range p.Guardrails {
		sum := GuardSum{Metric: g.Metric, Worst: g.Worst}
		if harm, ok := s.show(s.guards[i]); ok && harm.effect.told() {
			_, _, high := harm.effect.gain(g.Metric)
			sum.Effect, sum.Breached = &harm.effect, high < -g.Worst
		}
		e.Guardrails = append(e.Guardrails, sum)
	}
	breached := slices.ContainsFunc(e.Guardrails, func(g GuardSum) bool { return g.Breached })
	switch {
	case !ok && over:
		e.Why = TooFew
	case !ok:
	case p.Metric.Kind == Revenue && s.foreign > s.home:
		e.Why = Mixed
	case e.Pretrend != nil && (e.Pretrend.Low > 0 || e.Pretrend.High < 0):
		e.Why = PoorFit
	case breached:
		e.Verdict, e.Why, e.Final = DidNot, Breached, true
	case over:
		e.Verdict, e.Why = p.final(r.effect)
	}
	e.Sure = e.sure(p.Metric)
	if e.trusted() {
		if earned, ok := s.show(s.money); ok && earned.effect.told() {
			reached := 0
			for _, first := range s.first {
				if first >= 0 {
					reached += max(0, len(s.periods)-first) * s.days / 7
				}
			}
			e.Money = moneyOf(in, &p, &s.purse, earned.effect, reached, len(s.units)*len(s.periods))
			e.Money.Periods = true
		}
	}
	e.Offer = e.offer()
	return e
}

// final is the rule on an effect that is looked at once.
func (p *Plan) final(effect Effect) (Verdict, Why) {
	switch value, low, high := effect.gain(p.Metric); {
	case low > 0 && value >= p.Rule.Least && effect.P <= p.Rule.Alpha:
		return Worked, Proven
	case high < 0:
		return DidNot, Harmful
	case high < p.Rule.Least:
		return DidNot, TooSmall
	}
	return CannotTell, TooFew
}

// arm is what the units with or without it were like since the first began.
func (p *panel) arm(name string, with bool, treated []bool, from int) ArmSum {
	a := ArmSum{Arm: name}
	var m stats.Moments
	for u := range p.units {
		if treated[u] != with {
			continue
		}
		a.Exposed++
		a.Due++
		a.Known++
		for t := max(from, p.first[u]); t < len(p.periods); t++ {
			m.Add(p.y[u][t])
		}
	}
	if m.N > 0 {
		s := m.Sample()
		within := stats.MeanInterval(s)
		a.Mean, a.Low, a.High = s.Mean, finite(within.Low, s.Mean), finite(within.High, s.Mean)
	}
	return a
}

// series is how much the treated differ from what they are compared with, period by
// period: from the others' mean, or their mixture.
func (p *panel) series(treated []bool, mixed bool, weights []Weight) (out []Look) {
	of := map[string]float64{}
	for _, w := range weights {
		of[w.Unit] = w.Weight
	}
	for t, at := range p.periods {
		var with, without stats.Moments
		mixture := 0.0
		for u := range p.units {
			if treated[u] {
				with.Add(p.y[u][t])
			} else {
				without.Add(p.y[u][t])
				mixture += of[p.units[u]] * p.y[u][t]
			}
		}
		e := causal.TwoArms(without.Sample(), with.Sample())
		if mixed {
			e.Value = with.Sample().Mean - mixture
			e.Low, e.High = e.Value, e.Value
		}
		if !math.IsNaN(e.Value) {
			out = append(out, Look{at, with.N + without.N, e.Value, finite(e.Low, e.Value), finite(e.High, e.Value)})
		}
	}
	return thinned(out)
}

// story is what is read of an initiative with a date only: the metric of everybody,
// week by week.
type story struct {
	weeks []cx.Time
	means []stats.Sample
	from  cx.Time
}

// judgeDate shows before and after; whether it worked, nobody can tell from that.
func judgeDate(in *Initiative, s *story, asOf cx.Time, over bool) Evaluation {
	p := in.Plan.Normal()
	e := Evaluation{
		Initiative: in.Slug, At: asOf, PlanHash: p.Hash(), Version: version, Method: ByDate,
		Verdict: CannotTell, Why: NoComparison, Sure: Unknown, Final: over, Period: 7,
	}
	var means [2]stats.Moments
	var n [2]int
	for i, at := range s.weeks {
		m := s.means[i]
		if m.N == 0 {
			continue
		}
		within := stats.MeanInterval(m)
		e.Series = append(e.Series, Look{at, m.N, m.Mean, finite(within.Low, m.Mean), finite(within.High, m.Mean)})
		side := 0
		if at >= s.from {
			side = 1
		}
		means[side].Add(m.Mean)
		n[side] += m.N
	}
	for i, name := range []string{"before", "after"} {
		a := ArmSum{Arm: name, Exposed: n[i], Due: n[i], Known: n[i]}
		if m := means[i].Sample(); m.N > 0 {
			within := stats.MeanInterval(m)
			a.Mean, a.Low, a.High = m.Mean, finite(within.Low, m.Mean), finite(within.High, m.Mean)
		}
		e.Arms = append(e.Arms, a)
	}
	e.Series, e.Offer = thinned(e.Series), e.offer()
	return e
}
