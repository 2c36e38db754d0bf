package text

import (
	"math"
	"slices"
)

// vocabulary is the features that a classifier knows, and how much each counts.
type vocabulary struct {
	features []uint32  // in order; a feature's row is its place
	weight   []float32 // by row
	row      []int32   // by feature; −1 is not known
}

// newVocabulary returns the vocabulary of features with their weights, both by
// row.
func newVocabulary(features []uint32, weight []float32) vocabulary {
	row := slices.Repeat([]int32{-1}, 1<<hashBits)
	for i, f := range features {
		row[f] = int32(i) //nolint:gosec // at most 1<<hashBits
	}
	return vocabulary{features, weight, row}
}

// told is how much of what a feature tells of the classes goes into its weight.
const told = .7

// learnVocabulary keeps the features of at least so many texts. One counts for
// more the rarer it is (1+ln((1+n)/(1+df)), Salton & Buckley 1988) and the more
// it tells the k classes apart (its log-likelihood ratio G², Dunning 1993,
// damped): most runs of characters tell nothing, and there are many.
func learnVocabulary(texts []counts, classes [][]int, k int, least int32) vocabulary {
	with := make([]int32, 1<<hashBits) // texts with a feature
	of := make([]float64, k)           // texts of a class
	for i, c := range texts {
		for _, item := range c.items {
			with[item>>valueBits]++
		}
		for _, class := range classes[i] {
			of[class]++
		}
	}
	var features []uint32
	for f, n := range with {
		if n >= least {
			features = append(features, uint32(f)) //nolint:gosec // below 1<<hashBits
		}
	}
	v := newVocabulary(features, make([]float32, len(features)))
	both := make([]int32, len(features)*k) // texts with a feature, of a class
	for i, c := range texts {
		for _, item := range c.items {
			if row := int(v.row[item>>valueBits]); row >= 0 {
				for _, class := range classes[i] {
					both[row*k+class]++
				}
			}
		}
	}
	n := float64(len(texts))
	for row, f := range features {
		df := float64(with[f])
		var g float64
		for c, x := range both[row*k:][:k] {
			if x > 0 {
				g += 2 * float64(x) * math.Log(float64(x)*n/(df*of[c]))
			}
		}
		tells := 1 + math.Log1p(max(g, 0)/float64(max(k-1, 1)))
		v.weight[row] = rounded(float32((1 + math.Log((1+n)/(1+df))) * math.Pow(tells, told)))
	}
	return v
}

// weigh returns items with the known features as row<<valueBits | value.
func (v *vocabulary) weigh(items []uint32, c counts) []uint32 {
	var norm [2]float64
	value := func(item uint32) (row int32, x float64) {
		if row = v.row[item>>valueBits]; row < 0 {
			return row, 0
		}
		x = float64(v.weight[row])
		if n := item & valueScale; n > 1 {
			x *= 1 + math.Log(float64(n))
		}
		return row, x
	}
	block := func(i int) int {
		if i < c.words {
			return 0
		}
		return 1
	}
	for i, item := range c.items {
		_, x := value(item)
		norm[block(i)] += x * x
	}
	for b := range norm {
		norm[b] = valueScale / math.Sqrt(norm[b])
	}
	for i, item := range c.items {
		if row, x := value(item); row >= 0 {
			items = append(items, uint32(row)<<valueBits|uint32(x*norm[block(i)]+.5)) //nolint:gosec // both fit by construction
		}
	}
	return items
}
