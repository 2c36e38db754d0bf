package impact

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

const day = 24 * time.Hour

var began = cx.TimeOf(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))

// comeBack is a plan that half of the customers take part in, to buy again.
func comeBack(sample int) Plan {
	return Plan{
		Design: Design{Kind: Random}, Metric: Metric{Kind: Return, Days: 30}, Expected: .06,
		Guardrails: []Guardrail{{Metric{Kind: Score, Of: "csat", Days: 7}, .2}}, Rule: Rule{Least: .02}, Sample: sample,
	}
}

// crowd is n customers, exposed one after the other over 120 days, half in each arm:
// a fifth buys again, more often who bought before, and treated ones by effect more;
// csat is given by a third, changed by harm, and each spends some euros.
func crowd(random *rand.Rand, n int, effect, harm float64) *sample {
	p := comeBack(0).Normal()
	s := &sample{metrics: p.all(), groupings: []string{BoughtBefore}, purse: purse{currency: "EUR", margin: .4, home: n}}
	for i := range n {
		u := unit{id: uint64(i), arm: random.IntN(2), at: began.Add(120 * day * time.Duration(i) / time.Duration(n))}
		before := float64(random.IntN(2))
		bought := 0.0
		if random.Float64() < .1+.2*before+effect*float64(u.arm) {
			bought = 1
		}
		csat := math.NaN()
		if random.IntN(3) == 0 {
			csat = 4 + random.NormFloat64() - harm*float64(u.arm)
		}
		spent := math.Round(bought * 4000 * random.ExpFloat64())
		u.of = []outcome{{bought, before}, {csat, math.NaN()}, {spent, before * 3000}}
		u.in = []string{fmt.Sprint(before > 0)}
		s.units = append(s.units, u)
	}
	return s
}

func ended(p Plan) *Initiative {
	return &Initiative{Slug: "notice", Plan: p, From: began, Cost: cx.Money{Minor: 100_000, Currency: "EUR"}}
}

var over = began.Add(281 * day)

// A thousand initiatives that do nothing are looked at every day: at most one in
// twenty is said to have worked.
func TestWhatDoesNothingSeldomWorks(t *testing.T) {
	t.Parallel()
	worked, stopped := 0, 0
	for i := range 1000 {
		random := rand.New(rand.NewPCG(uint64(i), 1))
		switch e := judgeDraw(ended(comeBack(600)), crowd(random, 1200, 0, 0), over, true); {
		case e.Verdict == Worked:
			worked++
		case e.Why == Breached:
			stopped++
		}
	}
	t.Logf("%d of 1000 worked, %d were stopped", worked, stopped)
	if worked > 50 || stopped > 50 {
		t.Errorf("%d of 1000 that do nothing worked, %d were stopped", worked, stopped)
	}
}

// The true effect lies in the interval at the moment of the verdict, though it is the
// moment that shone, and in that of all the money.
func TestThePlantedEffectIsInTheInterval(t *testing.T) {
	t.Parallel()
	const rounds, effect = 200, .08
	worked, within := 0, 0
	for i := range rounds {
		e := judgeDraw(ended(comeBack(1000)), crowd(rand.New(rand.NewPCG(uint64(i), 2)), 2000, effect, 0), over, true)
		if e.Verdict == Worked {
			worked++
		}
		if e.Effect.Low <= effect && effect <= e.Effect.High {
			within++
		}
	}
	t.Logf("%d of %d worked, the truth is within %d", worked, rounds, within)
	if worked < rounds*8/10 || within < rounds*94/100 {
		t.Errorf("%d of %d worked, the truth is within %d intervals", worked, rounds, within)
	}
}

func TestMoneyIsTheEffectOnThoseReachedLessTheCost(t *testing.T) {
	t.Parallel()
	e := judgeDraw(ended(comeBack(2000)), crowd(rand.New(rand.NewPCG(5, 5)), 5000, .1, 0), over, true)
	m := e.Money
	if m == nil || m.Currency != "EUR" || !m.Margin || m.Cost != 100_000 || m.Net != m.Earned-m.Cost || m.Low >= m.Net || m.Net >= m.High || m.Days != 30 {
		t.Fatalf("%+v", m)
	}
	if want := int64(math.Round(m.Each * float64(m.Reached))); m.Earned != want || m.Reached != e.Arms[1].Due {
		t.Errorf("%d earned of %d reached, want %d of %d", m.Earned, m.Reached, want, e.Arms[1].Due)
	}
	// A tenth more buy, for forty euros of which 40 % are left: 1.60 € each.
	if m.Each < 60 || m.Each > 260 {
		t.Errorf("%v cents each", m.Each)
	}
}

