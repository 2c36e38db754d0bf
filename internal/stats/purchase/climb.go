package purchase

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// z is the normal quantile of an interval at 95 %.
const z = 1.959963984540054

// flat is how little a function bends, as a share of it, where it does not bend at all.
const flat = 1e-9

// peak is where a function is greatest.
type peak struct {
	at         []float64
	value      float64
	covariance *mat.SymDense // less the inverse of the second derivatives there
}

// climb goes from start to where f is greatest by Newton's method: second derivatives
// are differences of the gradient, made negative where they are not (Nocedal & Wright
// 2006, section 3.4), and steps that overshoot are halved. f writes its gradient into
// its second argument. ok is false when there is no peak within 12 of the start: of
// logarithms, 160,000 times more or less.
func climb(f func(at, gradient []float64) float64, start []float64) (p peak, ok bool) {
	k := len(start)
	p.at = append([]float64(nil), start...)
	gradient, moved := make([]float64, k), make([]float64, k)
	p.value = f(p.at, gradient)
	for range 200 {
		var eigen mat.EigenSym
		if !eigen.Factorize(curvature(f, p.at), true) {
			return p, false
		}
		var vectors mat.Dense
		eigen.VectorsTo(&vectors)
		step, gain, bowl := mat.NewVecDense(k, nil), 0.0, true
		for i, value := range eigen.Values(nil) {
			axis := vectors.ColView(i)
			along := mat.Dot(axis, mat.NewVecDense(k, gradient))
			bowl = bowl && value > flat*(1+math.Abs(p.value))
			by := along / max(math.Abs(value), flat*(1+math.Abs(p.value)))
			gain += by * along
			step.AddScaledVec(step, by, axis)
		}
		if gain < 1e-9 {
			p.covariance = inverse(&eigen, &vectors)
			return p, bowl
		}
		by := min(1, 2/mat.Norm(step, math.Inf(1))) // more than e² at once is a leap in the dark
		before := p.value
		for ; by > 1e-10; by /= 2 {
			for i := range moved {
				moved[i] = p.at[i] + by*step.AtVec(i)
			}
			if p.value = f(moved, gradient); p.value > before {
				break
			}
		}
		if !(p.value > before) {
			p.value = f(p.at, gradient)
			p.covariance = inverse(&eigen, &vectors)
			return p, bowl && gain < 1e-4
		}
		copy(p.at, moved)
		for i := range moved {
			if math.Abs(moved[i]-start[i]) > 12 {
				return p, false
			}
		}
	}
	return p, false
}

// curvature is less the second derivatives.
func curvature(f func(at, gradient []float64) float64, at []float64) *mat.SymDense {
	const h = 1e-4
	k := len(at)
	out, rows := mat.NewSymDense(k, nil), make([][]float64, k)
	moved, below := append([]float64(nil), at...), make([]float64, k)
	for i := range k {
		rows[i] = make([]float64, k)
		moved[i] = at[i] + h
		f(moved, rows[i])
		moved[i] = at[i] - h
		f(moved, below)
		moved[i] = at[i]
		for j := range k {
			rows[i][j] = (below[j] - rows[i][j]) / (2 * h)
		}
	}
	for i := range k {
		for j := i; j < k; j++ {
			out.SetSym(i, j, (rows[i][j]+rows[j][i])/2)
		}
	}
	return out
}

func inverse(eigen *mat.EigenSym, vectors *mat.Dense) *mat.SymDense {
	values := eigen.Values(nil)
	out := mat.NewSymDense(len(values), nil)
	for i, value := range values {
		out.SymRankOne(out, 1/value, vectors.ColView(i))
	}
	return out
}
