package causal_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/stats"
	"github.com/vivencia-cx/vivencia/internal/stats/causal"
)

func randomOf(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0x7e57)) }

// Outcomes of customers, as they come: what they score, whether they come back, and
// money, of which most bring none and few bring much.
var outcomes = map[string]func(r *rand.Rand) float64{
	"scores": func(r *rand.Rand) float64 { return math.Round(math.Min(10, math.Max(0, 7+2.5*r.NormFloat64()))) },
	"shares": func(r *rand.Rand) float64 {
		if r.Float64() < .15 {
			return 1
		}
		return 0
	},
	"money": func(r *rand.Rand) float64 {
		if r.Float64() < .7 {
			return 0
		}
		return math.Exp(3.5 + 1.2*r.NormFloat64())
	},
}

// A thousand comparisons without an effect, looked at after every customer from the
// first to the three thousandth: at most 5 % are ever told as an effect, and with a
// rule that wants it upwards at most half of that. One look after every customer at
// Student's interval would be fooled by some half of them, which is why nobody may.
func TestContinuousLookingIsNotFooled(t *testing.T) {
	t.Parallel()
	const trials, units = 1_000, 3_000
	for name, draw := range outcomes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := randomOf(11)
			either, worked, naive := 0, 0, 0
			for range trials {
				sequence := causal.Sequence{Alpha: .05, Expected: units}
				var arms [2]causal.Pair
				up, down, once := false, false, false
				for range units {
					before := draw(r)
					arms[r.IntN(2)].Add(draw(r)+.5*before, before) // the period before tells of this one
					if arms[0].N < causal.LeastUnits || arms[1].N < causal.LeastUnits {
						continue
					}
					a := causal.CUPED(arms[0], arms[1])
					e := sequence.Difference(a.Control, a.Treated)
					up, down = up || e.Low > 0, down || e.High < 0
					once = once || math.Abs(e.Value) > 1.96*e.SE
				}
				if up || down {
					either++
				}
				if up {
					worked++
				}
				if once {
					naive++
				}
			}
			t.Logf("of %d comparisons without an effect %d are told as one, %d as worked; by Student's interval %d", trials, either, worked, naive)
			if either > trials*5/100 || worked > trials*5/100 {
				t.Errorf("%d and %d of %d", either, worked, trials)
			}
			if naive < trials/5 {
				t.Errorf("Student's interval is fooled %d times: the test tries nothing", naive)
			}
		})
	}
}

// covers tries an interval so often that an interval of 93 % would be told from one of
// 95 % (2,000 tries: a standard error of half a hundredth), and wants 94 % at least.
func covers(t *testing.T, name string, tries int, try func(r *rand.Rand) (e causal.Effect, truth float64)) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		t.Parallel()
		r := randomOf(23)
		held, finite := 0, 0
		for range tries {
			e, truth := try(r)
			if e.Low <= truth && truth <= e.High {
				held++
			}
			if !math.IsInf(e.High-e.Low, 0) {
				finite++
			}
		}
		t.Logf("%d of %d intervals hold the truth", held, tries)
		if held < tries*94/100 || finite < tries {
			t.Errorf("%d of %d hold, %d are finite", held, tries, finite)
		}
	})
}

