package purchase

import (
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat"

	"github.com/vivencia-cx/vivencia/internal/stats"
)

// Spent is what one customer spends: how many purchases, and their mean.
type Spent struct {
	X    int
	Mean float64
}

// GammaGamma is how much customers spend (Fader, Hardie & Lee 2005; Fader & Hardie
// 2013): a purchase is Gamma(P, ν), and ν among customers Gamma(Q, Gamma). Gamma is in
// the unit of money. It holds where how much does not go with how often.
type GammaGamma struct {
	P, Q, Gamma   float64
	LogLikelihood float64
	N             int     // customers with a purchase that cost something
	Left          int     // customers without one, left out
	Correlation   float64 // of how often with how much: far from 0 the model misleads

	covariance *mat.SymDense // of the parameters' logarithms
}

// FitGammaGamma finds the parameters with the greatest likelihood, from the purchases
// after the first, or from all: the same must be given to ExpectedValue. Who has none,
// or a mean that is not above 0, is left out.
func FitGammaGamma(spent []Spent) (GammaGamma, Fault) {
	m := GammaGamma{P: math.NaN(), Q: math.NaN(), Gamma: math.NaN(), LogLikelihood: math.NaN(), Correlation: math.NaN()}
	var paid []Spent
	var often, much []float64
	total, least, most := 0.0, math.Inf(1), 0.0
	for _, s := range spent {
		switch {
		case s.X < 0 || math.IsNaN(s.Mean) && s.X > 0 || math.IsInf(s.Mean, 0):
			return m, Impossible
		case s.X == 0 || s.Mean <= 0:
			m.Left++
			continue
		}
		paid = append(paid, s)
		often, much = append(often, float64(s.X)), append(much, s.Mean)
		total += s.Mean
		least, most = min(least, s.Mean), max(most, s.Mean)
	}
	switch m.N = len(paid); {
	case m.N < MinCustomers:
		return m, FewCustomers
	case most-least < 1e-9*most:
		return m, SameMoney
	}
	m.Correlation = stat.Correlation(often, much, nil)
	unit := total / float64(m.N)
	p, ok := climb(func(at, gradient []float64) float64 { return gammaGammaOf(at).logLikelihood(paid, gradient) }, []float64{1, 1, math.Log(unit)})
	if !ok {
		return m, NotConverged
	}
	found := gammaGammaOf(p.at)
	found.N, found.Left, found.Correlation, found.LogLikelihood, found.covariance = m.N, m.Left, m.Correlation, p.value, p.covariance
	if found.Q <= 1 {
		return m, NoMean
	}
	return found, ""
}

func gammaGammaOf(logs []float64) GammaGamma {
	return GammaGamma{P: math.Exp(logs[0]), Q: math.Exp(logs[1]), Gamma: math.Exp(logs[2])}
}

func (m GammaGamma) logs() []float64 {
	return []float64{math.Log(m.P), math.Log(m.Q), math.Log(m.Gamma)}
}

// logLikelihood writes its derivatives by the parameters' logarithms into gradient.
func (m GammaGamma) logLikelihood(spent []Spent, gradient []float64) float64 {
	value, dp, dq, dGamma := 0.0, 0.0, 0.0, 0.0
	rest := m.Q*math.Log(m.Gamma) - lgamma(m.Q)
	digammaQ := mathext.Digamma(m.Q)
	for _, s := range spent {
		x := float64(s.X)
		px, sum := m.P*x, s.Mean*x
		logSum, logAll := math.Log(sum), math.Log(m.Gamma+sum)
		value += rest + lgamma(px+m.Q) - lgamma(px) + px*logSum - math.Log(s.Mean) - (px+m.Q)*logAll
		both := mathext.Digamma(px + m.Q)
		dp += x * (both - mathext.Digamma(px) + logSum - logAll)
		dq += both - digammaQ + math.Log(m.Gamma) - logAll
		dGamma += m.Q/m.Gamma - (px+m.Q)/(m.Gamma+sum)
	}
	gradient[0], gradient[1], gradient[2] = dp*m.P, dq*m.Q, dGamma*m.Gamma
	return value
}

// Mean is what a purchase of any customer is expected to cost.
func (m GammaGamma) Mean() float64 { return m.P * m.Gamma / (m.Q - 1) }

// ExpectedValue is what a purchase of a customer is expected to cost who made x with
// that mean: between theirs and everybody's, the nearer to theirs the more they made.
// Without any (x 0, or a mean that is not above 0) it is everybody's.
func (m GammaGamma) ExpectedValue(x int, mean float64) float64 {
	switch {
	case x < 0 || math.IsInf(mean, 0):
		return math.NaN()
	case x == 0 || !(mean > 0):
		return m.Mean()
	}
	px := m.P * float64(x)
	return m.P * (m.Gamma + float64(x)*mean) / (px + m.Q - 1)
}

// Interval returns the interval of any figure above 0 that follows from the model, by
// how uncertain the parameters are (delta method on its logarithm).
func (m GammaGamma) Interval(of func(GammaGamma) float64) stats.Interval {
	value, se := delta(m.logs(), m.covariance, func(logs []float64) float64 { return math.Log(of(gammaGammaOf(logs))) })
	return stats.Interval{Low: math.Exp(value - z*se), High: math.Exp(value + z*se)}
}