// Those for whom it works are found, and nobody is where it works for all alike.
func TestForWhom(t *testing.T) {
	t.Parallel()
	s := crowd(rand.New(rand.NewPCG(9, 9)), 6000, 0, 0)
	random := rand.New(rand.NewPCG(10, 10))
	for i := range s.units {
		u := &s.units[i]
		if u.arm == 1 && u.in[0] == "true" && u.of[0].after == 0 && random.Float64() < .25 {
			u.of[0].after = 1
		}
	}
	e := judgeDraw(ended(comeBack(2000)), s, over, true)
	if len(e.ForWhom) != 1 || !e.ForWhom[0].Told || e.ForWhom[0].By != BoughtBefore || e.ForWhom[0].Key != "true" || e.ForWhom[0].More.Low <= 0 {
		t.Errorf("%+v", e.ForWhom)
	}
	told := 0
	for i := range 100 {
		e := judgeDraw(ended(comeBack(500)), crowd(rand.New(rand.NewPCG(uint64(i), 11)), 1000, .05, 0), over, true)
		for _, g := range e.ForWhom {
			if g.Told {
				told++
			}
		}
	}
	if told > 10 {
		t.Errorf("%d of 100 that work for all alike are said to work for some more", told)
	}
}

// What cannot be compared gets no verdict, and says why.
func TestWhatCannotBeTold(t *testing.T) {
	t.Parallel()
	random := func() *rand.Rand { return rand.New(rand.NewPCG(3, 3)) }
	for _, test := range []struct {
		name string
		plan func(*Plan)
		of   func() *sample
		at   cx.Time
		over bool
		want Why
	}{
		{"nobody yet", nil, func() *sample { return crowd(random(), 0, 0, 0) }, over, false, TooEarly},
		{"nobody at all", nil, func() *sample { return crowd(random(), 0, 0, 0) }, over, true, TooFew},
		{"ten customers", nil, func() *sample { return crowd(random(), 10, .5, 0) }, over, true, TooFew},
		{"early", nil, func() *sample { return crowd(random(), 400, 0, 0) }, began.Add(60 * day), false, TooEarly},
		{"one arm empty", nil, func() *sample {
			s := crowd(random(), 300, .1, 0)
			for i := range s.units {
				s.units[i].arm = 1
			}
			return s
		}, over, true, EmptyArm},
		{"arms that lose customers", nil, func() *sample {
			s := crowd(random(), 3000, .1, 0)
			kept := s.units[:0]
			for i, u := range s.units {
				if u.arm == 1 || i%5 > 0 {
					kept = append(kept, u)
				}
			}
			s.units = kept
			return s
		}, over, true, Uneven},
		{"the unhappy of one arm say nothing", func(p *Plan) { p.Metric = Metric{Kind: Score, Of: "csat", Days: 7}; p.Expected = .2 }, func() *sample {
			s := crowd(random(), 3000, 0, 0)
			for i := range s.units {
				o := &s.units[i].of[1]
				if s.units[i].arm == 1 && o.after < 4 {
					o.after = math.NaN()
				}
				s.units[i].of[0] = *o
			}
			return s
		}, over, true, Attrition},
		{"the outcome of most is missing", func(p *Plan) { p.Metric = Metric{Kind: Valence, Days: 30} }, func() *sample {
			s := crowd(random(), 3000, .1, 0)
			for i := range s.units {
				if i%3 > 0 {
					s.units[i].of[0].after = math.NaN()
				}
			}
			return s
		}, over, true, Missing},
		{"most money is in other currencies", func(p *Plan) { p.Metric = Metric{Kind: Revenue, Days: 30} }, func() *sample {
			s := crowd(random(), 3000, .1, 0)
			s.foreign = s.home + 1
			return s
		}, over, true, Mixed},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := comeBack(5000)
			if test.plan != nil {
				test.plan(&p)
			}
			e := judgeDraw(ended(p), test.of(), test.at, test.over)
			if e.Verdict != CannotTell || e.Why != test.want || e.Final != test.over || len(e.Offer) == 0 {
				t.Errorf("%s, %s, final %v, offer %v; want %s", e.Verdict, e.Why, e.Final, e.Offer, test.want)
			}
			if e.Money != nil && !e.trusted() {
				t.Error("money is told of what cannot be compared")
			}
			if e.Sure == Certain {
				t.Error("it is sure of it")
			}
		})
	}
}

