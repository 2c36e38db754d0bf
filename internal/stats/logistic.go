package stats

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// Term is one value of a row; those without one are 0.
type Term struct {
	Column int
	Value  float64
}

// Logistic are the weights of a logistic regression by column; column 0 is the
// constant's.
type Logistic []float64

// LogOdds returns the logarithm of the odds.
func (m Logistic) LogOdds(row []Term) float64 {
	sum := 0.0
	for _, t := range row {
		sum += m[t.Column] * t.Value
	}
	return sum
}

// Chance returns the chance, 0..1.
func (m Logistic) Chance(row []Term) float64 { return 1 / (1 + math.Exp(-m.LogOdds(row))) }

// ridge is the penalty of each weight but the constant's (column 0).
const ridge = 1.0

// FitLogistic finds the weights of so many columns with the greatest likelihood,
// less a ridge on all but the constant's (le Cessie & van Houwelingen 1992), by
// Newton's method (iteratively reweighted least squares), halving steps that
// overshoot. Is tells of each row whether it was so.
func FitLogistic(columns int, rows [][]Term, is []bool) Logistic {
	weights := make(Logistic, columns)
	loss := weights.loss(rows, is)
	for range 50 {
		step := weights.newton(rows, is)
		if step == nil {
			break
		}
		moved := make(Logistic, columns)
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
func (m Logistic) loss(rows [][]Term, is []bool) float64 {
	sum := 0.0
	for i, row := range rows {
		chance := m.Chance(row)
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
func (m Logistic) newton(rows [][]Term, is []bool) []float64 {
	n := len(m)
	gradient, curvature := mat.NewVecDense(n, nil), mat.NewSymDense(n, nil)
	curvature.SetSym(0, 0, 1e-9)
	for c := 1; c < n; c++ {
		gradient.SetVec(c, -ridge*m[c])
		curvature.SetSym(c, c, ridge)
	}
	for i, row := range rows {
		chance := m.Chance(row)
		off := -chance
		if is[i] {
			off++
		}
		weight := chance * (1 - chance)
		for j, f := range row {
			gradient.SetVec(f.Column, gradient.AtVec(f.Column)+off*f.Value)
			for _, g := range row[j:] {
				curvature.SetSym(f.Column, g.Column, curvature.At(f.Column, g.Column)+weight*f.Value*g.Value)
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
