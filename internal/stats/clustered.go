package stats

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// Clustered is observations of clusters, those of a cluster one after another, each in
// a stratum. They are compared within strata only: what is common to all of one
// (a season, a price) explains nothing.
type Clustered struct {
	Cluster []uint32
	Stratum []uint32    // below some small number
	Y       []float64   // the outcome
	X       [][]float64 // columns: the first is the one asked about, the others are held equal
}

// WithinSlope is by how much the outcome is greater for one more of the column asked about.
type WithinSlope struct {
	Value, Err float64
	Interval
	P        float64 // two-sided
	N        int
	Clusters int
}

// fewestClusters is below how many clusters their variance tells nothing.
const fewestClusters = 10

// Slope fits least squares within strata; its error is that of clusters whose
// observations are not independent (Liang & Zeger 1986, with the correction for few
// clusters G/(G−1)·(n−1)/(n−k)), its interval and p by Student's t of G−1 degrees. NaN
// when there are fewer than ten clusters, or nothing of the column asked about is left
// once the others are held equal.
func (c Clustered) Slope() WithinSlope {
	none := WithinSlope{Value: math.NaN(), Err: math.NaN(), Interval: noInterval(), P: math.NaN(), N: len(c.Y)}
	strata := uint32(0)
	for i, s := range c.Stratum {
		strata = max(strata, s+1)
		if i == 0 || c.Cluster[i] != c.Cluster[i-1] {
			none.Clusters++
		}
	}
	if none.Clusters < fewestClusters {
		return none
	}
	y, used := c.centred(c.Y, strata)
	x := make([][]float64, 0, len(c.X))
	for _, column := range c.X {
		x0, _ := c.centred(column, strata)
		x = append(x, x0)
	}
	beta, left, ok := frischWaugh(y, x)
	if !ok {
		return none
	}
	squares, meat, own := 0.0, 0.0, 0.0
	for i, v := range left {
		e := y[i]
		for k, b := range beta {
			e -= b * x[k][i]
		}
		squares += v * v
		own += v * e
		if i+1 == len(left) || c.Cluster[i+1] != c.Cluster[i] {
			meat += own * own
			own = 0
		}
	}
	n, g := float64(none.N), float64(none.Clusters)
	free := n - float64(used+len(x))
	if free < 1 {
		return none
	}
	s := none
	s.Value = beta[0]
	s.Err = math.Sqrt(meat*g/(g-1)*(n-1)/free) / squares
	half := studentQuantile(g-1) * s.Err
	s.Interval = Interval{s.Value - half, s.Value + half}
	s.P = 1
	if s.Err > 0 {
		s.P = studentP(s.Value/s.Err, g-1)
	}
	return s
}

// centred returns a column less the means of its strata, and how many of them are used.
func (c Clustered) centred(column []float64, strata uint32) (out []float64, used int) {
	sum, n := make([]float64, strata), make([]float64, strata)
	for i, s := range c.Stratum {
		sum[s] += column[i]
		n[s]++
	}
	for s := range sum {
		if n[s] > 0 {
			sum[s] /= n[s]
			used++
		}
	}
	out = make([]float64, len(column))
	for i, s := range c.Stratum {
		out[i] = column[i] - sum[s]
	}
	return out, used
}

// frischWaugh returns the slopes of y on all columns, and what is left of the first once
// the others are held equal (Frisch & Waugh 1933). Columns of which the ones before
// leave nothing have slope 0; ok is false when that is the first.
func frischWaugh(y []float64, x [][]float64) (beta, left []float64, ok bool) {
	beta = make([]float64, len(x))
	var kept []int
	for k := 1; k < len(x); k++ {
		if _, off := project(x, kept, x[k]); varies(off, x[k]) {
			kept = append(kept, k)
		}
	}
	on, left := project(x, kept, x[0])
	if !varies(left, x[0]) {
		return nil, nil, false
	}
	beta[0] = dot(left, y) / dot(left, left)
	others, _ := project(x, kept, y)
	for i, k := range kept {
		beta[k] = others[i] - beta[0]*on[i]
	}
	return beta, left, true
}

// project returns the slopes of y on some of the columns, and what they leave of it.
func project(x [][]float64, of []int, y []float64) (beta, left []float64) {
	left = append([]float64(nil), y...)
	if len(of) == 0 {
		return nil, left
	}
	gram, moment := mat.NewSymDense(len(of), nil), mat.NewVecDense(len(of), nil)
	for i, a := range of {
		moment.SetVec(i, dot(x[a], y))
		for j, b := range of[:i+1] {
			gram.SetSym(i, j, dot(x[a], x[b]))
		}
	}
	var root mat.Cholesky
	solved := mat.NewVecDense(len(of), nil)
	if !root.Factorize(gram) || root.SolveVecTo(solved, moment) != nil {
		return make([]float64, len(of)), left
	}
	for i, a := range of {
		b := solved.AtVec(i)
		beta = append(beta, b)
		for r, v := range x[a] {
			left[r] -= b * v
		}
	}
	return beta, left
}

// varies tells whether what is left of a column is more than rounding.
func varies(left, column []float64) bool { return dot(left, left) > 1e-10*dot(column, column) }

func dot(a, b []float64) (sum float64) {
	for i, v := range a {
		sum += v * b[i]
	}
	return sum
}
