package stats

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// tail is the probability on one side of an interval.
const tail = 0.025

// z is the normal quantile at 1 − tail.
const z = 1.959963984540054

// Interval is where a figure lies with 95 % confidence.
type Interval struct{ Low, High float64 }

func noInterval() Interval { return Interval{math.NaN(), math.NaN()} }

// Clip returns the interval cut to [low, high].
func (i Interval) Clip(low, high float64) Interval {
	return Interval{math.Max(i.Low, low), math.Min(i.High, high)}
}

// Wilson returns the score interval of k successes in n trials (Wilson 1927,
// without correction for continuity). NaN for n ≤ 0 and for k outside 0..n.
func Wilson(k, n int) Interval {
	if n <= 0 || k < 0 || k > n {
		return noInterval()
	}
	nf := float64(n)
	p := float64(k) / nf
	centre := (p + z*z/(2*nf)) / (1 + z*z/nf)
	half := z / (1 + z*z/nf) * math.Sqrt(p*(1-p)/nf+z*z/(4*nf*nf))
	return Interval{centre - half, centre + half}.Clip(0, 1)
}

// Sample is what a mean rests on. Variance is the sample's (n−1).
type Sample struct {
	N              int
	Mean, Variance float64
}

// SampleOf returns the moments of n values from their sum and their sum of
// squares.
func SampleOf(n int, sum, sumSquares float64) Sample {
	s := Sample{N: n, Mean: math.NaN(), Variance: math.NaN()}
	if n > 0 {
		s.Mean = sum / float64(n)
	}
	if n > 1 {
		s.Variance = math.Max(0, (sumSquares-sum*s.Mean)/float64(n-1))
	}
	return s
}

// MeanInterval returns Student's interval of the mean (Student 1908). NaN below
// two observations.
func MeanInterval(s Sample) Interval {
	if s.N < 2 || math.IsNaN(s.Mean) || math.IsNaN(s.Variance) {
		return noInterval()
	}
	half := studentQuantile(float64(s.N-1)) * math.Sqrt(s.Variance/float64(s.N))
	return Interval{s.Mean - half, s.Mean + half}
}

// studentQuantile is the quantile of Student's distribution at 1 − tail. Past
// 10⁶ degrees it is the normal's to 6 digits, and gonum's search loses digits.
func studentQuantile(df float64) float64 {
	if df > 1e6 {
		return z
	}
	return distuv.StudentsT{Sigma: 1, Nu: df}.Quantile(1 - tail)
}

// MedianRanks returns between which of n ordered values, counted from 0, their
// median lies with 95 % confidence, by order statistics: the sign test turned
// around (Thompson 1936). Below six values it is between the first and the last.
func MedianRanks(n int) (low, high int) {
	if n < 1 {
		return 0, 0
	}
	if n > 1000 { // the normal approximation, with correction for continuity, is within one rank
		low = int(float64(n)/2 - z*math.Sqrt(float64(n))/2 - .5)
		return low, n - 1 - low
	}
	b := distuv.Binomial{N: float64(n), P: .5}
	for b.CDF(float64(low+1)) <= tail {
		low++
	}
	return low, n - 1 - low
}

// Difference returns the interval of after − before from the two figures and
// their intervals, by squaring and adding the distances to the limits that
// matter (Newcombe 1998, method 10, for shares; Zou & Donner 2008 in general).
// The two must not depend on one another.
func Difference(before float64, b Interval, after float64, a Interval) Interval {
	d := after - before
	return Interval{d - math.Hypot(after-a.Low, b.High-before), d + math.Hypot(a.High-after, before-b.Low)}
}

// Jackknife returns the interval of a figure from what it is when each of as many
// equal parts of what it rests on is left out (Tukey 1958). NaN below two parts.
func Jackknife(value float64, left []float64) Interval {
	var m Moments
	for _, v := range left {
		m.Add(v)
	}
	s, others := m.Sample(), float64(len(left)-1)
	s.Mean, s.Variance = value, s.Variance*others*others // each leaves out little, so that they lie that much nearer
	return MeanInterval(s)
}
