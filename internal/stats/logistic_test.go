package stats_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/stats"
)

func TestLogisticFindsItsWeights(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	want := stats.Logistic{-1, 2, -.5}
	var rows [][]stats.Term
	var is []bool
	for range 40_000 {
		row := []stats.Term{{0, 1}, {1, r.NormFloat64()}, {2, r.NormFloat64()}}
		rows = append(rows, row)
		is = append(is, r.Float64() < want.Chance(row))
	}
	for i, w := range stats.FitLogistic(3, rows, is) {
		if math.Abs(w-want[i]) > .06 {
			t.Errorf("weight %d is %v, want %v", i, w, want[i])
		}
	}
}
