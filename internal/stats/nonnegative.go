package stats

import "math"

// NonNegative returns the least squares weights of the columns among those that are
// none below 0, and the constant, which is free: the active set method of Lawson &
// Hanson (1974, "Solving Least Squares Problems", chapter 23). Columns that tell
// nothing weigh 0. Base is the outcome's mean when none does; NaN without rows.
func (d *Design) NonNegative() (base float64, weights []float64) {
	cov := d.moments().covariance()
	y := cov.columns - 1
	weights = make([]float64, y)
	var set []span
	in := make([]bool, y)
	for range 3 * (y + 1) {
		best, steepest := -1, 1e-10*math.Abs(cov.at(y, y))
		for c := range y {
			if in[c] || cov.at(c, c) <= 0 {
				continue
			}
			slope := cov.at(c, y)
			for other, w := range weights {
				slope -= cov.at(c, other) * w
			}
			slope *= math.Sqrt(cov.at(y, y) / cov.at(c, c)) // in the outcome's unit, whatever the column's
			if slope > steepest {
				best, steepest = c, slope
			}
		}
		if best < 0 {
			break
		}
		in[best] = true
		for {
			set = set[:0]
			for c, is := range in {
				if is {
					set = append(set, span{c, c + 1})
				}
			}
			_, _, wanted := cov.regress(set)
			// As far as none falls below 0; what stops it leaves the set.
			by, stop := 1.0, -1
			for c, is := range in {
				if is && wanted[c] <= 0 {
					if at := weights[c] / (weights[c] - wanted[c]); stop < 0 || at < by {
						by, stop = at, c
					}
				}
			}
			if stop < 0 {
				weights = wanted
				break
			}
			for c := range weights {
				weights[c] += by * (wanted[c] - weights[c])
			}
			in[stop], weights[stop] = false, 0
		}
	}
	if d.N == 0 {
		return math.NaN(), weights
	}
	base = d.means[y]
	for c, w := range weights {
		base -= w * d.means[c]
	}
	return base, weights
}
