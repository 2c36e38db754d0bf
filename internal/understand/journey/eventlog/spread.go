package eventlog

import (
	"math"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/stats"
)

// Spread is how durations are spread, in seconds. Quantiles interpolate linearly
// between the two nearest values (type 7 of Hyndman & Fan 1996, as R's and
// numpy's default). All zero where N is 0.
type Spread struct {
	N                 int
	Mean, Median, P90 float64
	Low, High         float64 // where the median lies with 95 % confidence (stats.MedianRanks)
}

const microseconds = 1e6 // in a second

// SpreadOf returns the spread of durations in µs. It changes their order.
func SpreadOf(us []int64) Spread {
	n := len(us)
	if n == 0 {
		return Spread{}
	}
	s := Spread{N: n, Mean: meanOf(us), Median: quantile(us, .5)}
	// What is not greater than the median now stands before it.
	middle := (n - 1) / 2
	low, high := stats.MedianRanks(n)
	s.Low = float64(nth(us[:middle+1], low)) / microseconds
	s.High = float64(nth(us[middle:], high-middle)) / microseconds
	s.P90 = quantile(us, .9)
	return s
}

// meanOf returns the mean in seconds. Whole seconds and the rest are summed
// apart: the sum of centuries in µs is more than an int64 holds.
func meanOf(us []int64) float64 {
	var seconds, rest int64
	for _, d := range us {
		seconds += d / microseconds
		rest += d % microseconds
	}
	return (float64(seconds) + float64(rest)/microseconds) / float64(len(us))
}

// quantile returns the quantile q of durations in µs, in seconds.
func quantile(us []int64, q float64) float64 {
	at := q * float64(len(us)-1)
	k := int(at)
	low := nth(us, k)
	if at == float64(k) {
		return float64(low) / microseconds
	}
	high := slices.Min(us[k+1:]) // nth left the greater ones behind k
	return (float64(low) + (at-float64(k))*float64(high-low)) / microseconds
}

// nth returns the value that would stand at k if v were sorted, and leaves no
// greater one before k and no lesser one behind it (Hoare 1961, quickselect,
// with three parts since many durations are equal).
func nth(v []int64, k int) int64 {
	low, high := 0, len(v)
	for rounds := 2 * int(math.Log2(float64(len(v)+1))); high-low > 24 && rounds > 0; rounds-- {
		pivot := ninther(v[low:high])
		less, i, greater := low, low, high
		for i < greater {
			switch x := v[i]; {
			case x < pivot:
				v[i], v[less] = v[less], x
				less++
				i++
			case x > pivot:
				greater--
				v[i], v[greater] = v[greater], x
			default:
				i++
			}
		}
		switch {
		case k < less:
			high = less
		case k >= greater:
			low = greater
		default:
			return pivot
		}
	}
	slices.Sort(v[low:high])
	return v[k]
}

// ninther returns the median of three medians of three (Tukey 1978).
func ninther(v []int64) int64 {
	step := len(v) / 9
	three := func(i int) int64 { return median3(v[i*step], v[(i+1)*step], v[(i+2)*step]) }
	return median3(three(0), three(3), three(6))
}

func median3(a, b, c int64) int64 { return max(min(a, b), min(max(a, b), c)) }

// Durations returns how long each case took, in µs, from its first event to its
// last; 0 for one event.
func Durations(l *Log) []int64 {
	out := make([]int64, l.Cases())
	for c := range out {
		from, to := l.Span(c)
		out[c] = l.At[to-1] - l.At[from]
	}
	return out
}
