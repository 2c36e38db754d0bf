package purchase

import "math"

// beta is a Beta distribution.
type beta struct{ a, b float64 }

// mean returns the expectation of a smooth function g over it, to some ten digits,
// however small or great a and b are; atZero is g's limit at 0. It is integrated over
// the log odds, where the trapezoidal rule converges faster than any power (Trefethen
// & Weideman 2014). An end at which the density grows without limit (a or b below 1)
// would need endless steps: there a straight line, whose mean is known, is taken off,
// so that the rest vanishes as fast as a density with a or b one greater.
func (d beta) mean(atZero float64, g func(float64) float64) float64 {
	a, b, atOne := d.a, d.b, 0.0
	if a < 1 {
		a++
	} else {
		atZero = 0
	}
	if b < 1 {
		b++
		atOne = g(1)
	}
	top := math.Log(a / b)
	step := .5 * math.Sqrt(1/a+1/b)
	scale := a*math.Log(a/(a+b)) + b*math.Log(b/(a+b))
	sum := 0.0
	at := func(u float64) bool {
		odds := math.Exp(u)
		p, q := odds/(1+odds), 1/(1+odds)
		weight := math.Exp(a*u - (a+b)*math.Log1p(odds) - scale) // 1 at its top
		term := weight * (g(p) - atZero*q - atOne*p) * math.Pow(p, d.a-a) * math.Pow(q, d.b-b)
		sum += term
		return weight > 1e-4 || math.Abs(term) > 1e-13*math.Abs(sum)
	}
	for i := 0; at(top + float64(i)*step); i++ {
	}
	for i := -1; at(top + float64(i)*step); i-- {
	}
	straight := (atZero*d.b + atOne*d.a) / (d.a + d.b)
	return straight + sum*step*math.Exp(scale-lgamma(d.a)-lgamma(d.b)+lgamma(d.a+d.b))
}
