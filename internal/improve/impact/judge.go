package impact

import (
	"math"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/stats"
	"github.com/vivencia-cx/vivencia/internal/stats/causal"
)

const (
	// mostMissing is the share of unknown outcomes past which nobody can tell: those
	// who are missing could turn it round. Of answers most are always missing; there
	// only the difference between the arms counts.
	mostMissing = .5
	// unlike is the p below which the arms lose outcomes unlike each other.
	unlike = .01
	// likelyBelow is the p below which an effect is likely: one in ten such is none.
	likelyBelow = .2
)

// judged is a draw compared.
type judged struct {
	Evaluation
	arm int // of the effects
}

// judgeDraw compares the arms of a draw as they are known at a time. Over says that
// nobody takes part any more, and everybody's days are over: what is not decided
// now never is.
func judgeDraw(in *Initiative, s *sample, asOf cx.Time, over bool) Evaluation {
	p := in.Plan.Normal()
	primary, first, looks := p.follow(s.units, 0, asOf)
	j := judged{arm: first.arm, Evaluation: Evaluation{
		Initiative: in.Slug, At: asOf, PlanHash: p.Hash(), Version: version, Method: ByDraw,
		Verdict: first.verdict, Why: first.why, Final: first.decided, Planned: p.Sample, Crossed: s.crossed, Left: s.left,
	}}
	j.arms(&p, s, primary)
	for _, e := range primary.effects(p.alpha()) {
		if e.told() {
			j.Effects = append(j.Effects, e)
		}
	}
	if len(j.Effects) == len(p.Design.Arms)-1 && len(j.Effects) > 0 {
		best := j.Effects[j.arm]
		j.Effect, j.Series = &best, thinned(looks[j.arm])
	}
	j.guard(&p, s, asOf)
	if why := j.distrust(&p, s, over); why != "" {
		j.Verdict, j.Why, j.Final = CannotTell, why, over
	} else if breached := slices.IndexFunc(j.Guardrails, func(g GuardSum) bool { return g.Breached }); breached >= 0 {
		j.Verdict, j.Why, j.Final = DidNot, Breached, true
	}
	j.Sure = j.sure(p.Metric)
	if j.trusted() {
		j.earned(in, &p, s, asOf)
		j.ForWhom = forWhom(&p, s, j.arm, asOf)
	}
	j.Offer = j.offer()
	return j.Evaluation
}

// arms tells what each arm is, and how much of the planned sample is there.
func (j *judged) arms(p *Plan, s *sample, c *comparison) {
	exposed := make([]int, len(p.Design.Arms))
	for i := range s.units {
		exposed[s.units[i].arm]++
	}
	shares := make([]float64, len(p.Design.Arms))
	least := math.Inf(1)
	for i, a := range p.Design.Arms {
		shares[i] = a.Share
		sum := ArmSum{Arm: a.Name, Planned: a.Share, Exposed: exposed[i], Due: c.due[i], Known: c.known[i]}
		if sum.Due > 0 {
			sum.Missing = 1 - float64(sum.Known)/float64(sum.Due)
		}
		if m := c.exact[i].Sample(); m.N > 0 {
			sum.Mean = m.Mean
			within := stats.MeanInterval(m)
			sum.Low, sum.High = finite(within.Low, m.Mean), finite(within.High, m.Mean)
		}
		j.Evaluation.Arms = append(j.Evaluation.Arms, sum)
		least = min(least, float64(sum.Known))
	}
	if p.Sample > 0 {
		j.Share = min(1, least/float64(p.Sample))
	}
	if ratio := causal.SampleRatio(exposed, shares); !math.IsNaN(ratio) {
		j.SRM = &Ratio{ratio, ratio < causal.MismatchBelow}
	}
}

// finite returns v, or what stands for it.
func finite(v, otherwise float64) float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return otherwise
	}
	return v
}

// distrust says why the arms cannot be compared; "" when they can, or while there
// are too few to say.
func (j *judged) distrust(p *Plan, s *sample, over bool) Why {
	arms := j.Evaluation.Arms
	few := slices.ContainsFunc(arms, func(a ArmSum) bool { return a.Known < causal.LeastUnits })
	switch {
	case j.SRM != nil && j.SRM.Flagged && slices.ContainsFunc(arms, func(a ArmSum) bool { return a.Exposed == 0 }):
		return EmptyArm
	case j.SRM != nil && j.SRM.Flagged:
		return Uneven
	case p.Metric.Kind == Revenue && s.foreign > s.home:
		return Mixed
	case p.Metric.Kind != Score && slices.ContainsFunc(arms, func(a ArmSum) bool { return a.Due >= causal.LeastUnits && a.Missing > mostMissing }):
		return Missing
	case attrition(arms) < unlike:
		return Attrition
	case few && over:
		return TooFew
	case !j.Final && over:
		return TooEarly
	}
	return ""
}

