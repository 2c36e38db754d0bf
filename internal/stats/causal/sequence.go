package causal

import (
	"math"

	"github.com/vivencia-cx/vivencia/internal/stats"
)

// Sequence is a confidence sequence: its interval may be looked at after every unit,
// and all the intervals together hold the truth with 1 − Alpha. It is the asymptotic
// one of Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas (2024, "Time-uniform central
// limit theory and asymptotic confidence sequences", theorem 2.2): the boundary of a
// normal mixture around the arms' means.
type Sequence struct {
	Alpha    float64
	Expected int // units in all, at which it is tightest; it holds at any other number too
}

// LeastUnits are those that each arm must have before a Sequence excludes anything:
// what is true of many is not yet true of fewer.
const LeastUnits = 50

// rho is the mixture's ρ squared, tuned to the expected number (section 2.3).
func (s Sequence) rho() float64 {
	l := -2 * math.Log(s.Alpha)
	return (l + math.Log(l) + 1) / math.Max(1, float64(s.Expected))
}

// Width returns how many standard errors the interval goes to either side at n units.
func (s Sequence) Width(n int) float64 {
	v := float64(n) * s.rho()
	return math.Sqrt(2 * (v + 1) / v * (math.Log1p(v)/2 - math.Log(s.Alpha)))
}

// Difference returns the difference of two means as it is known now. P may be looked
// at as often as the interval: the least Alpha that excludes no effect. With fewer
// than LeastUnits in an arm nothing is excluded: the interval is infinite and P is 1.
func (s Sequence) Difference(control, treated stats.Sample) Effect {
	value, se := treated.Mean-control.Mean, standardError(control, treated)
	e := Effect{value, se, math.Inf(-1), math.Inf(1), 1, control.N, treated.N}
	if control.N < LeastUnits || treated.N < LeastUnits || math.IsNaN(se) {
		return e
	}
	n := control.N + treated.N
	half := s.Width(n) * se
	e.Low, e.High = value-half, value+half
	if se > 0 {
		v := float64(n) * s.rho()
		e.P = math.Min(1, math.Exp(math.Log1p(v)/2-value*value/(se*se)*v/(v+1)/2))
	} else if value != 0 {
		e.P = 0
	}
	return e
}
