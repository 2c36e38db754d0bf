package causal

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/vivencia-cx/vivencia/internal/stats"
)

// Effect is a difference that something made, treated − control, in the outcome's
// unit; N are the units that it rests on.
type Effect struct {
	Value            float64
	SE               float64 // NaN where the interval comes from elsewhere
	Low, High        float64
	P                float64 // two-sided, of no effect
	Control, Treated int
}

// Clear tells whether the interval excludes that nothing was changed.
func (e Effect) Clear() bool { return e.Low > 0 || e.High < 0 }

// estimate returns an effect by Student's distribution with df degrees, the
// normal's for +Inf.
func estimate(value, se, df float64, control, treated int) Effect {
	e := Effect{value, se, math.NaN(), math.NaN(), math.NaN(), control, treated}
	if math.IsNaN(value) || math.IsNaN(se) || !(df > 0) {
		return e
	}
	half := quantile(.975, df) * se
	e.Low, e.High = value-half, value+half
	switch {
	case se > 0:
		e.P = tails(value/se, df)
	case value == 0:
		e.P = 1
	default:
		e.P = 0
	}
	return e
}

// manyDegrees are where Student's distribution is the normal's to six digits.
const manyDegrees = 1e6

func quantile(p, df float64) float64 {
	if df > manyDegrees {
		return distuv.UnitNormal.Quantile(p)
	}
	return distuv.StudentsT{Sigma: 1, Nu: df}.Quantile(p)
}

func tails(statistic, df float64) float64 {
	if df > manyDegrees {
		return 2 * distuv.UnitNormal.CDF(-math.Abs(statistic))
	}
	return 2 * distuv.StudentsT{Sigma: 1, Nu: df}.CDF(-math.Abs(statistic))
}

// TwoArms returns the difference of two means, without assuming that the arms vary
// alike (Welch 1947). NaN below two units in an arm.
func TwoArms(control, treated stats.Sample) Effect {
	value, se := treated.Mean-control.Mean, standardError(control, treated)
	return estimate(value, se, stats.Welch(control, treated).DF, control.N, treated.N)
}

// standardError is that of a difference of means; NaN below two units in an arm.
func standardError(control, treated stats.Sample) float64 {
	if control.N < 2 || treated.N < 2 {
		return math.NaN()
	}
	return math.Sqrt(control.Variance/float64(control.N) + treated.Variance/float64(treated.N))
}

// Proportions returns the difference of two shares, of kControl of nControl and of
// kTreated of nTreated: Newcombe's interval (1998, method 10), p of the pooled z test.
func Proportions(kControl, nControl, kTreated, nTreated int) Effect {
	e := Effect{math.NaN(), math.NaN(), math.NaN(), math.NaN(), math.NaN(), nControl, nTreated}
	if nControl < 1 || nTreated < 1 || kControl < 0 || kTreated < 0 || kControl > nControl || kTreated > nTreated {
		return e
	}
	p0, p1 := float64(kControl)/float64(nControl), float64(kTreated)/float64(nTreated)
	test := stats.ProportionChange(kControl, nControl, kTreated, nTreated)
	within := stats.Difference(p0, stats.Wilson(kControl, nControl), p1, stats.Wilson(kTreated, nTreated))
	e.Value, e.Low, e.High, e.P = test.Delta, within.Low, within.High, test.P
	e.SE = math.Sqrt(p0*(1-p0)/float64(nControl) + p1*(1-p1)/float64(nTreated))
	return e
}

// Pair adds up an outcome and a covariate of the same units, by Welford's method
// (1962), so that large figures lose no digits.
type Pair struct {
	N          int
	Y, X       float64 // means
	YY, XY, XX float64 // sums of squared deviations from the means, and of their products
}

// Add counts a unit.
func (p *Pair) Add(y, x float64) {
	p.N++
	n := float64(p.N)
	dy, dx := y-p.Y, x-p.X
	p.Y += dy / n
	p.X += dx / n
	p.YY += dy * (y - p.Y)
	p.XY += dx * (y - p.Y)
	p.XX += dx * (x - p.X)
}

// Join counts what the other has counted (Chan, Golub & LeVeque 1979).
func (p *Pair) Join(o Pair) {
	n := float64(p.N + o.N)
	if o.N == 0 {
		return
	}
	dy, dx, both := o.Y-p.Y, o.X-p.X, float64(p.N)*float64(o.N)/n
	p.YY += o.YY + dy*dy*both
	p.XY += o.XY + dx*dy*both
	p.XX += o.XX + dx*dx*both
	p.Y += dy * float64(o.N) / n
	p.X += dx * float64(o.N) / n
	p.N += o.N
}

// Sample returns what the outcome's mean rests on.
func (p Pair) Sample() stats.Sample { return p.adjusted(0, 0) }

func (p Pair) adjusted(theta, at float64) stats.Sample {
	s := stats.Sample{N: p.N, Mean: math.NaN(), Variance: math.NaN()}
	if p.N > 0 {
		s.Mean = p.Y - theta*(p.X-at)
	}
	if p.N > 1 {
		s.Variance = math.Max(0, p.YY-2*theta*p.XY+theta*theta*p.XX) / float64(p.N-1)
	}
	return s
}

// Adjusted are two arms after what a covariate told before is taken out: hand them to
// TwoArms, or to a Sequence.
type Adjusted struct {
	Theta            float64 // of the covariate
	Ratio            float64 // of the outcome's variance that is left: 1 − ρ²
	Control, Treated stats.Sample
}

// CUPED takes out of the outcome what a covariate that was known before the start
// tells of it (Deng, Xu, Kohavi & Walker 2013). Theta is that within the arms; a
// covariate that does not vary is left out, Theta 0.
func CUPED(control, treated Pair) Adjusted {
	xx, xy, yy := control.XX+treated.XX, control.XY+treated.XY, control.YY+treated.YY
	a := Adjusted{Ratio: 1}
	if xx > 0 {
		a.Theta = xy / xx
		if yy > 0 {
			a.Ratio = math.Max(0, 1-xy*xy/(xx*yy))
		}
	}
	at := (control.X*float64(control.N) + treated.X*float64(treated.N)) / math.Max(1, float64(control.N+treated.N))
	a.Control, a.Treated = control.adjusted(a.Theta, at), treated.adjusted(a.Theta, at)
	return a
}
