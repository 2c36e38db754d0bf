package stats_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/vivencia-cx/vivencia/internal/stats"
)

// The difference and its standard error of least squares with dummies and HC2,
// computed from the matrices.
func TestStratified(t *testing.T) {
	t.Parallel()
	y := []float64{1, 2, 4, 3, 5, 9, 2, 2, 7, 8, 6, 5, 1, 0, 3}
	stratum := []int{0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2}
	with := []int{0, 1, 0, 1, 1, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1}
	strata := make([]stats.Stratum, 4)
	for i, v := range y {
		if with[i] == 1 {
			strata[stratum[i]].With.Add(v)
		} else {
			strata[stratum[i]].Without.Add(v)
		}
	}
	strata[3].With.Add(100) // with nothing to compare with
	c := stats.Stratified(strata)
	near(t, "difference", c.Delta, .75, 1e-12)
	near(t, "error", c.Delta/c.Statistic, 1.7321122488778968, 1e-9)
	near(t, "middle", (c.Low+c.High)/2, .75, 1e-9)
	if c.With != 7 || c.Without != 8 {
		t.Errorf("compares %d with %d", c.With, c.Without)
	}
	if none := stats.Stratified(strata[3:]); !math.IsNaN(none.P) || !math.IsNaN(none.Low) {
		t.Errorf("nothing to compare with gives %+v", none)
	}
}

func TestOneStratumIsWelch(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(-100, 100), 2, 30)
		var s stats.Stratum
		for _, v := range values.Draw(t, "without") {
			s.Without.Add(v)
		}
		for _, v := range values.Draw(t, "with") {
			s.With.Add(v)
		}
		got, want := stats.Stratified([]stats.Stratum{s}), stats.Welch(s.Without.Sample(), s.With.Sample())
		for _, pair := range [][2]float64{{got.Delta, want.Delta}, {got.P, want.P}} {
			if math.Abs(pair[0]-pair[1]) > 1e-6 {
				t.Fatalf("%+v, Welch %+v", got, want)
			}
		}
	})
}

// Where the groups differ and what is studied is unevenly spread over them, the
// plain difference is wrong and the stratified one is not.
func TestStratifiedHoldsTheRestAlike(t *testing.T) {
	t.Parallel()
	strata := make([]stats.Stratum, 2)
	for i := range 1000 {
		noise := float64(i%7) - 3
		if i%10 == 0 {
			strata[0].With.Add(noise)
		} else {
			strata[0].Without.Add(noise)
		}
		if i%10 != 0 {
			strata[1].With.Add(10 + noise)
		} else {
			strata[1].Without.Add(10 + noise)
		}
	}
	c := stats.Stratified(strata)
	if c.Low > 0 || c.High < 0 || math.Abs(c.Delta) > .3 {
		t.Errorf("a difference of %v, %v..%v", c.Delta, c.Low, c.High)
	}
}
