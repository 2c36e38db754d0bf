package impact

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/stats"
)

// roll is a plan of shops that begin one after the other, judged on a day.
func roll(least float64) Plan {
	return Plan{
		Design: Design{Kind: Staggered, Starts: []Start{{"s00", began.Std()}}}, Metric: Metric{Kind: Score, Of: "csat"}, Expected: .3,
		Guardrails: []Guardrail{{Metric{Kind: Valence}, .1}}, Rule: Rule{Least: least, Until: over.Std()},
	}
}

// shopsOf is n shops over forty weeks, begun of which begin from week twenty on, two
// weeks apart; each has its own level, and moves with the weeks all share.
func shopsOf(random *rand.Rand, n, begun int, effect, harm float64) *panel {
	p := &panel{days: 7, purse: purse{currency: "EUR", margin: .5}, guards: make([][][]float64, 1)}
	for week := range 40 {
		p.periods = append(p.periods, began.Add(time.Duration(week)*7*day))
	}
	for u := range n {
		first, level := -1, random.NormFloat64()
		if u < begun {
			first = 20 + 2*u%16
		}
		var y, money, guard []float64
		for week := range p.periods {
			on := 0.0
			if first >= 0 && week >= first {
				on = 1
			}
			y = append(y, 4+level+.2*math.Sin(float64(week)/5)+effect*on+.1*random.NormFloat64())
			money = append(money, 100_000+5000*level+20_000*on*effect+2000*random.NormFloat64())
			guard = append(guard, 1+.1*level-harm*on+.05*random.NormFloat64())
		}
		p.units, p.first = append(p.units, fmt.Sprintf("s%02d", u)), append(p.first, first)
		p.y, p.money, p.guards[0] = append(p.y, y), append(p.money, money), append(p.guards[0], guard)
	}
	return p
}

func TestStages(t *testing.T) {
	t.Parallel()
	random := func() *rand.Rand { return rand.New(rand.NewPCG(7, 7)) }
	for _, test := range []struct {
		name    string
		panel   *panel
		over    bool
		verdict Verdict
		why     Why
		method  string
	}{
		{"it works", shopsOf(random(), 14, 6, .5, 0), true, Worked, Proven, ByStages},
		{"it is not over", shopsOf(random(), 14, 6, .5, 0), false, CannotTell, TooEarly, ByStages},
		{"it does nothing worth having", shopsOf(random(), 14, 6, 0, 0), true, DidNot, TooSmall, ByStages},
		{"it makes things worse", shopsOf(random(), 14, 6, -.5, 0), true, DidNot, Harmful, ByStages},
		{"it does harm elsewhere", shopsOf(random(), 14, 6, .5, .6), false, DidNot, Breached, ByStages},
		{"one shop of thirty", shopsOf(random(), 30, 1, .6, 0), true, Worked, Proven, BySynthetic},
		{"one shop of eight", shopsOf(random(), 8, 1, .6, 0), true, CannotTell, TooFew, BySynthetic},
		{"three shops", shopsOf(random(), 3, 1, .6, 0), true, CannotTell, TooFew, ByStages},
		{"no shop began", shopsOf(random(), 12, 0, 0, 0), true, CannotTell, TooFew, ByStages},
		{"nothing is known", &panel{}, true, CannotTell, TooFew, ByStages},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if test.panel.guards == nil {
				test.panel.guards = make([][][]float64, 1)
			}
			e := judgeStages(ended(roll(.2)), test.panel, over, test.over)
			if e.Verdict != test.verdict || e.Why != test.why || e.Method != test.method {
				t.Fatalf("%s, %s by %s: %+v, before %+v", e.Verdict, e.Why, e.Method, e.Effect, e.Pretrend)
			}
			if test.verdict == Worked && (e.Effect.Low > .6 || e.Effect.High < .5 || e.Money == nil || e.Money.Net <= 0 || !e.Money.Periods) {
				t.Errorf("%+v, %+v", e.Effect, e.Money)
			}
			if e.Verdict == CannotTell && len(e.Offer) == 0 {
				t.Error("nothing is offered that would tell")
			}
		})
	}
}

// Shops that were on another course before cannot be compared, however well it looks.
func TestStagesOfShopsThatWereOnAnotherCourse(t *testing.T) {
	t.Parallel()
	p := shopsOf(rand.New(rand.NewPCG(7, 7)), 16, 7, .5, 0)
	for u := range p.units {
		if p.first[u] >= 0 {
			for week := range p.periods {
				p.y[u][week] += .05 * float64(week)
			}
		}
	}
	if e := judgeStages(ended(roll(.2)), p, over, true); e.Verdict != CannotTell || e.Why != PoorFit || e.Money != nil {
		t.Errorf("%s, %s: %+v", e.Verdict, e.Why, e.Pretrend)
	}
}