// attrition is how probable it is that chance alone made outcomes missing as
// unlike in the arms as they are: 1 where none is.
func attrition(arms []ArmSum) float64 {
	least := 1.0
	for _, a := range arms[1:] {
		t := stats.ProportionChange(arms[0].Due-arms[0].Known, arms[0].Due, a.Due-a.Known, a.Due)
		if !math.IsNaN(t.P) {
			least = min(least, t.P)
		}
	}
	return min(1, least*float64(max(1, len(arms)-1)))
}

// trusted tells whether the arms can be compared: figures of others are not told.
func (e *Evaluation) trusted() bool {
	switch e.Why {
	case EmptyArm, Uneven, Attrition, Missing, Mixed, NoComparison, PoorFit:
		return false
	}
	return e.Effect != nil
}

// sure says how sure the verdict is; of what cannot be told yet, whether it looks
// as if it did good.
func (e *Evaluation) sure(m Metric) Sure {
	switch {
	case e.Verdict == Worked || e.Verdict == DidNot && e.Why != NotShown:
		return Certain
	case e.Verdict == DidNot:
		return Likely
	case e.trusted() && e.Effect.P < likelyBelow && e.Effect.Value*m.better() > 0:
		return Likely
	}
	return Unknown
}

// guard looks whether a guardrail was breached: whether some arm does more harm than
// is borne, for sure. Each has a sequence of its own, of one side.
func (j *judged) guard(p *Plan, s *sample, asOf cx.Time) {
	for i, g := range p.Guardrails {
		sum := GuardSum{Metric: g.Metric, Worst: g.Worst}
		c := newComparison(p, g.Metric, s.units, i+1, asOf)
		for _, u := range byDue(s.units, g.Metric, asOf) {
			c.add(u.arm, u.of[i+1])
		}
		for _, e := range c.effects(2 * p.alpha()) {
			if !e.told() {
				continue
			}
			value, _, high := e.gain(g.Metric)
			if sum.Effect == nil || value < sum.gain() {
				sum.Effect = &e
			}
			sum.Breached = sum.Breached || high < -g.Worst
		}
		j.Guardrails = append(j.Guardrails, sum)
	}
}

func (g *GuardSum) gain() float64 {
	value, _, _ := g.Effect.gain(g.Metric)
	return value
}

// earned tells what it earned: the money of who lived it beyond that of the
// control, for each who was reached, less the cost.
func (j *judged) earned(in *Initiative, p *Plan, s *sample, asOf cx.Time) {
	m := s.metrics[s.money()]
	c := newComparison(p, m, s.units, s.money(), asOf)
	for _, u := range byDue(s.units, m, asOf) {
		c.add(u.arm, u.of[s.money()])
	}
	all := c.effects(p.alpha())
	if e := all[j.arm]; e.told() {
		j.Money = moneyOf(in, p, &s.purse, e, c.due[j.arm+1], e.N+e.Control)
		j.Money.Days = m.Days
	}
}

// moneyOf multiplies an effect on the money of one by who was reached.
func moneyOf(in *Initiative, p *Plan, s *purse, e Effect, reached, n int) *Money {
	share := s.margin
	if share == 0 {
		share = 1
	}
	out := &Money{Currency: s.currency, Each: e.Value * share, Reached: reached, Cost: in.Cost.Minor + p.Each*int64(reached), N: n, Margin: s.margin > 0, Foreign: s.foreign}
	whole := func(each float64) int64 { return int64(math.Round(each * share * float64(reached))) }
	out.Earned = whole(e.Value)
	out.Net, out.Low, out.High = out.Earned-out.Cost, whole(e.Low)-out.Cost, whole(e.High)-out.Cost
	return out
}

// offer is what would tell where this cannot.
func (e *Evaluation) offer() []string {
	switch e.Why {
	case TooEarly:
		return []string{"longer"}
	case TooFew:
		return []string{"more", "longer"}
	case EmptyArm, Uneven, NoComparison:
		return []string{string(Random), string(Staggered)}
	case Attrition, Missing, Mixed:
		return []string{"measure"}
	case PoorFit:
		return []string{string(Random), "longer"}
	}
	return nil
}
