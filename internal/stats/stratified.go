package stats

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// Moments add up values.
type Moments struct {
	N                   int
	Sum, Squares, Cubes float64
}

// Add counts a value.
func (m *Moments) Add(v float64) {
	m.N++
	m.Sum += v
	m.Squares += v * v
	m.Cubes += v * v * v
}

// Join counts what the other has counted.
func (m *Moments) Join(o Moments) {
	m.N += o.N
	m.Sum += o.Sum
	m.Squares += o.Squares
	m.Cubes += o.Cubes
}

// Less returns the moments without those of a part of the values.
func (m Moments) Less(part Moments) Moments {
	return Moments{m.N - part.N, m.Sum - part.Sum, m.Squares - part.Squares, m.Cubes - part.Cubes}
}

// Sample returns what a mean rests on.
func (m Moments) Sample() Sample { return SampleOf(m.N, m.Sum, m.Squares) }

// spread returns the sum of the squared deviations from the mean: 0 where it is no
// more than what rounding leaves.
func (m Moments) spread() float64 {
	if s := m.Squares - m.Sum*m.Sum/float64(m.N); s > 1e-13*m.Squares {
		return s
	}
	return 0
}

// cubed returns the sum of the cubed deviations from the mean.
func (m Moments) cubed() float64 {
	mean := m.Sum / float64(m.N)
	return m.Cubes - 3*mean*m.Squares + 2*mean*mean*m.Sum
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
// (n₁n₀/n); of shares it is Mantel & Haenszel's. P tells how rarely it would be as
// great were the kinds dealt anew within strata (Pitman 1937), by the first three
// moments of all deals and a Pearson curve of type III (Mielke, Berry & Johnson
// 1976): where kinds differ in nothing it holds with a dozen observations of long
// tails or rare successes too. Statistic is that difference in the standard
// deviations of deals; of shares its square is Mantel & Haenszel's (1959). The
// interval is of the shifts that deals, taken as normal, do not refute. NaN where no
// difference can be told.
func Stratified(strata []Stratum) Contrast {
	c := Contrast{Test: Test{DF: math.Inf(1)}}
	var weight, sum, variance, third, slope, bend float64
	for _, s := range strata {
		w := s.weight()
		if w == 0 {
			continue
		}
		with, without := float64(s.With.N), float64(s.Without.N)
		d := s.With.Sum/with - s.Without.Sum/without
		weight, sum = weight+w, sum+w*d
		c.With, c.Without = c.With+s.With.N, c.Without+s.Without.N
		all := s.With
		all.Join(s.Without)
		free := with + without - 1
		variance += w * all.spread() / free
		if free > 1 {
			third += w * (without - with) * all.cubed() / (free * (free - 1))
		}
		slope += w * w * d / free
		bend += w * w / free
	}
	c.Delta = sum / weight
	switch {
	case math.IsNaN(c.Delta):
		c.Statistic, c.DF, c.P, c.Interval = math.NaN(), math.NaN(), math.NaN(), noInterval()
	case variance == 0: // nothing varies
		c.P, c.Interval = 1, Interval{c.Delta, c.Delta}
	default:
		c.Statistic = sum / math.Sqrt(variance)
		c.P = dealtP(c.Statistic, third/(variance*math.Sqrt(variance)))
		// (sum − shift·weight)² ≤ z²·(variance − 2·shift·slope + shift²·bend)
		c.Interval = notAbove(weight*weight-z*z*bend, sum*weight-z*z*slope, sum*sum-z*z*variance)
	}
	return c
}

// dealtP is twice the smaller tail of Pearson's curve of type III with mean 0,
// deviation 1 and this skewness; the normal curve where that is next to nothing.
func dealtP(statistic, skewness float64) float64 {
	if math.Abs(skewness) < 1e-3 {
		return normalTest(0, statistic).P
	}
	shape := 4 / (skewness * skewness)
	at := shape + math.Copysign(1, skewness)*statistic*math.Sqrt(shape)
	if at <= 0 {
		return 0
	}
	return math.Min(1, 2*math.Min(mathext.GammaIncReg(shape, at), mathext.GammaIncRegComp(shape, at)))
}

// notAbove returns where a·x² − 2b·x + c is not above 0; everywhere where a is not
// above 0 either.
func notAbove(a, b, c float64) Interval {
	if a <= 0 {
		return Interval{math.Inf(-1), math.Inf(1)}
	}
	half := math.Sqrt(math.Max(0, b*b-a*c))
	return Interval{(b - half) / a, (b + half) / a}
}

// weight is how much the stratum tells: n₁n₀/n; 0 without both kinds.
func (s Stratum) weight() float64 {
	if s.With.N == 0 || s.Without.N == 0 {
		return 0
	}
	return float64(s.With.N) * float64(s.Without.N) / float64(s.With.N+s.Without.N)
}
