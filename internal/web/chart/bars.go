package chart

import "math"

// Bar is one driver: how much it moves the score, with its interval. Better
// tells by the sign (positive helps) whether it is teal or orange.
type Bar struct {
	Label, Href      string
	Value, Low, High float64
	Text             string // the value as written: −7,1
	Quote            string // what they say, without quotation marks
	Note             string // more of it, quietly; optional
}

// Bars are drivers on one scale, the heaviest first as given.
type Bars struct {
	Title, Description string
	Unit               string // puntos de NPS
	Bars               []Bar
}

// bar is the geometry of a Bar: shares of the width.
type bar struct{ axis, x, width, low, high float64 }

func (b Bars) layout() []bar {
	most := 0.0
	for _, v := range b.Bars {
		most = math.Max(most, math.Max(math.Abs(v.Low), math.Max(math.Abs(v.High), math.Abs(v.Value))))
	}
	if most == 0 {
		most = 1
	}
	low, high := -most, most
	if !b.below() {
		low = 0
	}
	if !b.above() {
		high = 0
	}
	x := scale{low, high, 0, 1}
	out := make([]bar, len(b.Bars))
	for i, v := range b.Bars {
		from, to := x.at(math.Min(0, v.Value)), x.at(math.Max(0, v.Value))
		out[i] = bar{x.at(0), from, to - from, x.at(v.Low), x.at(v.High)}
	}
	return out
}

func (b Bars) below() bool {
	for _, v := range b.Bars {
		if v.Low < 0 || v.Value < 0 {
			return true
		}
	}
	return false
}

func (b Bars) above() bool {
	for _, v := range b.Bars {
		if v.High > 0 || v.Value > 0 {
			return true
		}
	}
	return len(b.Bars) == 0
}

func barClass(v float64) string {
	switch {
	case v > 0:
		return "bar-pos"
	case v < 0:
		return "bar-neg"
	}
	return "bar-none"
}

// Share is a part of a whole, drawn by Mix.
type Share struct {
	Label string
	Value float64 // any unit; shares are of the sum
	Class string  // bar-pos, bar-neg, bar-none
}

type part struct{ x, width float64 }

func mix(shares []Share) []part {
	sum := 0.0
	for _, s := range shares {
		sum += s.Value
	}
	out := make([]part, len(shares))
	if sum <= 0 {
		return out
	}
	x := 0.0
	for i, s := range shares {
		out[i] = part{x, s.Value / sum}
		x += s.Value / sum
	}
	return out
}

// lived returns where a valence, −2 to +2, lies on its track.
func lived(v float64) float64 { return scale{-2, 2, 0.02, 0.98}.at(math.Max(-2, math.Min(2, v))) }
