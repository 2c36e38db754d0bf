package stats_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/vivencia-cx/vivencia/internal/stats"
)

func TestPoststratify(t *testing.T) {
	t.Parallel()
	// By hand: .7·8 + .3·4 = 6.8; variance .49·4/50 + .09·9/100 = .0473;
	// n_eff 1 / (.49/50 + .09/100) = 93.46.
	got := stats.Poststratify([]stats.Answered{
		{700, stats.Sample{N: 50, Mean: 8, Variance: 4}}, {300, stats.Sample{N: 100, Mean: 4, Variance: 9}}, {0, stats.Sample{N: 9, Mean: 1, Variance: 1}},
	})
	near(t, "value", got.Value, 6.8, 1e-12)
	near(t, "n_eff", got.Effective, 93.4579, .0001)
	near(t, "half", (got.High-got.Low)/2, 1.98580*math.Sqrt(.0473), .0002) // t of 92.46 degrees
	near(t, "covered", got.Covered, 1, 1e-12)

	silent := stats.Poststratify([]stats.Answered{{600, stats.Sample{N: 10, Mean: 8, Variance: 4}}, {400, stats.Sample{}}})
	near(t, "covered", silent.Covered, .6, 1e-12)
	near(t, "value", silent.Value, 8, 1e-12)
	if none := stats.Poststratify([]stats.Answered{{5, stats.Sample{}}}); !math.IsNaN(none.Value) || !math.IsNaN(none.Low) {
		t.Errorf("nobody answered: %+v", none)
	}
}

// Weighing one answer each by strata is the same mean as post-stratifying, with the
// same n.
func TestRakeOfOneMarginIsPoststratification(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		strata := rapid.IntRange(1, 5).Draw(t, "strata")
		target := make([]float64, strata)
		moments := make([]stats.Moments, strata)
		var level []int
		var values []float64
		for s := range strata {
			target[s] = rapid.Float64Range(.1, 10).Draw(t, "target")
			for range rapid.IntRange(1, 6).Draw(t, "n") {
				v := rapid.Float64Range(0, 10).Draw(t, "value")
				moments[s].Add(v)
				level, values = append(level, s), append(values, v)
			}
		}
		weights, ok := stats.Rake(len(values), []stats.Margin{{level, target}})
		if !ok {
			t.Fatal("one margin does not agree with itself")
		}
		var answered []stats.Answered
		for s := range strata {
			answered = append(answered, stats.Answered{Population: target[s], Sample: moments[s].Sample()})
		}
		want, got := stats.Poststratify(answered), stats.WeightedMean(values, weights)
		if math.Abs(got.Value-want.Value) > 1e-9 || math.Abs(got.Effective-want.Effective) > 1e-9 {
			t.Fatalf("%+v, want %+v", got, want)
		}
	})
}

func TestRake(t *testing.T) {
	t.Parallel()
	// Two margins of a 2 × 2 table with the counts 10 20 / 30 40.
	var rows, columns []int
	for cell, n := range []int{10, 20, 30, 40} {
		for range n {
			rows, columns = append(rows, cell/2), append(columns, cell%2)
		}
	}
	weights, ok := stats.Rake(len(rows), []stats.Margin{{rows, []float64{50, 50}}, {columns, []float64{1, 3}}})
	if !ok {
		t.Fatal("the margins do not agree")
	}
	var first, left, all float64
	cells := [4]float64{}
	for i, w := range weights {
		all += w
		cells[2*rows[i]+columns[i]] = w
		if rows[i] == 0 {
			first += w
		}
		if columns[i] == 0 {
			left += w
		}
	}
	near(t, "all", all, 100, 1e-9)
	near(t, "first", first, 50, 1e-6)
	near(t, "left", left, 25, 1e-6)
	near(t, "odds ratio", cells[0]*cells[3]/(cells[1]*cells[2]), 1, 1e-9) // what margins do not ask for stays
	near(t, "Kish of equal weights", stats.Kish([]float64{2, 2, 2}), 3, 1e-12)
	near(t, "Kish", stats.Kish([]float64{1, 1, 2}), 16./6, 1e-12)
	// What is wanted of both at once, and cannot be.
	if _, ok := stats.Rake(2, []stats.Margin{{[]int{0, 1}, []float64{1, 3}}, {[]int{0, 1}, []float64{3, 1}}}); ok {
		t.Error("margins that contradict one another agree")
	}
}

// The effects of groups add up to the change of the mean, whatever the groups.
func TestSplitIsExact(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		groups := rapid.IntRange(1, 6).Draw(t, "groups")
		var periods [2][]stats.Part
		var n, sum [2]float64
		for range groups {
			for p := range periods {
				part := stats.Part{N: float64(rapid.IntRange(0, 30).Draw(t, "n")), Mean: rapid.Float64Range(-100, 100).Draw(t, "mean")}
				if part.N == 0 {
					part.Mean = math.NaN()
				} else {
					sum[p] += part.N * part.Mean
				}
				n[p] += part.N
				periods[p] = append(periods[p], part)
			}
		}
		effects := stats.Split(periods[0], periods[1])
		if n[0] == 0 || n[1] == 0 {
			if !math.IsNaN(effects[0].Mix) {
				t.Fatalf("a change from nothing: %+v", effects)
			}
			return
		}
		total := 0.0
		for i, e := range effects {
			total += e.Mix + e.Rate
			if (periods[0][i].N == 0 || periods[1][i].N == 0) && e.Rate != 0 {
				t.Fatalf("a group of one period feels otherwise: %+v", e)
			}
		}
		if want := sum[1]/n[1] - sum[0]/n[0]; math.Abs(total-want) > 1e-9 {
			t.Fatalf("the effects add up to %v, the change is %v", total, want)
		}
	})
	// Simpson: every group is better, and the whole is worse since the sad one grew.
	effects := stats.Split([]stats.Part{{90, 50}, {10, -50}}, []stats.Part{{50, 60}, {50, -40}})
	near(t, "rate", effects[0].Rate+effects[1].Rate, 10, 1e-12)
	near(t, "mix", effects[0].Mix+effects[1].Mix, -40, 1e-12)
}
