package stats

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// Asymmetry tells how an outcome goes with doing badly, and with doing well, in one
// thing, compared with doing neither and all else held equal (Brandt 1987).
type Asymmetry struct {
	Penalty Effect // of doing badly; Mean is the share that does
	Reward  Effect // of doing well
	Kind    AsymmetryKind
}

// AsymmetryKind is what a thing is to customers.
type AsymmetryKind string

// The kinds. One is told when it is clear at 95 %.
const (
	Basic   AsymmetryKind = "basic"   // expected: it costs more when bad than it gives when good
	Linear  AsymmetryKind = "linear"  // costs when bad and gives when good, neither clearly more
	Exciter AsymmetryKind = "exciter" // delights: it gives more when good than it costs when bad
	Unclear AsymmetryKind = ""        // the data do not tell
)

// Levels tells of each value whether it is among the worst (−1), the best (1) or in
// between (0): at or below the lower third, at or above the upper third, of all
// values; where that leaves nothing in between, as of ratings from 1 to 5, below and
// above their median. NaN stays NaN.
func Levels(values []float64) []float64 {
	low, high := thirds(values)
	levels := make([]float64, len(values))
	for i, v := range values {
		switch {
		case math.IsNaN(v):
			levels[i] = v
		case v <= low:
			levels[i] = -1
		case v >= high:
			levels[i] = 1
		}
	}
	return levels
}

// PenaltyReward regresses the outcome on two columns for each thing, whether it was
// bad and whether it was good (Brandt 1987), and tells which are basics and which
// delight. Each level is −1 (bad), 0 or 1 (good), as Levels gives them, or NaN
// (missing: the row is left out). Intervals let the errors' variance differ (White
// 1980; HC1). NaN where a thing was never bad, or never good, or nothing is left.
func PenaltyReward(outcome []float64, levels [][]float64) []Asymmetry {
	drivers := make([]Driver, len(levels))
	for i, column := range levels {
		bad, good := make([]float64, len(column)), make([]float64, len(column))
		for r, v := range column {
			switch {
			case math.IsNaN(v):
				bad[r], good[r] = v, v
			case v < 0:
				bad[r] = 1
			case v > 0:
				good[r] = 1
			}
		}
		drivers[i] = Driver{Columns: [][]float64{bad, good}}
	}
	d := NewDesign(outcome, drivers)
	weights, covariance := d.leastSquares()
	out := make([]Asymmetry, len(levels))
	for i := range out {
		effect := func(c int) Effect {
			se := math.Sqrt(covariance.At(c, c))
			return Effect{weights[c], Interval{weights[c] - z*se, weights[c] + z*se}, d.means[c]}
		}
		p, r := 2*i, 2*i+1
		a := Asymmetry{Penalty: effect(p), Reward: effect(r)}
		// The sum is how much more is given than is cost.
		more := weights[p] + weights[r]
		half := z * math.Sqrt(covariance.At(p, p)+covariance.At(r, r)+2*covariance.At(p, r))
		costs, gives := a.Penalty.High < 0, a.Reward.Low > 0
		switch {
		case costs && more+half < 0:
			a.Kind = Basic
		case gives && more-half > 0:
			a.Kind = Exciter
		case costs && gives:
			a.Kind = Linear
		}
		out[i] = a
	}
	return out
}

// leastSquares returns the weights of the columns and their covariance by White's
// sandwich; NaN of a column that tells nothing, or when too few rows are left.
func (d *Design) leastSquares() ([]float64, *mat.SymDense) {
	cov := d.moments().covariance()
	y := cov.columns - 1
	_, rank, weights := cov.regress(d.groups)
	var used []int
	for c := range y {
		if weights[c] != 0 {
			used = append(used, c)
		}
	}
	all := mat.NewSymDense(max(1, y), nil)
	for a := range y {
		for b := range a + 1 {
			all.SetSym(a, b, math.NaN())
		}
	}
	blank := func() ([]float64, *mat.SymDense) {
		for c := range weights {
			weights[c] = math.NaN()
		}
		return weights, all
	}
	if len(used) == 0 || d.N <= rank+1 {
		return blank()
	}
	bread, meat := mat.NewSymDense(len(used), nil), mat.NewSymDense(len(used), nil)
	for i, a := range used {
		for j, b := range used[:i+1] {
			bread.SetSym(i, j, cov.at(a, b))
		}
	}
	score := mat.NewVecDense(len(used), nil)
	for _, row := range d.rows {
		off := row[y]
		for _, c := range used {
			off -= weights[c] * row[c]
		}
		for i, c := range used {
			score.SetVec(i, off*row[c])
		}
		meat.SymRankOne(meat, 1, score)
	}
	var cholesky mat.Cholesky
	var inverse mat.SymDense
	if !cholesky.Factorize(bread) || cholesky.InverseTo(&inverse) != nil {
		return blank()
	}
	var half, sandwich mat.Dense
	half.Mul(&inverse, meat)
	sandwich.Mul(&half, &inverse)
	for c := range weights {
		if weights[c] == 0 {
			weights[c] = math.NaN()
		}
	}
	scale := float64(d.N) / float64(d.N-rank-1)
	for i, a := range used {
		for j, b := range used[:i+1] {
			all.SetSym(a, b, scale*sandwich.At(i, j))
		}
	}
	return weights, all
}

// thirds returns the values at or below which, and at or above which, lie the worst
// and the best.
func thirds(values []float64) (low, high float64) {
	var sorted []float64
	for _, v := range values {
		if !math.IsNaN(v) {
			sorted = append(sorted, v)
		}
	}
	n := len(sorted)
	if n == 0 {
		return math.NaN(), math.NaN()
	}
	slices.Sort(sorted)
	low, high = sorted[(n-1)/3], sorted[n-1-(n-1)/3]
	if between, _ := slices.BinarySearch(sorted, math.Nextafter(low, math.Inf(1))); between < n && sorted[between] < high {
		return low, high
	}
	median := sorted[n/2]
	return math.Nextafter(median, math.Inf(-1)), math.Nextafter(median, math.Inf(1))
}
