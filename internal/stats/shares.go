package stats

import "math"

// ShareRatio tests whether k of n is another share than k0 of n0 by the
// likelihood ratio (Wilks 1938), whose tail holds for rare ones too. Delta is
// k/n − k0/n0, the statistic the signed root of the ratio.
func ShareRatio(k0, n0, k, n int) Test {
	delta := float64(k)/float64(n) - float64(k0)/float64(n0)
	if n0 <= 0 || n <= 0 {
		return Test{math.NaN(), math.NaN(), math.NaN(), math.NaN()}
	}
	cost := func(k, n int) float64 { return shareCost(float64(k), float64(n)) }
	ratio := math.Max(0, cost(k0+k, n0+n)-cost(k0, n0)-cost(k, n))
	return normalTest(delta, math.Copysign(math.Sqrt(ratio), delta))
}
