package survival

import (
	"cmp"
	"math"
	"slices"
	"sort"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/vivencia-cx/vivencia/internal/stats"
)

// Exposed are those who began a period alike: how many, and how many ended within it.
type Exposed struct {
	Period        int       // 0 is the first
	Row           []float64 // of covariates, as they were when it began
	AtRisk, Ended int
}

// Hazard is the chance of ending in each period, by logistic regression (Cox 1972;
// Allison 1982): each unit of a covariate adds its weight to the log odds, in every
// period alike, and each band of periods has odds of its own.
type Hazard struct {
	Bands         []int // the first period of each band; the last band has no end
	Baseline      []float64
	Coefficients  []Coefficient
	Means         []float64 // of the covariates, over all periods at risk
	AtRisk, Ended int       // periods, and ends
	LogLikelihood float64

	theta      []float64 // Baseline, then weights
	covariance *mat.SymDense
}

const (
	bandEnds = 10  // ends of a band at least, and for each covariate (Peduzzi 1996)
	prior    = 2.5 // how far the weight of a standard deviation may go (Gelman 2008)
)

// FitHazard finds the odds and weights with the greatest likelihood; a weak normal
// prior on the weight of each standard deviation keeps those finite that tell without
// error who ends. Periods join those before them until a band has ten ends.
func FitHazard(exposed []Exposed) (Hazard, Fault) {
	var h Hazard
	if len(exposed) > 0 {
		h.Means = make([]float64, len(exposed[0].Row))
	}
	k, squares := len(h.Means), make([]float64, len(h.Means))
	for _, e := range exposed {
		if e.Period < 0 || e.Ended < 0 || e.AtRisk < e.Ended || slices.ContainsFunc(e.Row, func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) }) {
			return Hazard{LogLikelihood: math.NaN()}, Impossible
		}
		h.AtRisk, h.Ended = h.AtRisk+e.AtRisk, h.Ended+e.Ended
		for c, v := range e.Row {
			h.Means[c] += float64(e.AtRisk) * v
		}
	}
	h.LogLikelihood = math.NaN()
	switch {
	case h.Ended == 0:
		return h, NoEvents
	case h.Ended < bandEnds*(k+1) || h.Ended == h.AtRisk:
		return h, FewEvents
	}
	for c := range h.Means {
		h.Means[c] /= float64(h.AtRisk)
	}
	for _, e := range exposed {
		for c, v := range e.Row {
			squares[c] += float64(e.AtRisk) * (v - h.Means[c]) * (v - h.Means[c])
		}
	}
	scale := make([]float64, k)
	for c := range scale {
		if scale[c] = math.Sqrt(squares[c] / float64(h.AtRisk)); !(scale[c] > 1e-12*(1+math.Abs(h.Means[c]))) {
			return h, NoVariation
		}
	}
	h.band(exposed)
	return h.fit(exposed, scale)
}

// band joins periods into bands, and starts with the odds of each.
func (h *Hazard) band(exposed []Exposed) {
	order := slices.Clone(exposed)
	slices.SortStableFunc(order, func(a, b Exposed) int { return cmp.Compare(a.Period, b.Period) })
	var ended, stayed []int
	for i, e := range order {
		last := len(h.Bands) - 1
		if last < 0 || e.Period != order[i-1].Period && ended[last] >= bandEnds && stayed[last] > 0 {
			h.Bands, ended, stayed = append(h.Bands, e.Period), append(ended, 0), append(stayed, 0)
			last++
		}
		ended[last], stayed[last] = ended[last]+e.Ended, stayed[last]+e.AtRisk-e.Ended
	}
	if last := len(h.Bands) - 1; last > 0 && (ended[last] < bandEnds || stayed[last] == 0) {
		ended[last-1], stayed[last-1] = ended[last-1]+ended[last], stayed[last-1]+stayed[last]
		h.Bands, ended = h.Bands[:last], ended[:last]
	}
	h.Bands[0] = 0
	for b := range h.Bands {
		h.Baseline = append(h.Baseline, math.Log(float64(ended[b])/float64(stayed[b])))
	}
}

func (h Hazard) bandOf(period int) int {
	return max(0, sort.SearchInts(h.Bands, period+1)-1)
}

// fit climbs by Newton's method: the likelihood has one peak.
func (h Hazard) fit(exposed []Exposed, scale []float64) (Hazard, Fault) {
	theta := append(slices.Clone(h.Baseline), make([]float64, len(scale))...)
	value, gradient, information := h.at(theta, exposed, scale)
	for range 50 {
		var cholesky mat.Cholesky
		var step mat.VecDense
		if !cholesky.Factorize(information) || cholesky.Cond() > 1e12 || cholesky.SolveVecTo(&step, gradient) != nil {
			return h, NoVariation
		}
		if mat.Dot(&step, gradient) < 1e-10 {
			var covariance mat.SymDense
			if cholesky.InverseTo(&covariance) != nil {
				return h, NoVariation
			}
			return h.told(theta, scale, value, &covariance), ""
		}
		moved, before := make([]float64, len(theta)), value
		for by := 1.0; ; by /= 2 {
			for i := range moved {
				moved[i] = theta[i] + by*step.AtVec(i)
			}
			if value, gradient, information = h.at(moved, exposed, scale); value >= before {
				break
			}
			if by < 1e-8 {
				return h, NotConverged
			}
		}
		theta = moved
	}
	return h, NotConverged
}

