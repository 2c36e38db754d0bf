package purchase

import "math"

// beta is a Beta distribution.
type beta struct{ a, b float64 }

// mean returns the expectation of a smooth function g over it, to some ten digits,
// however small or great a and b are; atZero is g's limit at 0. What is straight
// between g(0) and g(1) has a mean that is known; the rest vanishes at both ends, so
// that it is integrated over Beta(a+1, b+1), which has a top: over its log odds, where
// the trapezoidal rule converges faster than any power (Trefethen & Weideman 2014).
func (d beta) mean(atZero float64, g func(float64) float64) float64 {
	atOne := g(1)
	straight := (atZero*d.b + atOne*d.a) / (d.a + d.b)
	a, b := d.a+1, d.b+1
	top := math.Log(a / b)
	step := .5 * math.Sqrt(1/a+1/b)
	scale := a*math.Log(a/(a+b)) + b*math.Log(b/(a+b))
	sum := 0.0
	at := func(u float64) bool {
		odds := math.Exp(u)
		p := odds / (1 + odds)
		weight := math.Exp(a*u - (a+b)*math.Log1p(odds) - scale) // of Beta(a+1, b+1), 1 at its top
		q := 1 / (1 + odds)
		sum += weight * (g(p) - atZero*q - atOne*p) / (p * q)
		return weight > 1e-13
	}
	for i := 0; at(top + float64(i)*step); i++ {
	}
	for i := -1; at(top + float64(i)*step); i-- {
	}
	// The weights are of Beta(a+1, b+1) without its constant, and the rest is divided by p·q.
	return straight + sum*step*math.Exp(scale-lgamma(d.a)-lgamma(d.b)+lgamma(d.a+d.b))
}
