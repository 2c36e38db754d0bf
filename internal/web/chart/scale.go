package chart

import (
	"math"
	"strconv"
)

// Ticks returns round values that span low to high with about want steps,
// after Heckbert, "Nice Numbers for Graph Labels" (Graphics Gems, 1990). The
// first is ≤ low, the last ≥ high; low = high gives a span around it.
func Ticks(low, high float64, want int) []float64 {
	if !(low < high) {
		pad := math.Max(math.Abs(low)*0.1, 1)
		low, high = low-pad, high+pad
	}
	step := nice((high - low) / float64(max(want, 1)))
	first := math.Floor(low/step) * step
	last := math.Ceil(high/step) * step
	n := int(math.Round((last-first)/step)) + 1
	ticks := make([]float64, n)
	for i := range ticks {
		v := first + float64(i)*step
		ticks[i] = math.Round(v/step) * step
	}
	return ticks
}

// nice returns the round number (1, 2, 5 times a power of ten) next to x.
func nice(x float64) float64 {
	power := math.Pow10(int(math.Floor(math.Log10(x))))
	switch f := x / power; {
	case f < 1.5:
		return power
	case f < 3:
		return 2 * power
	case f < 7:
		return 5 * power
	}
	return 10 * power
}

// scale maps a value to a coordinate, linearly.
type scale struct{ low, high, from, to float64 }

func (s scale) at(v float64) float64 {
	if s.high == s.low {
		return (s.from + s.to) / 2
	}
	return s.from + (v-s.low)/(s.high-s.low)*(s.to-s.from)
}

// px writes a coordinate; pct writes a share of the width.
func px(v float64) string {
	return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64)
}

func pct(v float64) string {
	return strconv.FormatFloat(math.Round(v*1000)/10, 'f', -1, 64) + "%"
}
