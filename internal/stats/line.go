package stats

import (
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Slope is what an outcome gains with one unit of a variable, the others held.
type Slope struct {
	Value float64
	Interval
	P float64 // two-sided, that it is none
}

// Line is a least-squares fit.
type Line struct {
	N         int // rows without anything missing
	Intercept float64
	Slopes    []Slope // one a variable
	R2        float64
}

// LeastSquares regresses the outcome on the variables, columns of its length,
// with a constant; rows in which anything is NaN are left out. Intervals are
// Student's (95 %), of errors alike in size. Ok is false when the rows cannot
// tell the variables apart, or are too few: fewer than two more than there are
// unknowns.
func LeastSquares(outcome []float64, variables ...[]float64) (fit Line, ok bool) {
	k := len(variables) + 1
	var rows, y []float64
	for i, v := range outcome {
		row := make([]float64, 1, k)
		row[0] = 1
		missing := math.IsNaN(v)
		for _, c := range variables {
			missing = missing || math.IsNaN(c[i])
			row = append(row, c[i])
		}
		if !missing {
			rows, y = append(rows, row...), append(y, v)
		}
	}
	fit.N = len(y)
	if fit.N < k+2 {
		return fit, false
	}
	x, response := mat.NewDense(fit.N, k, rows), mat.NewVecDense(fit.N, y)
	var qr mat.QR
	qr.Factorize(x)
	var beta, inverse mat.Dense
	var gram mat.SymDense
	gram.SymOuterK(1, x.T())
	if qr.Cond() > 1e10 || qr.SolveTo(&beta, false, response) != nil || inverse.Inverse(&gram) != nil {
		return fit, false
	}
	var fitted mat.Dense
	fitted.Mul(x, &beta)
	mean, rest, total := mat.Sum(response)/float64(fit.N), 0., 0.
	for i, v := range y {
		rest += (v - fitted.At(i, 0)) * (v - fitted.At(i, 0))
		total += (v - mean) * (v - mean)
	}
	student := distuv.StudentsT{Sigma: 1, Nu: float64(fit.N - k)}
	reach := student.Quantile(.975)
	fit.Intercept = beta.At(0, 0)
	for j := 1; j < k; j++ {
		b, se := beta.At(j, 0), math.Sqrt(inverse.At(j, j)*rest/student.Nu)
		fit.Slopes = append(fit.Slopes, Slope{b, Interval{b - reach*se, b + reach*se}, 2 * student.Survival(math.Abs(b)/se)})
	}
	if total > 0 {
		fit.R2 = max(0, 1-rest/total)
	}
	return fit, total > 0
}
