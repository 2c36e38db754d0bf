package stats

import "math"

// LogOdds tells of each word how much more it is of one text than of the other: the
// difference of log odds with an informative Dirichlet prior, over its standard error
// (Monroe, Colaresi & Quinn 2008, "Fightin' Words", equations 16 to 22). Counts are by word in
// both texts, and prior is by word how often it is thought to have been seen before:
// its count in all texts is usual, and must be above 0. NaN when a text is empty.
func LogOdds(one, other, prior []float64) []float64 {
	var n1, n2, n0 float64
	for w := range prior {
		n1, n2, n0 = n1+one[w], n2+other[w], n0+prior[w]
	}
	z := make([]float64, len(prior))
	for w, a := range prior {
		if n1 == 0 || n2 == 0 {
			z[w] = math.NaN()
			continue
		}
		y1, y2 := one[w]+a, other[w]+a
		delta := math.Log(y1/(n1+n0-y1)) - math.Log(y2/(n2+n0-y2))
		z[w] = delta / math.Sqrt(1/y1+1/y2)
	}
	return z
}
