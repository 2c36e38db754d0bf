package causal

import (
	"math"

	"github.com/vivencia-cx/vivencia/internal/stats"
)

// TwoByTwo returns the difference in differences of four groups of different units.
func TwoByTwo(controlBefore, controlAfter, treatedBefore, treatedAfter stats.Sample) Effect {
	control, treated := standardError(controlBefore, controlAfter), standardError(treatedBefore, treatedAfter)
	value := treatedAfter.Mean - treatedBefore.Mean - (controlAfter.Mean - controlBefore.Mean)
	n0, n1 := controlBefore.N+controlAfter.N, treatedBefore.N+treatedAfter.N
	least := min(controlBefore.N, controlAfter.N, treatedBefore.N, treatedAfter.N)
	return estimate(value, math.Hypot(control, treated), float64(least-1), n0, n1)
}

// InDifferences is a difference in differences of the same units.
type InDifferences struct {
	Effect
	Parallel Effect // how much steeper the treated were before, by period: near 0, or the effect is not one
	PlaceboP float64
}

// Differences returns by how much the treated units changed more than the others when
// time from began. y has a row for each unit with the same times, none missing. What
// is compared is each unit's mean since less its mean before, so that what is alike
// within a unit is counted once (Bertrand, Duflo & Mullainathan 2004); on such a panel
// it is the two-way fixed effects' estimate. Of one treated unit the variance is that
// of the others (Conley & Taber 2011). PlaceboP is the share of all units that, had
// they been the one treated, would show no smaller effect; NaN with more than one
// treated. All is NaN without a time before, one since, a treated unit and two others.
func Differences(y [][]float64, treated []bool, from int) InDifferences {
	change, slope := make([]float64, len(y)), make([]float64, len(y))
	for u, row := range y {
		change[u] = mean(row[min(from, len(row)):]) - mean(row[:min(from, len(row))])
		slope[u] = trend(row[:min(from, len(row))])
	}
	d := InDifferences{Effect: compare(change, treated), Parallel: compare(slope, treated), PlaceboP: math.NaN()}
	if d.Treated == 1 && !math.IsNaN(d.P) {
		as, atLeast := make([]bool, len(y)), 0
		for u := range y {
			as[u] = true
			if math.Abs(compare(change, as).Value) >= math.Abs(d.Value)*(1-1e-12) {
				atLeast++
			}
			as[u] = false
		}
		d.PlaceboP = float64(atLeast) / float64(len(y))
	}
	return d
}

// compare returns the difference of the treated's mean of one figure a unit.
func compare(figures []float64, treated []bool) Effect {
	var arms [2]stats.Moments
	for u, v := range figures {
		arm := 0
		if treated[u] {
			arm = 1
		}
		arms[arm].Add(v)
	}
	control, with := arms[0].Sample(), arms[1].Sample()
	if with.N == 1 && control.N > 1 {
		se := math.Sqrt(control.Variance * (1 + 1/float64(control.N)))
		return estimate(with.Mean-control.Mean, se, float64(control.N-1), control.N, 1)
	}
	return TwoArms(control, with)
}

// mean is NaN of nothing.
func mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}

// trend is the least squares slope by period; NaN below two periods.
func trend(values []float64) float64 {
	var p Pair
	for t, v := range values {
		p.Add(v, float64(t))
	}
	return p.XY / p.XX
}