// at returns the likelihood less the prior's, its gradient and less its second
// derivatives.
func (h Hazard) at(theta []float64, exposed []Exposed, scale []float64) (float64, *mat.VecDense, *mat.SymDense) {
	bands := len(h.Bands)
	value, gradient, information := 0.0, mat.NewVecDense(len(theta), nil), mat.NewSymDense(len(theta), nil)
	row := make([]float64, len(scale))
	for _, e := range exposed {
		band := h.bandOf(e.Period)
		eta := theta[band]
		for c, v := range e.Row {
			row[c] = (v - h.Means[c]) / scale[c]
			eta += theta[bands+c] * row[c]
		}
		n, d, chance := float64(e.AtRisk), float64(e.Ended), logistic(eta)
		value += d*eta - n*softplus(eta)
		off, weight := d-n*chance, n*chance*(1-chance)
		gradient.SetVec(band, gradient.AtVec(band)+off)
		information.SetSym(band, band, information.At(band, band)+weight)
		for c, v := range row {
			gradient.SetVec(bands+c, gradient.AtVec(bands+c)+off*v)
			information.SetSym(band, bands+c, information.At(band, bands+c)+weight*v)
			for f := range c + 1 {
				information.SetSym(bands+c, bands+f, information.At(bands+c, bands+f)+weight*v*row[f])
			}
		}
	}
	for c := bands; c < len(theta); c++ {
		d := theta[c] / prior
		value -= d * d / 2
		gradient.SetVec(c, gradient.AtVec(c)-d/prior)
		information.SetSym(c, c, information.At(c, c)+1/(prior*prior))
	}
	return value, gradient, information
}

// told puts the weights back into units of the covariates.
func (h Hazard) told(theta, scale []float64, value float64, covariance *mat.SymDense) Hazard {
	bands := len(h.Bands)
	back := func(i int) float64 {
		if i < bands {
			return 1
		}
		return scale[i-bands]
	}
	h.LogLikelihood = value
	h.theta, h.covariance = slices.Clone(theta), mat.NewSymDense(len(theta), nil)
	for i := range theta {
		h.theta[i] /= back(i)
		for j := i; j < len(theta); j++ {
			h.covariance.SetSym(i, j, covariance.At(i, j)/back(i)/back(j))
		}
	}
	h.Baseline = h.theta[:bands]
	for c, weight := range h.theta[bands:] {
		d := theta[bands+c] / prior
		h.LogLikelihood += d * d / 2
		se := math.Sqrt(h.covariance.At(bands+c, bands+c))
		h.Coefficients = append(h.Coefficients, Coefficient{
			weight, se,
			stats.Interval{Low: weight - z*se, High: weight + z*se},
			2 * distuv.UnitNormal.CDF(-math.Abs(weight/se)),
		})
	}
	return h
}

// Chance returns the chance of ending in a period for who began it with those
// covariates.
func (h Hazard) Chance(period int, row []float64) float64 {
	return h.chance(h.theta, period, row)
}

func (h Hazard) chance(theta []float64, period int, row []float64) float64 {
	if theta == nil || period < 0 || len(row) != len(h.Means) {
		return math.NaN()
	}
	eta := theta[h.bandOf(period)]
	for c, v := range row {
		eta += theta[len(h.Bands)+c] * (v - h.Means[c])
	}
	return logistic(eta)
}

// Within returns the chance of ending within the next so many periods, from the
// start of that one, if the covariates stay as they are; its interval is by how
// uncertain the odds and weights are (delta method on the log odds).
func (h Hazard) Within(period, next int, row []float64) (float64, stats.Interval) {
	odds := func(theta []float64) float64 {
		stay := 0.0
		for p := range next {
			stay += math.Log1p(-h.chance(theta, period+p, row))
		}
		return math.Log(math.Expm1(-stay))
	}
	value := odds(h.theta)
	if math.IsNaN(value) || math.IsInf(value, 0) {
		return logistic(value), nowhere()
	}
	const step = 1e-4
	gradient, moved := mat.NewVecDense(len(h.theta), nil), slices.Clone(h.theta)
	for i, v := range h.theta {
		moved[i] = v + step
		above := odds(moved)
		moved[i] = v - step
		gradient.SetVec(i, (above-odds(moved))/(2*step))
		moved[i] = v
	}
	se := math.Sqrt(mat.Inner(gradient, h.covariance, gradient))
	return logistic(value), stats.Interval{Low: logistic(value - z*se), High: logistic(value + z*se)}
}

func logistic(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// softplus is log(1 + eˣ).
func softplus(x float64) float64 { return max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }
