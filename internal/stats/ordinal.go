package stats

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// Ordinal is a proportional-odds logit: the log odds of an outcome at or below level
// j are Cuts[j] − Σ weight·value.
type Ordinal struct {
	Cuts     []float64 // ascending; one fewer than the levels
	Weights  []float64 // by column: above 0, more of it goes with higher levels
	Errors   []float64 // standard errors of the weights
	Deviance float64   // −2 log likelihood
}

// ProportionalOdds finds the proportional-odds logit (McCullagh 1980) with the
// greatest likelihood by Newton's method, halving steps that overshoot; the
// likelihood has one peak (Pratt 1981). Levels are 0, 1, … of so many, two or more;
// count is how often each row was seen (nil: once). All is NaN where the data tell
// nothing: a level that was never seen, a column that does not vary or is told by
// others, or columns that tell the level without error.
func ProportionalOdds(rows [][]float64, levels []int, of int, count []float64) Ordinal {
	o := ordinal{rows: rows, levels: levels, count: count, cuts: of - 1}
	if len(rows) > 0 {
		o.columns = len(rows[0])
	}
	if !o.begin(of) {
		return o.unknown()
	}
	value, gradient, information := o.at(o.theta)
	for range 100 {
		var cholesky mat.Cholesky
		var step mat.VecDense
		if !cholesky.Factorize(information) || cholesky.Cond() > 1e12 || cholesky.SolveVecTo(&step, gradient) != nil {
			return o.unknown()
		}
		if value > -1e-6 { // every level is told: weights grow without end
			return o.unknown()
		}
		if mat.Dot(&step, gradient) < 1e-10 {
			return o.told(value, &cholesky)
		}
		by, moved := 1.0, make([]float64, len(o.theta))
		for {
			for i := range moved {
				moved[i] = o.theta[i] + by*step.AtVec(i)
			}
			next, g, h := o.at(moved)
			if next >= value {
				o.theta, value, gradient, information = moved, next, g, h
				break
			}
			if by /= 2; by < 1e-8 {
				return o.told(value, &cholesky)
			}
		}
	}
	return o.unknown()
}

// ordinal is a fit under way: theta are the cuts, then the weights of the columns
// less their means.
type ordinal struct {
	rows          [][]float64
	levels        []int
	count         []float64
	cuts, columns int
	means, theta  []float64
}

func (o *ordinal) times(row int) float64 {
	if o.count == nil {
		return 1
	}
	return o.count[row]
}

// begin sets the cuts as of no columns; ok is false when a level was never seen.
func (o *ordinal) begin(of int) (ok bool) {
	seen, n := make([]float64, of), 0.0
	o.means = make([]float64, o.columns)
	for i, level := range o.levels {
		seen[level] += o.times(i)
		n += o.times(i)
		for c, v := range o.rows[i] {
			o.means[c] += o.times(i) * v
		}
	}
	for c := range o.means {
		o.means[c] /= n
	}
	o.theta = make([]float64, o.cuts+o.columns)
	below := 0.0
	for j := range o.cuts {
		below += seen[j]
		o.theta[j] = math.Log(below / (n - below))
	}
	for _, s := range seen {
		if !(s > 0) {
			return false
		}
	}
	return of > 1
}

func logistic(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// at returns the log likelihood, its gradient and less its second derivatives.
func (o *ordinal) at(theta []float64) (float64, *mat.VecDense, *mat.SymDense) {
	k := len(theta)
	gradient, information := mat.NewVecDense(k, nil), mat.NewSymDense(k, nil)
	value := 0.0
	// By which of theta a row's likelihood moves, and by how much: its upper cut,
	// its lower one, each column.
	first := make([]Term, 0, o.columns+2)
	for i, row := range o.rows {
		eta := 0.0
		for c, v := range row {
			eta += theta[o.cuts+c] * (v - o.means[c])
		}
		var upper, lower, fUpper, fLower, bendUpper, bendLower float64
		upper = 1
		level := o.levels[i]
		first = first[:0]
		if level < o.cuts {
			upper = logistic(theta[level] - eta)
			fUpper = upper * (1 - upper)
			bendUpper = fUpper * (1 - 2*upper)
			first = append(first, Term{level, fUpper})
		}
		if level > 0 {
			lower = logistic(theta[level-1] - eta)
			fLower = lower * (1 - lower)
			bendLower = fLower * (1 - 2*lower)
			first = append(first, Term{level - 1, -fLower})
		}
		chance, times := upper-lower, o.times(i)
		if !(chance > 0) {
			return math.Inf(-1), gradient, information
		}
		for c, v := range row {
			first = append(first, Term{o.cuts + c, -(v - o.means[c]) * (fUpper - fLower)})
		}
		value += times * math.Log(chance)
		for a, t := range first {
			gradient.SetVec(t.Column, gradient.AtVec(t.Column)+times*t.Value/chance)
			for _, u := range first[a:] {
				second := o.second(row, t.Column, u.Column, level, bendUpper, bendLower)
				information.SetSym(t.Column, u.Column, information.At(t.Column, u.Column)+times*(t.Value*u.Value/chance-second)/chance)
			}
		}
	}
	return value, gradient, information
}

// second is the second derivative of a row's likelihood by two of theta.
func (o *ordinal) second(row []float64, a, b, level int, upper, lower float64) float64 {
	by := func(p, cut int) float64 { // of cut − Σ weight·value by one of theta
		if p >= o.cuts {
			return -(row[p-o.cuts] - o.means[p-o.cuts])
		} else if p == cut {
			return 1
		}
		return 0
	}
	return upper*by(a, level)*by(b, level) - lower*by(a, level-1)*by(b, level-1)
}

func (o *ordinal) told(value float64, cholesky *mat.Cholesky) Ordinal {
	out := o.unknown()
	var inverse mat.SymDense
	if cholesky.InverseTo(&inverse) != nil {
		return out
	}
	out.Deviance = -2 * value
	shift := 0.0
	for c := range o.columns {
		at := o.cuts + c
		out.Weights[c], out.Errors[c] = o.theta[at], math.Sqrt(inverse.At(at, at))
		shift += o.theta[at] * o.means[c]
	}
	for j := range out.Cuts {
		out.Cuts[j] = o.theta[j] + shift
	}
	return out
}

func (o *ordinal) unknown() Ordinal {
	nan := func(n int) []float64 {
		v := make([]float64, n)
		for i := range v {
			v[i] = math.NaN()
		}
		return v
	}
	return Ordinal{nan(max(0, o.cuts)), nan(o.columns), nan(o.columns), math.NaN()}
}
