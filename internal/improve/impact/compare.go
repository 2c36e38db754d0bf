package impact

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/stats"
	"github.com/vivencia-cx/vivencia/internal/stats/causal"
)

// unit is a customer (or an organisation) who takes part.
type unit struct {
	id  uint64 // in the order of units that were exposed at the same time
	arm int    // of the design's
	at  cx.Time
	of  []outcome // by metric of the sample
	in  []string  // its groups' keys, by grouping of the sample; "" is none

	crossed bool // exposed in another arm too
}

// outcome is what a metric says of a unit. NaN is not known; After is not known
// before its days are over.
type outcome struct{ after, before float64 }

// sample is what an evaluation reads of a draw: the units by time, then id.
type sample struct {
	metrics   []Metric // the plan's, then each guardrail's, then the money
	groupings []string
	units     []unit
	crossed   int
	left      int
	purse
}

// purse is what is known of the money.
type purse struct {
	currency string
	margin   float64 // 0: none is declared
	home     int     // amounts in the company's currency …
	foreign  int     // … and in others
}

// money is where the money is among the metrics.
func (s *sample) money() int { return len(s.metrics) - 1 }

// comparison compares the arms of a metric as units come.
type comparison struct {
	plan   *Plan
	metric Metric
	fill   float64 // what stands for a before that is not known: what all were like
	pairs  []causal.Pair
	exact  []stats.Moments // without the adjustment
	due    []int           // units whose days are over, by arm
	known  []int
}

func newComparison(p *Plan, m Metric, units []unit, of int, asOf cx.Time) *comparison {
	c := &comparison{plan: p, metric: m, pairs: make([]causal.Pair, len(p.Design.Arms)), exact: make([]stats.Moments, len(p.Design.Arms)), due: make([]int, len(p.Design.Arms)), known: make([]int, len(p.Design.Arms))}
	sum, n := 0.0, 0
	for i := range units {
		if v := units[i].of[of].before; !math.IsNaN(v) && m.dueAt(units[i].at) <= asOf {
			sum, n = sum+v, n+1
		}
	}
	if n > 0 {
		c.fill = sum / float64(n)
	}
	return c
}

// dueAt is when the metric of who was exposed at a time is known.
func (m Metric) dueAt(at cx.Time) cx.Time { return at.Add(time.Duration(m.Days) * 24 * time.Hour) }

// better is 1 when more is better, else −1.
func (m Metric) better() float64 {
	if m.Lower {
		return -1
	}
	return 1
}

func (c *comparison) add(arm int, o outcome) {
	c.due[arm]++
	if math.IsNaN(o.after) {
		return
	}
	before := o.before
	if math.IsNaN(before) {
		before = c.fill
	}
	c.known[arm]++
	c.pairs[arm].Add(o.after, before)
	c.exact[arm].Add(o.after)
}

// effects compares each arm with the control, now: CUPED's difference by a
// confidence sequence that all looks together hold to.
func (c *comparison) effects(alpha float64) []Effect {
	arms := c.plan.Design.Arms
	sequence := causal.Sequence{Alpha: alpha, Expected: 2 * max(c.plan.Sample, causal.LeastUnits)}
	var out []Effect
	for i := 1; i < len(arms); i++ {
		a := causal.CUPED(c.pairs[0], c.pairs[i])
		if c.metric.share() {
			a.Control.Variance = max(a.Control.Variance, a.Ratio*scarce(c.exact[0]))
			a.Treated.Variance = max(a.Treated.Variance, a.Ratio*scarce(c.exact[i]))
		}
		e := sequence.Difference(a.Control, a.Treated)
		out = append(out, Effect{Arm: arms[i].Name, Value: e.Value, Low: e.Low, High: e.High, P: e.P, N: e.Treated, Control: e.Control, Theta: a.Theta, Reduced: 1 - a.Ratio})
	}
	return out
}

// share tells whether the metric is 0 or 1 of each customer.
func (m Metric) share() bool { return m.Kind == Event || m.Kind == Return }

// scarce is the variance of a share with one more who did and one more who did not:
// that of fifty who all did not is not 0 (Agresti & Caffo 2000).
func scarce(m stats.Moments) float64 {
	p := (m.Sum + 1) / float64(m.N+2)
	return p * (1 - p)
}

// told tells whether the effect has figures: enough units in both arms, or none is
// excluded and nothing can be said.
func (e Effect) told() bool {
	return !math.IsNaN(e.Value) && !math.IsInf(e.Low, 0) && !math.IsInf(e.High, 0) && !math.IsNaN(e.Low) && !math.IsNaN(e.High)
}

