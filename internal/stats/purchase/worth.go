package purchase

import (
	"math"

	"github.com/vivencia-cx/vivencia/internal/stats"
)

// Worth is what customers will bring: how often they buy and how much they spend.
type Worth struct {
	Buying   BGNBD
	Spending GammaGamma
}

// Terms are what a future purchase counts for today.
type Terms struct {
	Horizon  float64 // how far to look, in the unit of time
	Steps    int     // into how many equal parts the horizon is cut: what is bought in one is paid in its middle
	Discount float64 // by unit of time: .01 makes what comes in one worth 1/1.01
	Margin   float64 // the share of what is spent that is earned; 1 tells revenue
}

// CLV returns what a customer of this history, who spent that on average in x paid
// purchases, is expected to bring within the horizon, discounted.
func (w Worth) CLV(h History, x int, mean float64, t Terms) float64 {
	return t.Margin * w.Spending.ExpectedValue(x, mean) * w.Buying.discounted(h, t)
}

// discounted counts the purchases within the horizon, later ones less.
func (m BGNBD) discounted(h History, t Terms) float64 {
	if t.Steps < 1 || !(t.Horizon >= 0) || t.Discount <= -1 {
		return math.NaN()
	}
	sum, before, step := 0.0, 0.0, t.Horizon/float64(t.Steps)
	for i := 1; i <= t.Steps; i++ {
		until := m.Expected(h, float64(i)*step)
		sum += (until - before) * math.Pow(1+t.Discount, -(float64(i)-.5)*step)
		before = until
	}
	return sum
}

// Interval returns the interval of any figure above 0 that follows from both models,
// by how uncertain their parameters are (delta method on its logarithm; the two are
// fitted apart, so that their errors do not go together).
func (w Worth) Interval(of func(Worth) float64) stats.Interval {
	value, often := w.Buying.error(func(m BGNBD) float64 { return math.Log(of(Worth{m, w.Spending})) })
	_, much := delta(w.Spending.logs(), w.Spending.covariance, func(logs []float64) float64 {
		return math.Log(of(Worth{w.Buying, gammaGammaOf(logs)}))
	})
	half := z * math.Hypot(often, much)
	return stats.Interval{Low: math.Exp(value - half), High: math.Exp(value + half)}
}