// Of roll-outs that do nothing at most one in twenty is said to have worked.
func TestStagesThatDoNothing(t *testing.T) {
	t.Parallel()
	const rounds = 40
	worked := 0
	for i := range rounds {
		if e := judgeStages(ended(roll(.2)), shopsOf(rand.New(rand.NewPCG(uint64(i), 3)), 12, 5, 0, 0), over, true); e.Verdict == Worked {
			worked++
		}
	}
	if worked > rounds/20 {
		t.Errorf("%d of %d worked", worked, rounds)
	}
}

// Before and after is shown, and nothing is claimed of it.
func TestBeforeAndAfterTellsNothing(t *testing.T) {
	t.Parallel()
	p := Plan{Design: Design{Kind: Date, From: began.Std()}, Metric: Metric{Kind: Valence}, Expected: 1, Rule: Rule{Until: over.Std()}}
	s := &story{from: began}
	for week := -10; week < 10; week++ {
		mean := 1.0
		if week >= 0 {
			mean = 5
		}
		s.weeks = append(s.weeks, began.Add(time.Duration(week)*7*day))
		s.means = append(s.means, stats.Sample{N: 100, Mean: mean, Variance: 1})
	}
	e := judgeDate(ended(p), s, over, true)
	if e.Verdict != CannotTell || e.Why != NoComparison || e.Effect != nil || e.Money != nil || len(e.Series) != 20 || e.Arms[0].Mean != 1 || e.Arms[1].Mean != 5 || len(e.Offer) == 0 {
		t.Errorf("%+v", e)
	}
}

// Shops are read from what was lived in them, week by week, and made again to the
// same digits.
func TestStagesFromTheLog(t *testing.T) {
	t.Parallel()
	places, starts := "", []Start{}
	for u := range 8 {
		places += fmt.Sprintf("  - {slug: s%d, name: S%d, kind: shop, city: Lugo}\n", u, u)
		if u < 4 {
			starts = append(starts, Start{fmt.Sprint("s", u), cxtest.Epoch.Add(time.Duration(12+2*u)*7*day - 10*time.Hour).Std()}) // midnight
		}
	}
	w := newWorldOf(t, "\nplaces:\n"+places+"outcomes: {margin: 0.5}\n")
	ctx, all := t.Context(), cx.System()
	plan := Plan{Design: Design{Kind: Staggered, Starts: starts}, Metric: Metric{Kind: Revenue}, Expected: 1000, Rule: Rule{Until: cxtest.Epoch.Add(30 * 7 * day).Std()}}
	w.begin("shops", plan)
	random := rand.New(rand.NewPCG(2, 2))
	var events []cx.Event
	for week := range 30 {
		for u := range 8 {
			minor := 20000 + 1000*float64(u) + 300*random.NormFloat64()
			if u < 4 && week >= 12+2*u {
				minor += 3000
			}
			at := time.Duration(week)*7*day + time.Duration(u)*time.Hour
			events = append(events, cxtest.Track(fmt.Sprint("c", u), "Order Completed", at, cxtest.Object{"place": fmt.Sprint("s", u), "revenue": math.Round(minor) / 100, "currency": "EUR"}))
		}
	}
	w.House.Live(events...)
	w.Clock.Advance(30 * 7 * day)
	e, err := w.Evaluate(ctx, all, "shops")
	must(t, err)
	if e.Verdict != Worked || !e.Final || e.Effect.Low > 3000 || e.Effect.High < 3000 || e.Money == nil || e.Period < 7 || len(e.Dropped) > 0 || e.Effect.N != 4 || e.Effect.Control != 4 {
		t.Errorf("%s, %s: %+v, dropped %v", e.Verdict, e.Why, e.Effect, e.Dropped)
	}
	if _, same, err := w.Rerun(ctx, all, e.ID); err != nil || !same {
		t.Errorf("made again it is another: %v", err)
	}
	w.begin("date", Plan{Design: Design{Kind: Date, From: cxtest.Epoch.Add(15 * 7 * day).Std()}, Metric: Metric{Kind: Revenue}, Expected: 1, Rule: Rule{Until: cxtest.Epoch.Add(30 * 7 * day).Std()}})
	before, err := w.Evaluate(ctx, all, "date")
	if err != nil || before.Why != NoComparison || before.Arms[1].Mean <= before.Arms[0].Mean || !before.Final || before.Period != 7 {
		t.Errorf("%+v, %v", before, err)
	}
}
