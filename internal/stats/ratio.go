package stats

import "math"

// Ratio is the sums that a ratio of two totals rests on: of each unit, its parts
// x and y.
type Ratio struct {
	N          int
	X, Y       float64
	XX, XY, YY float64
}

// Add counts units whose parts are x and y.
func (r *Ratio) Add(x, y float64) {
	r.N++
	r.X += x
	r.Y += y
	r.XX += x * x
	r.XY += x * y
	r.YY += y * y
}

// Value returns the ratio of the totals, x to y. NaN where there is nothing to
// divide by.
func (r Ratio) Value() float64 {
	if r.Y == 0 {
		return math.NaN()
	}
	return r.X / r.Y
}

// Interval returns the interval of the ratio by linearisation (Cochran 1977,
// section 6.4), with Student's quantile. NaN below two units.
func (r Ratio) Interval() Interval {
	if r.N < 2 || r.Y == 0 {
		return noInterval()
	}
	value, n := r.Value(), float64(r.N)
	residual := max(0, r.XX-2*value*r.XY+value*value*r.YY)
	half := studentQuantile(n-1) * math.Sqrt(n*residual/(n-1)) / math.Abs(r.Y)
	return Interval{value - half, value + half}
}
