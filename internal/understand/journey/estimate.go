package journey

import (
	"slices"
	"time"

	"github.com/vivencia-cx/vivencia/internal/stats"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

// Share is K of N with Wilson's interval (1927). With N = 0 there is no share.
type Share struct {
	K    int     `json:"k"`
	N    int     `json:"n"`
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// Value returns the share; 0 of none.
func (s Share) Value() float64 {
	if s.N == 0 {
		return 0
	}
	return float64(s.K) / float64(s.N)
}

func shareOf(k, n int) Share {
	if n <= 0 {
		return Share{}
	}
	i := stats.Wilson(k, n)
	return Share{K: k, N: n, Low: i.Low, High: i.High}
}

// Times is how long something took: the median with its interval by order
// statistics, and the time that nine in ten stay within. With N = 0 there is
// none; of fewer than six the interval is from the least to the greatest.
type Times struct {
	N         int
	Median    time.Duration
	P90       time.Duration
	Low, High time.Duration // of the median
}

// timesOf orders the times in place.
func timesOf(times []time.Duration) Times {
	n := len(times)
	if n == 0 {
		return Times{}
	}
	slices.Sort(times)
	low, high := stats.MedianRanks(n)
	return Times{N: n, Median: (times[(n-1)/2] + times[n/2]) / 2, P90: times[(9*n+9)/10-1], Low: times[low], High: times[high]}
}

// felt returns the mean of valences, −2..+2, with its interval.
func felt(s stats.Sample) outcome.Estimate { return outcome.MeanOf(s, -2, 2) }
