package stats_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/vivencia-cx/vivencia/internal/stats"
)

// It is the best of all sets of columns whose free least squares are not below 0.
func TestNonNegativeIsTheBest(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n, k := rapid.IntRange(6, 25).Draw(t, "rows"), rapid.IntRange(1, 4).Draw(t, "columns")
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 3))
		columns, y := make([][]float64, k), make([]float64, n)
		common := make([]float64, n)
		for i := range common {
			common[i] = r.NormFloat64()
			y[i] = r.NormFloat64()
		}
		for c := range columns {
			columns[c] = make([]float64, n)
			truth := r.NormFloat64()
			for i := range columns[c] {
				columns[c][i] = common[i] + r.NormFloat64()
				y[i] += truth * columns[c][i]
			}
		}
		drivers := func(set int) (d []stats.Driver) {
			for c, column := range columns {
				if set&(1<<c) != 0 {
					d = append(d, stats.Number("", column))
				}
			}
			return d
		}
		base, weights := stats.NewDesign(y, drivers(1<<k-1)).NonNegative()
		loss := 0.0
		for i := range y {
			off := y[i] - base
			for c, w := range weights {
				if w < 0 {
					t.Fatalf("a weight is %v", w)
				}
				off -= w * columns[c][i]
			}
			loss += off * off
		}
		best, mean := 0.0, 0.0
		for _, v := range y {
			mean += v / float64(n)
		}
		for _, v := range y {
			best += (v - mean) * (v - mean)
		}
		whole := best
		for set := 1; set < 1<<k; set++ {
			w := stats.NewDesign(y, drivers(set)).Bootstrap(1, 1)
			fits := true
			for _, e := range w.Effects {
				fits = fits && e[0].Value >= 0
			}
			if fits {
				best = math.Min(best, whole*(1-w.R2))
			}
		}
		if loss > best*(1+1e-6)+1e-9 {
			t.Fatalf("its loss is %v, the best is %v", loss, best)
		}
	})
}