// gain is the effect with better as more.
func (e Effect) gain(m Metric) (value, low, high float64) {
	if m.Lower {
		return -e.Value, -e.High, -e.Low
	}
	return e.Value, e.Low, e.High
}

// byDue are the units whose days of a metric are over, as they became so.
func byDue(units []unit, m Metric, asOf cx.Time) []*unit {
	out := make([]*unit, 0, len(units))
	for i := range units {
		if m.dueAt(units[i].at) <= asOf {
			out = append(out, &units[i])
		}
	}
	slices.SortStableFunc(out, func(a, b *unit) int { return cmp.Compare(a.at, b.at) })
	return out
}

// mostLooks is how many looks a series keeps.
const mostLooks = 120

// thinned keeps the last look, and at most mostLooks at even distances.
func thinned(looks []Look) []Look {
	step := (len(looks) + mostLooks - 1) / mostLooks
	if step < 2 {
		return looks
	}
	out := make([]Look, 0, mostLooks)
	for i := (len(looks) - 1) % step; i < len(looks); i += step {
		out = append(out, looks[i])
	}
	return out
}

// decision is what the rule says at a look.
type decision struct {
	verdict Verdict
	why     Why
	arm     int // of the effects
	decided bool
}

// decide applies the frozen rule to the effects at one look: to each arm for
// itself, at its part of alpha.
func (p *Plan) decide(effects []Effect, known []int) decision {
	out := decision{verdict: CannotTell, why: TooEarly}
	least := known[0]
	for i := range effects {
		least = min(least, known[i+1])
		_, low, _ := effects[i].gain(p.Metric)
		_, best, _ := effects[out.arm].gain(p.Metric)
		if low > best || math.IsInf(best, 0) && !math.IsInf(low, 0) {
			out.arm = i
		}
	}
	if len(effects) == 0 {
		return out
	}
	if value, low, _ := effects[out.arm].gain(p.Metric); low > 0 && value >= p.Rule.Least {
		return decision{Worked, Proven, out.arm, true}
	}
	harmful, small := true, true
	for _, e := range effects {
		_, _, high := e.gain(p.Metric)
		harmful, small = harmful && high < 0, small && high < p.Rule.Least
	}
	switch {
	case harmful:
		return decision{DidNot, Harmful, out.arm, true}
	case small:
		return decision{DidNot, TooSmall, out.arm, true}
	case p.Sample > 0 && least >= p.Sample:
		return decision{DidNot, NotShown, out.arm, true}
	}
	return out
}

// alpha is each arm's part of the plan's (Bonferroni).
func (p *Plan) alpha() float64 { return p.Rule.Alpha / float64(max(1, len(p.Design.Arms)-1)) }

// lookEvery is how often a comparison is looked at.
const lookEvery = 24 * time.Hour

// lasts tells whether a decision holds whatever comes later. That it does harm, or too
// little, must still be so.
func (d decision) lasts() bool { return d.why == Proven || d.why == NotShown }

// follow goes through the units as their days end, and looks once a day. The first
// look at which it worked, or the planned sample shows nothing, is the decision: all looks together say "worked" of
// what does nothing at most Alpha of the times, so none has to wait. It returns
// what is known at the end too.
func (p *Plan) follow(units []unit, of int, asOf cx.Time) (c *comparison, first decision, looks [][]Look) {
	m := p.Metric
	due := byDue(units, m, asOf)
	c = newComparison(p, m, units, of, asOf)
	looks = make([][]Look, max(0, len(p.Design.Arms)-1))
	first = decision{verdict: CannotTell, why: TooEarly}
	look := func(at cx.Time) {
		effects := c.effects(p.alpha())
		if !first.lasts() {
			first = p.decide(effects, c.known)
		}
		for i, e := range effects {
			if e.told() {
				looks[i] = append(looks[i], Look{at, e.N + e.Control, e.Value, e.Low, e.High})
			}
		}
	}
	var next cx.Time
	for i, u := range due {
		at := m.dueAt(u.at)
		if i == 0 {
			next = at.Add(lookEvery)
		}
		for at >= next {
			look(next)
			next = next.Add(lookEvery)
		}
		c.add(u.arm, u.of[of])
	}
	if len(due) > 0 {
		look(asOf)
	}
	return c, first, looks
}
