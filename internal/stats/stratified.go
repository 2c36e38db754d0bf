package stats

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Moments add up values.
type Moments struct {
	N            int
	Sum, Squares float64
}

// Add counts a value.
func (m *Moments) Add(v float64) {
	m.N++
	m.Sum += v
	m.Squares += v * v
}

// Join counts what the other has counted.
func (m *Moments) Join(o Moments) {
	m.N += o.N
	m.Sum += o.Sum
	m.Squares += o.Squares
}

// Less returns the moments without those of a part of the values.
func (m Moments) Less(part Moments) Moments {
	return Moments{m.N - part.N, m.Sum - part.Sum, m.Squares - part.Squares}
}

// Sample returns what a mean rests on.
func (m Moments) Sample() Sample { return SampleOf(m.N, m.Sum, m.Squares) }

// spread returns the sum of the squared deviations from the mean.
func (m Moments) spread() float64 {
	return math.Max(0, m.Squares-m.Sum*m.Sum/float64(m.N))
}

// Stratum is what was observed where all else that is known is alike.
type Stratum struct{ Without, With Moments }

// Contrast is a difference of means, with − without, and the observations that
// it compares: those of strata that have both kinds.
type Contrast struct {
	Test
	Interval
	With, Without int
}

// Stratified returns the difference of means within strata: that of least squares
// with an intercept for each stratum, so that strata weigh by how much they tell
// (n₁n₀/n). Variances may differ: HC2 (MacKinnon & White 1985), with Student's
// distribution and degrees of freedom by Satterthwaite (1946) over the two kinds.
// Of one stratum it is Welch's test. NaN where no difference can be told.
func Stratified(strata []Stratum) Contrast {
	var weight, sum float64
	var c Contrast
	for _, s := range strata {
		if w := s.weight(); w > 0 {
			weight += w
			sum += w * (s.With.Sum/float64(s.With.N) - s.Without.Sum/float64(s.Without.N))
			c.With, c.Without = c.With+s.With.N, c.Without+s.Without.N
		}
	}
	c.Delta = sum / weight
	var variance, freedom [2]float64
	for _, s := range strata {
		if s.weight() == 0 {
			continue
		}
		n, with := float64(s.With.N+s.Without.N), float64(s.With.N)
		mean := (s.With.Sum + s.Without.Sum) / n
		for kind, m := range [2]Moments{s.Without, s.With} {
			d := float64(kind) - with/n
			off := m.Sum/float64(m.N) - mean - c.Delta*d
			left := 1 - 1/n - d*d/weight // 1 − leverage
			variance[kind] += d * d * (m.spread() + float64(m.N)*off*off) / left
			freedom[kind] += float64(m.N) * left
		}
	}
	for kind := range variance {
		variance[kind] /= weight * weight
	}
	total := variance[0] + variance[1]
	c.DF = total * total / (variance[0]*variance[0]/freedom[0] + variance[1]*variance[1]/freedom[1])
	se := math.Sqrt(total)
	switch {
	case math.IsNaN(total) || freedom[0] < .5 || freedom[1] < .5:
		c.Statistic, c.DF, c.P, c.Interval = math.NaN(), math.NaN(), math.NaN(), noInterval()
	case total == 0: // nothing varies
		c.DF, c.P, c.Interval = math.Inf(1), 1, Interval{c.Delta, c.Delta}
		if c.Delta != 0 {
			c.Statistic, c.P = math.Inf(int(math.Copysign(1, c.Delta))), 0
		}
	default:
		half := studentQuantile(c.DF) * se
		c.Statistic, c.Interval = c.Delta/se, Interval{c.Delta - half, c.Delta + half}
		c.P = studentP(c.Statistic, c.DF)
	}
	return c
}

// weight is how much the stratum tells: n₁n₀/n; 0 without both kinds.
func (s Stratum) weight() float64 {
	if s.With.N == 0 || s.Without.N == 0 {
		return 0
	}
	return float64(s.With.N) * float64(s.Without.N) / float64(s.With.N+s.Without.N)
}

// studentP is two-sided. Past 10⁶ degrees the distribution is the normal's.
func studentP(statistic, df float64) float64 {
	if df > 1e6 {
		return normalTest(0, statistic).P
	}
	return 2 * distuv.StudentsT{Sigma: 1, Nu: df}.CDF(-math.Abs(statistic))
}
