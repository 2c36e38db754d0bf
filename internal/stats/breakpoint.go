package stats

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Break is where a series changed its level.
type Break struct {
	At        int     // the first bin of the new level
	Low, High int     // where At lies with 95 % confidence
	P         float64 // of a change as strong, somewhere, when there is none
}

// What is searched for a break: each side has at least leastSide observations,
// and leastShare of all.
const (
	leastSide  = 10
	leastShare = .01
)

// profileDrop is how much the likelihood ratio falls within the 95 % interval of
// a break: −2 log(1 − √.95) (Hansen 2000, "Sample Splitting and Threshold
// Estimation").
const profileDrop = 7.352277

// ShareBreaks returns the breaks of a share over bins with k successes in n
// trials, in their order: the strongest binomial likelihood ratio, then those of
// the two sides (binary segmentation, Vostrikova 1981), as long as P is below
// rate. The ratio is divided by what the bins vary more than trials do
// (McCullagh & Nelder 1989), so that a few bad days are no new level.
func ShareBreaks(k, n []int, rate float64) []Break {
	successes, trials := make([]float64, len(k)), make([]float64, len(n))
	for i := range k {
		successes[i], trials[i] = float64(k[i]), float64(n[i])
	}
	return breaks(series{cumulated(trials), cumulated(successes), nil, shareCost, func(sum, n, level float64) float64 {
		if level <= 0 || level >= 1 {
			return 0
		}
		return (sum - n*level) * (sum - n*level) / (n * level * (1 - level))
	}}, rate)
}

// MeanBreaks returns the breaks of a mean over bins of values, as ShareBreaks does
// for a share, with normal errors of one variance: that of the values about their
// level or, where it is greater, of the bins'.
func MeanBreaks(bins []Moments, rate float64) []Break {
	count, sum, within := make([]float64, len(bins)), make([]float64, len(bins)), make([]float64, len(bins))
	for i, b := range bins {
		count[i], sum[i] = float64(b.N), b.Sum
		if b.N > 0 {
			within[i] = b.spread()
		}
	}
	return breaks(series{
		cumulated(count), cumulated(sum), cumulated(within),
		func(sum, n float64) float64 { return -sum * sum / n },
		func(sum, n, level float64) float64 { return (sum - n*level) * (sum - n*level) / n },
	}, rate)
}

// series is a series of bins by its cumulated numbers.
type series struct {
	n, sum []float64 // len bins+1
	within []float64 // squared deviations within bins; nil: the errors are those of trials
	cost   func(sum, n float64) float64
	off    func(sum, n, level float64) float64 // how far a bin lies off its level, squared
}

func cumulated(values []float64) []float64 {
	out := make([]float64, len(values)+1)
	for i, v := range values {
		out[i+1] = out[i] + v
	}
	return out
}

// shareCost is −2 log-likelihood of the successes at their own share.
func shareCost(k, n float64) float64 {
	if k <= 0 || k >= n {
		return 0
	}
	return -2 * (k*math.Log(k/n) + (n-k)*math.Log(1-k/n))
}

func breaks(s series, rate float64) []Break {
	var at []int
	var split func(from, to int)
	split = func(from, to int) {
		if b, ok := s.strongest(from, to); ok && b.P < rate {
			split(from, b.At)
			at = append(at, b.At)
			split(b.At, to)
		}
	}
	bins := len(s.n) - 1
	split(0, bins)
	// Each is told anew between its neighbours, where it is the only one.
	var out []Break
	for i := range at {
		from, to := 0, bins
		if i > 0 {
			from = at[i-1]
		}
		if i+1 < len(at) {
			to = at[i+1]
		}
		if b, ok := s.strongest(from, to); ok && b.P < rate {
			at[i] = b.At
			out = append(out, b)
		}
	}
	return out
}

// strongest returns the likeliest break in [from, to).
func (s series) strongest(from, to int) (Break, bool) {
	all := s.n[to] - s.n[from]
	least := math.Max(leastSide, leastShare*all)
	whole := s.cost(s.sum[to]-s.sum[from], all)
	ratio := func(t int) float64 {
		return whole - s.cost(s.sum[t]-s.sum[from], s.n[t]-s.n[from]) - s.cost(s.sum[to]-s.sum[t], s.n[to]-s.n[t])
	}
	best, most, first, last := 0, 0.0, 0, 0
	for t := from + 1; t < to; t++ {
		if s.n[t]-s.n[from] < least || s.n[to]-s.n[t] < least {
			continue
		}
		if first == 0 {
			first = t
		}
		last = t
		// Of bins in which nothing was observed, the break lies after.
		if r := ratio(t); r > most+1e-9 || best > 0 && s.n[t] == s.n[best] {
			best, most = t, math.Max(r, most)
		}
	}
	if best == 0 {
		return Break{}, false
	}
	spread := s.dispersion(from, best, to)
	if spread == 0 {
		return Break{At: best, Low: best, High: best}, true // two levels without any error
	}
	b := Break{At: best, Low: best, High: best, P: maximalP(most/spread, (s.n[first]-s.n[from])/all, (s.n[last]-s.n[from])/all)}
	for t := first; t <= last; t++ {
		if (most-ratio(t))/spread <= profileDrop {
			b.Low, b.High = min(b.Low, t), max(b.High, t)
		}
	}
	return b, true
}

// dispersion is the variance of the errors about the two levels; of trials,
// relative to theirs and at least 1.
func (s series) dispersion(from, at, to int) float64 {
	var off, used float64
	for _, side := range [2][2]int{{from, at}, {at, to}} {
		level := (s.sum[side[1]] - s.sum[side[0]]) / (s.n[side[1]] - s.n[side[0]])
		for i := side[0]; i < side[1]; i++ {
			if n := s.n[i+1] - s.n[i]; n > 0 {
				off += s.off(s.sum[i+1]-s.sum[i], n, level)
				used++
			}
		}
	}
	between := 0.0
	if used > 2 {
		between = off / (used - 2)
	}
	if s.within == nil {
		return math.Max(1, between)
	}
	if all := s.n[to] - s.n[from]; all > used {
		return math.Max(between, (s.within[to]-s.within[from])/(all-used))
	}
	return between
}

// maximalP is how probable it is that the greatest of the χ² of all breaks
// between the shares low and high of the observations exceeds x when there is
// none (Miller & Siegmund 1982, "Maximally Selected Chi Square Statistics").
func maximalP(x, low, high float64) float64 {
	b := math.Sqrt(x)
	if b <= 1 {
		return 1
	}
	density := distuv.UnitNormal.Prob(b)
	p := 4*density/b + density*(b-1/b)*math.Log(high*(1-low)/((1-high)*low))
	return math.Min(1, math.Max(p, 2*distuv.UnitNormal.CDF(-b)))
}
