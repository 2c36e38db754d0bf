package purchase

import (
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/mathext"

	"github.com/vivencia-cx/vivencia/internal/stats"
)

// BGNBD is how customers buy and leave (Fader, Hardie & Lee 2005): each buys at
// random at a rate of their own, Gamma(R, Alpha) among customers, and leaves after a
// purchase with a chance of their own, Beta(A, B). Alpha is in the unit of time. All
// is NaN when it was not found.
type BGNBD struct {
	R, Alpha, A, B float64
	LogLikelihood  float64
	N              int  // customers
	Held           bool // the data leave a parameter open; a weak prior holds it

	covariance *mat.SymDense // of the parameters' logarithms
}

// prior is how far a parameter's logarithm may go where the data leave it open: its
// standard deviation around 1, and of Alpha around the mean T.
const prior = 3.0

// FitBGNBD finds the parameters with the greatest likelihood. Where it has no peak, as
// when all customers leave with the same chance, a weak normal prior on the
// parameters' logarithms gives it one, and Held says so.
func FitBGNBD(histories []Counted) (BGNBD, Fault) {
	n, repeat, time := 0, 0, 0.0
	for _, h := range histories {
		if !h.possible() || h.N < 1 {
			return noBGNBD(n), Impossible
		}
		n += h.N
		time += float64(h.N) * h.T
		if h.X > 0 {
			repeat += h.N
		}
	}
	switch {
	case n < MinCustomers:
		return noBGNBD(n), FewCustomers
	case time == 0:
		return noBGNBD(n), NoTime
	case repeat < MinRepeat:
		return noBGNBD(n), FewRepeat
	}
	start := []float64{0, math.Log(time / float64(n)), 0, 0}
	likelihood := func(at, gradient []float64) float64 { return bgnbdOf(at).logLikelihood(histories, gradient) }
	p, ok := climb(likelihood, start)
	held := !ok
	if held {
		p, ok = climb(func(at, gradient []float64) float64 {
			value := likelihood(at, gradient)
			for i, v := range at {
				d := (v - start[i]) / prior
				value -= d * d / 2
				gradient[i] -= d / prior
			}
			return value
		}, start)
	}
	if !ok {
		return noBGNBD(n), NotConverged
	}
	m := bgnbdOf(p.at)
	m.N, m.Held, m.covariance = n, held, p.covariance
	m.LogLikelihood = m.logLikelihood(histories, make([]float64, 4))
	return m, ""
}

func noBGNBD(n int) BGNBD {
	nan := math.NaN()
	return BGNBD{R: nan, Alpha: nan, A: nan, B: nan, LogLikelihood: nan, N: n}
}

func bgnbdOf(logs []float64) BGNBD {
	return BGNBD{R: math.Exp(logs[0]), Alpha: math.Exp(logs[1]), A: math.Exp(logs[2]), B: math.Exp(logs[3])}
}

func (m BGNBD) logs() []float64 {
	return []float64{math.Log(m.R), math.Log(m.Alpha), math.Log(m.A), math.Log(m.B)}
}

// LogLikelihoodOf is that of the histories under the model.
func (m BGNBD) LogLikelihoodOf(histories []Counted) float64 {
	return m.logLikelihood(histories, make([]float64, 4))
}

// logLikelihood writes its derivatives by the parameters' logarithms into gradient.
// All is in logarithms: products of gamma functions overflow from 170 purchases on.
func (m BGNBD) logLikelihood(histories []Counted, gradient []float64) float64 {
	value, dr, dAlpha, da, db := 0.0, 0.0, 0.0, 0.0, 0.0
	r, alpha, a, b := m.R, m.Alpha, m.A, m.B
	logAlpha, logA := math.Log(alpha), math.Log(a)
	rest := lgamma(a+b) - lgamma(b) - lgamma(r) + r*logAlpha
	digammaR, digammaAB, digammaB := mathext.Digamma(r), mathext.Digamma(a+b), mathext.Digamma(b)
	last := -1 // the X whose part, byX, is known
	var byX, byR, byA, byB, logStay float64
	for _, h := range histories {
		n, x := float64(h.N), float64(h.X)
		if h.X != last {
			last = h.X
			byX = rest + lgamma(r+x) + lgamma(b+x) - lgamma(a+b+x)
			byR = mathext.Digamma(r+x) - digammaR + logAlpha
			byA = digammaAB - mathext.Digamma(a+b+x)
			byB = byA + mathext.Digamma(b+x) - digammaB
			logStay = math.Log(b + x - 1)
		}
		logT := math.Log(alpha + h.T)
		here, left, logTx := -(r+x)*logT, 0.0, 0.0
		sum := here
		if h.X > 0 {
			logTx = math.Log(alpha + h.Tx)
			gone := logA - logStay - (r+x)*logTx
			top := max(here, gone)
			sum = top + math.Log(math.Exp(here-top)+math.Exp(gone-top))
			left = math.Exp(gone - sum)
			db -= n * left / (b + x - 1)
		}
		value += n * (byX + sum)
		dr += n * (byR - (1-left)*logT - left*logTx)
		dAlpha += n * (r/alpha - (r+x)*((1-left)/(alpha+h.T)+left/(alpha+h.Tx)))
		da += n * (byA + left/a)
		db += n * byB
	}
	gradient[0], gradient[1], gradient[2], gradient[3] = dr*r, dAlpha*alpha, da*a, db*b
	return value
}