func TestIntervalsHoldTheTruth(t *testing.T) {
	t.Parallel()
	sample := func(r *rand.Rand, n int, draw func(*rand.Rand) float64, add float64) stats.Sample {
		var p causal.Pair
		for range n {
			p.Add(draw(r)+add, 0)
		}
		return p.Sample()
	}
	for name, draw := range outcomes {
		covers(t, "two arms of "+name, 2_000, func(r *rand.Rand) (causal.Effect, float64) {
			return causal.TwoArms(sample(r, 400, draw, 0), sample(r, 400, draw, 2)), 2
		})
	}
	covers(t, "proportions", 2_000, func(r *rand.Rand) (causal.Effect, float64) {
		k := [2]int{}
		for range 80 {
			if r.Float64() < .05 {
				k[0]++
			}
			if r.Float64() < .12 {
				k[1]++
			}
		}
		return causal.Proportions(k[0], 80, k[1], 80), .07
	})
	covers(t, "CUPED", 2_000, func(r *rand.Rand) (causal.Effect, float64) {
		var arms [2]causal.Pair
		for i := range 300 {
			customer := 10 * math.Exp(r.NormFloat64())
			before, after := customer+outcomes["money"](r), customer+outcomes["money"](r)+5*float64(i%2)
			arms[i%2].Add(after, before)
		}
		a := causal.CUPED(arms[0], arms[1])
		return causal.TwoArms(a.Control, a.Treated), 5
	})
	covers(t, "sequence", 1_000, func(r *rand.Rand) (causal.Effect, float64) { // at every look
		var arms [2]causal.Pair
		worst := causal.Effect{Low: -math.MaxFloat64, High: math.MaxFloat64}
		for i := range 2_000 {
			arms[i%2].Add(outcomes["money"](r)+4*float64(i%2), 0)
			e := causal.Sequence{Alpha: .05, Expected: 2_000}.Difference(arms[0].Sample(), arms[1].Sample())
			worst.Low, worst.High = math.Max(worst.Low, e.Low), math.Min(worst.High, e.High)
		}
		return worst, 4
	})
	// Panels: what units have of their own, what times have, and what goes on in each.
	covers(t, "differences", 2_000, func(r *rand.Rand) (causal.Effect, float64) {
		y := panelOf(r, 30, 10)
		treated := make([]bool, len(y))
		for u := range 10 {
			treated[u] = true
			for t := 6; t < 10; t++ {
				y[u][t] += 1.5
			}
		}
		return causal.Differences(y, treated, 6).Effect, 1.5
	})
	covers(t, "differences of one", 2_000, func(r *rand.Rand) (causal.Effect, float64) {
		y := panelOf(r, 25, 10)
		for t := 6; t < 10; t++ {
			y[0][t] += 3
		}
		return causal.Differences(y, append([]bool{true}, make([]bool, 24)...), 6).Effect, 3
	})
	covers(t, "synthetic control", 500, func(r *rand.Rand) (causal.Effect, float64) {
		y := panelOf(r, 24, 16)
		for t := 12; t < 16; t++ {
			y[0][t] += 2
		}
		return causal.SyntheticControl(y, append([]bool{true}, make([]bool, 23)...), 12, nil).Effect, 2
	})
	covers(t, "staggered", 2_000, func(r *rand.Rand) (causal.Effect, float64) {
		y, first := steps(r, 120, 8, 20)
		return causal.Staggered(y, first, causal.RollOut{NotYet: true}).Simple, 1
	})
	covers(t, "staggered over twelve shops", 1_000, func(r *rand.Rand) (causal.Effect, float64) {
		y, first := steps(r, 12, 8, 2)
		return causal.Staggered(y, first, causal.RollOut{NotYet: true, Rounds: 399, Seed: r.Uint64()}).Simple, 1
	})
	covers(t, "whom it serves best", 500, func(r *rand.Rand) (causal.Effect, float64) {
		s := customers(r, 1_500, 4)
		return s[0].More, 4
	})
}

// panelOf is a panel with effects of units, of times, and of two causes that units feel
// differently; what is left depends on what was before.
func panelOf(r *rand.Rand, units, times int) [][]float64 {
	y, causes := make([][]float64, units), make([][2]float64, times)
	for t := range causes {
		causes[t] = [2]float64{3 * r.NormFloat64(), float64(t) * .3}
	}
	for u := range y {
		own, feels, left := 5*r.NormFloat64(), 1+.2*r.NormFloat64(), 0.
		for t := range times {
			left = .4*left + r.NormFloat64()
			y[u] = append(y[u], own+feels*causes[t][0]+causes[t][1]+left)
		}
	}
	return y
}

// steps is a roll-out with an effect of 1 to so many units at a time, from the third
// time on; the rest are never treated.
func steps(r *rand.Rand, units, times, each int) (y [][]float64, first []int) {
	y = panelOf(r, units, times)
	for u := range y {
		at := 2 + u/each
		if at >= 6 {
			at = -1
		}
		first = append(first, at)
		for t := range times {
			if at >= 0 && t >= at {
				y[u][t]++
			}
		}
	}
	r.Shuffle(units, func(i, j int) { y[i], y[j], first[i], first[j] = y[j], y[i], first[j], first[i] })
	return y, first
}

// customers are dealt to two arms; in one of five cities the treatment brings so much
// more. The other dimension, of twelve months, tells nothing.
func customers(r *rand.Rand, n int, more float64) []causal.Subgroup {
	cities := causal.Dimension{Name: "city", Levels: []string{"a", "b", "c", "d", "e"}}
	months := causal.Dimension{Name: "month", Levels: make([]string, 12)}
	var y []float64
	var treated []bool
	for range n {
		city, is := r.IntN(5), r.IntN(2) == 1
		v := 3 * r.NormFloat64()
		if is && city == 2 {
			v += more
		}
		y, treated = append(y, v), append(treated, is)
		cities.Of, months.Of = append(cities.Of, city), append(months.Of, r.IntN(12))
	}
	return causal.HonestSubgroups(y, treated, []causal.Dimension{cities, months}, 1, .05, r.Uint64())
}

// Where a treatment works alike for everybody, subgroups are found no more often than
// the rate allows; where it does not, the right one is.
func TestSubgroupsAreHonest(t *testing.T) {
	t.Parallel()
	r := randomOf(5)
	const tries = 500
	falsely, right, month := 0, 0, 0
	for range tries {
		found := customers(r, 1_500, 0)
		if found[0].Found || found[1].Found {
			falsely++
		}
	}
	for range 100 {
		found := customers(r, 1_500, 2)
		if found[0].Found && found[0].Level == "c" && found[0].More.Low > 0 {
			right++
		}
		if found[1].Found {
			month++
		}
	}
	t.Logf("falsely %d of %d; rightly %d of 100, the month %d", falsely, tries, right, month)
	if falsely > tries*5/100 || right < 80 || month > 5 {
		t.Errorf("falsely %d of %d; rightly %d of 100, the month %d", falsely, tries, right, month)
	}
}
