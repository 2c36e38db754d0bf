package journey

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// feature is one value of a row; the others are 0.
type feature struct {
	column int
	value  float64
}

// logistic are the weights of a logistic regression.
type logistic []float64

// odds returns the logarithm of the odds.
func (m logistic) odds(row []feature) float64 {
	sum := 0.0
	for _, f := range row {
		sum += m[f.column] * f.value
	}
	return sum
}

func (m logistic) chance(row []feature) float64 { return 1 / (1 + math.Exp(-m.odds(row))) }

// ridge is the penalty of each weight but the constant's (column 0).
const ridge = 1.0

// fitLogistic finds the weights of so many columns with the greatest penalized
// likelihood by Newton's method (iteratively reweighted least squares), halving
// steps that overshoot.
func fitLogistic(columns int, rows [][]feature, is []bool) logistic {
	weights := make(logistic, columns)
	loss := weights.loss(rows, is)
	for range 50 {
		step := weights.newton(rows, is)
		if step == nil {
			break
		}
		moved := make(logistic, columns)
		after := math.Inf(1)
		for by := 1.0; by > 1e-6 && !(after <= loss); by /= 2 {
			for i := range moved {
				moved[i] = weights[i] + by*step[i]
			}
			after = moved.loss(rows, is)
		}
		if !(after <= loss) {
			break
		}
		gain := loss - after
		weights, loss = moved, after
		if gain < 1e-8*(1+loss) {
			break
		}
	}
	return weights
}

// loss is the penalized negative log-likelihood.
func (m logistic) loss(rows [][]feature, is []bool) float64 {
	sum := 0.0
	for i, row := range rows {
		chance := m.chance(row)
		if !is[i] {
			chance = 1 - chance
		}
		sum -= math.Log(max(chance, 1e-300))
	}
	for _, w := range m[1:] {
		sum += ridge / 2 * w * w
	}
	return sum
}

// newton returns the step of Newton's method; nil when there is none.
func (m logistic) newton(rows [][]feature, is []bool) []float64 {
	n := len(m)
	gradient, curvature := mat.NewVecDense(n, nil), mat.NewSymDense(n, nil)
	curvature.SetSym(0, 0, 1e-9)
	for c := 1; c < n; c++ {
		gradient.SetVec(c, -ridge*m[c])
		curvature.SetSym(c, c, ridge)
	}
	for i, row := range rows {
		chance := m.chance(row)
		off := -chance
		if is[i] {
			off++
		}
		weight := chance * (1 - chance)
		for j, f := range row {
			gradient.SetVec(f.column, gradient.AtVec(f.column)+off*f.value)
			for _, g := range row[j:] {
				curvature.SetSym(f.column, g.column, curvature.At(f.column, g.column)+weight*f.value*g.value)
			}
		}
	}
	var solver mat.Cholesky
	if !solver.Factorize(curvature) {
		return nil
	}
	var step mat.VecDense
	if err := solver.SolveVecTo(&step, gradient); err != nil {
		return nil
	}
	return step.RawVector().Data
}
