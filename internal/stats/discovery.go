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
	order, found := ascending(p), make([]bool, len(p))
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

// BenjaminiBogomolov tells which tests are discoveries when they come in families,
// each of one thing (Benjamini & Bogomolov 2014): the families of which something is
// found are those whose p by Simes (1986) are discoveries of Benjamini & Hochberg; in
// each of them its own, at the rate times the share of families that were found. Of
// the families found at most the share rate has nothing to find, however many
// discoveries the others bring. A p that is NaN is no test.
func BenjaminiBogomolov(families [][]float64, rate float64) [][]bool {
	whole, tested := make([]float64, len(families)), 0
	for i, p := range families {
		if whole[i] = simes(p); !math.IsNaN(whole[i]) {
			tested++
		}
	}
	selected, count := BenjaminiHochberg(whole, rate), 0
	for _, s := range selected {
		if s {
			count++
		}
	}
	found := make([][]bool, len(families))
	for i, p := range families {
		if found[i] = make([]bool, len(p)); selected[i] {
			found[i] = BenjaminiHochberg(p, rate*float64(count)/float64(tested))
		}
	}
	return found
}

// simes returns the p of there being nothing to find in a family: the least n·p/rank.
func simes(family []float64) float64 {
	p := slices.DeleteFunc(slices.Clone(family), math.IsNaN)
	if len(p) == 0 {
		return math.NaN()
	}
	slices.Sort(p)
	least := 1.0
	for i, v := range p {
		least = min(least, v*float64(len(p))/float64(i+1))
	}
	return least
}

// Bonferroni tells which of many tests are discoveries when the chance of any false
// one is at most rate (Dunn 1961). A p that is NaN is no test.
func Bonferroni(p []float64, rate float64) []bool {
	tests, found := len(ascending(p)), make([]bool, len(p))
	for i, v := range p {
		found[i] = v <= rate/float64(tests)
	}
	return found
}

// Holm does so too, and finds no fewer (Holm 1979, step-down).
func Holm(p []float64, rate float64) []bool {
	order, found := ascending(p), make([]bool, len(p))
	for k, i := range order {
		if p[i] > rate/float64(len(order)-k) {
			break
		}
		found[i] = true
	}
	return found
}

// ascending returns the numbers of the tests, least p first.
func ascending(p []float64) []int {
	var order []int
	for i, v := range p {
		if !math.IsNaN(v) {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(p[a], p[b]) })
	return order
}
