package stats

import (
	"cmp"
	"math"
	"slices"
)

// BenjaminiHochberg tells which of many tests are discoveries when at most the
// share rate of the discoveries may be false (Benjamini & Hochberg 1995,
// step-up). The answer has the order of p; a p that is NaN is no test.
func BenjaminiHochberg(p []float64, rate float64) []bool {
	order := make([]int, 0, len(p))
	for i, v := range p {
		if !math.IsNaN(v) {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(p[a], p[b]) })
	found := make([]bool, len(p))
	for k := len(order); k > 0; k-- {
		if p[order[k-1]] <= rate*float64(k)/float64(len(order)) {
			for _, i := range order[:k] {
				found[i] = true
			}
			break
		}
	}
	return found
}
