package stats

import "math"

// LogOdds tells of each word how much more it is of one text than of the other: the
// difference of log odds with an informative Dirichlet prior, over its standard error
// (Monroe, Colaresi & Quinn 2008, "Fightin' Words", equations 16 to 22). Counts are by
// word; usual is how often it comes in all texts there are, which as so many words
// seen before (weight; 500 do) holds back what is rare. NaN when a text is empty, and
// for words that never come.
func LogOdds(one, other, usual []float64, weight float64) []float64 {
	var n1, n2, n0 float64
	for w := range usual {
		n1, n2, n0 = n1+one[w], n2+other[w], n0+usual[w]
	}
	z := make([]float64, len(usual))
	for w, count := range usual {
		y1, y2 := one[w]+weight*count/n0, other[w]+weight*count/n0
		if n1 == 0 || n2 == 0 || y1 == 0 || y2 == 0 {
			z[w] = math.NaN()
			continue
		}
		delta := math.Log(y1/(n1+weight-y1)) - math.Log(y2/(n2+weight-y2))
		z[w] = delta / math.Sqrt(1/y1+1/y2)
	}
	return z
}
