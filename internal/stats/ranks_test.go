package stats_test

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/vivencia-cx/vivencia/internal/stats"
)

// Statistics and p against scipy 1.16, mannwhitneyu(after, before,
// method="asymptotic").
func TestMannWhitney(t *testing.T) {
	t.Parallel()
	upTo := func(n, shift int) (v []float64) {
		for i := range n {
			v = append(v, float64(i+shift))
		}
		return v
	}
	for _, c := range []struct {
		before, after []float64
		u, p          float64
	}{
		{drug1, drug2, 74.5, 0.06932757543362658},
		{[]float64{1, 1, 2, 2, 3, 3, 3}, []float64{2, 3, 3, 4, 4, 5, 9, 9}, 49, 0.015025618562991231},
		{[]float64{5, 5, 5, 5, 5, 5}, []float64{5, 5, 5, 5}, 12, 1},
		{upTo(50, 0), upTo(60, 7), 2075.5, 0.000556322124091738},
	} {
		got := stats.MannWhitney(slices.Clone(c.before), slices.Clone(c.after))
		near(t, "delta", got.Delta, c.u/float64(len(c.before)*len(c.after))-.5, 1e-12)
		near(t, "p", got.P, c.p, 1e-12)
	}
	if !math.IsNaN(stats.MannWhitney(nil, drug1).P) || !math.IsNaN(stats.MannWhitney([]float64{math.NaN()}, []float64{1}).P) {
		t.Error("a test of nothing has a p")
	}
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.IntRange(0, 9), 1, 40)
		a, b := values.Draw(t, "a"), values.Draw(t, "b")
		pairs := 0.
		for _, x := range a {
			for _, y := range b {
				switch {
				case y > x:
					pairs++
				case y == x:
					pairs += .5
				}
			}
		}
		there, back := stats.MannWhitney(slices.Clone(a), slices.Clone(b)), stats.MannWhitney(slices.Clone(b), slices.Clone(a))
		if math.Abs(there.Delta-(pairs/float64(len(a)*len(b))-.5)) > 1e-12 {
			t.Fatalf("%v of %v and %v", there, a, b)
		}
		if math.Abs(there.P-back.P) > 1e-12 || math.Abs(there.Delta+back.Delta) > 1e-12 || !(there.P >= 0 && there.P <= 1) {
			t.Fatalf("%v there, %v back", there, back)
		}
	})
}

// The definition: residuals about the ratio, unit by unit.
func TestRatio(t *testing.T) {
	t.Parallel()
	var none stats.Ratio
	if !math.IsNaN(none.Value()) || !math.IsNaN(none.Interval().Low) {
		t.Error("a ratio of nothing is a number")
	}
	rapid.Check(t, func(t *rapid.T) {
		units := rapid.SliceOfN(rapid.Float64Range(.1, 1e6), 2, 30).Draw(t, "y")
		part := rapid.SliceOfN(rapid.Float64Range(0, 1), len(units), len(units)).Draw(t, "share")
		var r stats.Ratio
		for i, y := range units {
			r.Add(y*part[i], y)
		}
		n, value, residual := float64(len(units)), r.X/r.Y, 0.
		for i, y := range units {
			residual += (y*part[i] - value*y) * (y*part[i] - value*y)
		}
		half := stats.MeanInterval(stats.Sample{N: r.N, Variance: 1}).High * math.Sqrt(n) * // Student's quantile
			math.Sqrt(residual/(n*(n-1))) / (r.Y / n)
		if i := r.Interval(); math.Abs(i.High-value-half) > 1e-6*(1+half) || math.Abs(value-r.Value()) > 1e-12 {
			t.Fatalf("%v ± %v, want ± %v", r.Value(), i.High-r.Value(), half)
		}
	})
}