// Alive returns the chance that a customer of this history still buys. Who never
// bought again cannot have left: the model lets customers leave after such a purchase.
func (m BGNBD) Alive(h History) float64 {
	switch {
	case !h.possible() || math.IsNaN(m.R):
		return math.NaN()
	case h.X == 0:
		return 1
	}
	x := float64(h.X)
	odds := math.Log(m.A/(m.B+x-1)) + (m.R+x)*math.Log((m.Alpha+h.T)/(m.Alpha+h.Tx))
	return 1 / (1 + math.Exp(odds))
}

// Expected returns how many purchases a customer of this history is expected to make
// in the time t that comes. Who is alive buys at a rate λ, Gamma(R, Alpha) of which x
// and T were seen, and leaves with a chance p, Beta(A, B+x): given both it is
// (1−e^{−λpt})/p. Over λ that is in closed form; over p it is integrated, so that it
// keeps its digits where the papers' hypergeometric function loses them (A near 1).
func (m BGNBD) Expected(h History, t float64) float64 {
	a := m.ahead(h, t)
	return a.alive * a.leave.mean(a.k*a.s, func(p float64) float64 { return -math.Expm1(-a.k*math.Log1p(p*a.s)) / p })
}

// ExpectedNew returns how many purchases a customer is expected to make in the time t
// after the first.
func (m BGNBD) ExpectedNew(t float64) float64 { return m.Expected(History{}, t) }

// Variance returns by how much the purchases of the time t that comes, Y, vary by
// chance: E Y(Y−1), found as Expected is, + E Y − (E Y)².
func (m BGNBD) Variance(h History, t float64) float64 {
	a, mean := m.ahead(h, t), m.Expected(h, t)
	k, s := a.k, a.s
	pairs := a.leave.mean(k*(k+1)*s*s, func(p float64) float64 {
		if ps := p * s; ps*(k+2) < 1e-3 { // the difference below would lose its digits
			return (1 - p) * k * (k + 1) * s * s * (1 - ps*(k+2)*2/3)
		}
		stay := math.Exp(-k * math.Log1p(p*s))
		return 2 * (1 - p) / (p * p) * (1 - stay - k*p*s*stay/(1+p*s))
	})
	return a.alive*pairs + mean - mean*mean
}

// ahead is what is known of a customer: how likely they are alive, and if so, the
// shape of their rate, the time ahead in its scale, and how they leave.
type ahead struct {
	alive, k, s float64
	leave       beta
}

func (m BGNBD) ahead(h History, t float64) ahead {
	if !(t >= 0) {
		t = math.NaN()
	}
	x := float64(h.X)
	return ahead{m.Alive(h), m.R + x, t / (m.Alpha + h.T), beta{m.A, m.B + x}}
}

// Interval returns the interval of any figure above 0 that follows from the model, by
// how uncertain the parameters are (delta method on its logarithm).
func (m BGNBD) Interval(of func(BGNBD) float64) stats.Interval {
	value, se := m.error(func(m BGNBD) float64 { return math.Log(of(m)) })
	return stats.Interval{Low: math.Exp(value - z*se), High: math.Exp(value + z*se)}
}

// AliveInterval is the interval of Alive, of its log odds.
func (m BGNBD) AliveInterval(h History) stats.Interval {
	if h.X == 0 {
		return stats.Interval{Low: m.Alive(h), High: m.Alive(h)}
	}
	value, se := m.error(func(m BGNBD) float64 { p := m.Alive(h); return math.Log(p / (1 - p)) })
	return stats.Interval{Low: 1 / (1 + math.Exp(-value+z*se)), High: 1 / (1 + math.Exp(-value-z*se))}
}

// error returns a figure and its standard error.
func (m BGNBD) error(of func(BGNBD) float64) (value, se float64) {
	return delta(m.logs(), m.covariance, func(logs []float64) float64 { return of(bgnbdOf(logs)) })
}

// delta returns a figure of parameters and its standard error by their covariance.
func delta(at []float64, covariance *mat.SymDense, of func([]float64) float64) (value, se float64) {
	if value = of(at); covariance == nil || math.IsNaN(value) {
		return value, math.NaN()
	}
	const h = 1e-4
	gradient, moved := mat.NewVecDense(len(at), nil), append([]float64(nil), at...)
	for i := range at {
		moved[i] = at[i] + h
		above := of(moved)
		moved[i] = at[i] - h
		gradient.SetVec(i, (above-of(moved))/(2*h))
		moved[i] = at[i]
	}
	return value, math.Sqrt(mat.Inner(gradient, covariance, gradient))
}

func lgamma(v float64) float64 {
	l, _ := math.Lgamma(v)
	return l
}