// The rule decides as it was written down: too small, harmful, and not shown by as
// many as were to show it.
func TestWhatDidNotWork(t *testing.T) {
	t.Parallel()
	random := func() *rand.Rand { return rand.New(rand.NewPCG(4, 4)) }
	small := comeBack(0)
	small.Rule.Least = .04
	if e := judgeDraw(ended(small), crowd(random(), 40_000, 0, 0), over, true); e.Verdict != DidNot || e.Why != TooSmall {
		t.Errorf("%s, %s: %+v", e.Verdict, e.Why, e.Effect)
	}
	if e := judgeDraw(ended(comeBack(0)), crowd(random(), 4000, -.09, 0), over, true); e.Verdict != DidNot || e.Why != Harmful && e.Why != TooSmall {
		t.Errorf("%s, %s: %+v", e.Verdict, e.Why, e.Effect)
	}
	if e := judgeDraw(ended(comeBack(400)), crowd(random(), 1000, 0, 0), over, true); e.Verdict != DidNot || e.Why != NotShown || e.Sure != Likely || e.Share != 1 {
		t.Errorf("%s, %s, %s: %+v", e.Verdict, e.Why, e.Sure, e.Effect)
	}
	// Less is better: of the same figures the opposite holds.
	p := comeBack(400)
	p.Metric.Lower, p.Expected = true, -.06
	if e := judgeDraw(ended(p), crowd(random(), 4000, -.09, 0), over, true); e.Verdict != Worked || e.Effect.Value >= 0 {
		t.Errorf("%s, %s: %+v", e.Verdict, e.Why, e.Effect)
	}
}

// What does harm is stopped, however well it works.
func TestAGuardrailStopsIt(t *testing.T) {
	t.Parallel()
	e := judgeDraw(ended(comeBack(1500)), crowd(rand.New(rand.NewPCG(6, 6)), 6000, .1, .8), over, false)
	if e.Verdict != DidNot || e.Why != Breached || !e.Final || len(e.Guardrails) != 1 || !e.Guardrails[0].Breached || e.Guardrails[0].Effect.Value > -.5 {
		t.Errorf("%s, %s, %+v", e.Verdict, e.Why, e.Guardrails)
	}
	// Harm that is borne stops nothing.
	p := comeBack(1500)
	p.Guardrails[0].Worst = 1.2
	if e := judgeDraw(ended(p), crowd(rand.New(rand.NewPCG(6, 6)), 6000, .1, .8), over, false); e.Verdict != Worked || e.Guardrails[0].Breached {
		t.Errorf("%s, %s, %+v", e.Verdict, e.Why, e.Guardrails)
	}
}

// Of three arms each is held to its part of alpha, and the best is told.
func TestSeveralArms(t *testing.T) {
	t.Parallel()
	p := comeBack(1000)
	p.Design.Arms = []Arm{{Control, .4}, {"short", .3}, {"long", .3}}
	s := crowd(rand.New(rand.NewPCG(8, 8)), 9000, 0, 0)
	random := rand.New(rand.NewPCG(12, 12))
	for i := range s.units {
		u := &s.units[i]
		switch r := random.Float64(); {
		case r < .4:
			u.arm = 0
		case r < .7:
			u.arm = 1
		default:
			if u.arm = 2; random.Float64() < .15 {
				u.of[0].after = 1
			}
		}
	}
	e := judgeDraw(ended(p), s, over, true)
	if e.Verdict != Worked || e.Effect.Arm != "long" || len(e.Effects) != 2 || len(e.Arms) != 3 || e.SRM.Flagged {
		t.Errorf("%s, %s, %+v", e.Verdict, e.Why, e.Effects)
	}
}
