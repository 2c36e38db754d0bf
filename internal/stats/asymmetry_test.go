package stats_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/stats"
)

// What is planted as basic, linear and exciting is found so, and what does nothing
// is told as unclear in all but a few samples.
func TestPenaltyReward(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(8, 1))
	wrong, clear := 0, 0
	const rounds = 100
	for range rounds {
		const n = 600
		levels := make([][]float64, 4)
		for c := range levels {
			levels[c] = make([]float64, n)
			for i := range levels[c] {
				levels[c][i] = float64(r.IntN(3) - 1)
			}
		}
		outcome := make([]float64, n)
		for i := range outcome {
			bad, good := func(c int) float64 { return max(0, -levels[c][i]) }, func(c int) float64 { return max(0, levels[c][i]) }
			outcome[i] = 7 - 2*bad(0) + .1*good(0) - bad(1) + good(1) - .1*bad(2) + 2*good(2) + r.NormFloat64()*(1+bad(0))
		}
		got := stats.PenaltyReward(outcome, levels)
		if got[0].Kind != stats.Basic || got[2].Kind != stats.Exciter {
			t.Fatalf("%+v", got)
		}
		if got[1].Kind != stats.Linear {
			wrong++
		}
		if got[3].Kind != stats.Unclear {
			clear++
		}
		if math.Abs(got[0].Penalty.Mean-1./3) > .08 {
			t.Errorf("%v did badly", got[0].Penalty.Mean)
		}
	}
	t.Logf("%d linear ones taken for another kind, %d nothings for something", wrong, clear)
	if wrong > 10 || clear > 10 {
		t.Errorf("%d linear ones taken for another kind, %d nothings for something", wrong, clear)
	}
	for _, a := range stats.PenaltyReward([]float64{1, 2, 3}, [][]float64{{0, 0, 0}, {1, 0, math.NaN()}}) {
		if a.Kind != stats.Unclear {
			t.Errorf("of next to nothing: %+v", a)
		}
	}
}

func TestLevels(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ values, want []float64 }{
		{[]float64{1, 2, 3, 4, 5, 6, 7, 8, 9}, []float64{-1, -1, -1, 0, 0, 0, 1, 1, 1}},
		{[]float64{1, 5, 5, 5, 5, 5, 3, 5}, []float64{-1, 0, 0, 0, 0, 0, -1, 0}},
		{[]float64{1, 2, 3, 3, 3, 4, 4, 4, 4, 5}, []float64{-1, -1, -1, -1, -1, 0, 0, 0, 0, 1}},
		{[]float64{2, 2, 2}, []float64{0, 0, 0}},
		{nil, []float64{}},
	} {
		if got := stats.Levels(c.values); !slices.Equal(got, c.want) {
			t.Errorf("%v: %v, want %v", c.values, got, c.want)
		}
	}
}
