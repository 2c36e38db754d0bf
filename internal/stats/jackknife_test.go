package stats_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/vivencia-cx/vivencia/internal/stats"
)

// Of a mean, leaving out one value at a time, it is Student's interval.
func TestJackknifeOfAMean(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(-5, 5), 2, 30).Draw(t, "values")
		all := momentsOf(values...)
		left := make([]float64, len(values))
		for i, v := range values {
			left[i] = (all.Sum - v) / float64(len(values)-1)
		}
		got, want := stats.Jackknife(all.Sample().Mean, left), stats.MeanInterval(all.Sample())
		if math.Abs(got.Low-want.Low) > 1e-4 || math.Abs(got.High-want.High) > 1e-4 {
			t.Fatalf("%+v, want %+v", got, want)
		}
	})
	if i := stats.Jackknife(1, []float64{1}); !math.IsNaN(i.Low) || !math.IsNaN(i.High) {
		t.Errorf("of one part %+v", i)
	}
}
