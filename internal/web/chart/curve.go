package chart

import (
	"math"
	"strings"
)

// Stop is one step of a journey on its emotion curve: how it was lived, −2 to
// +2, with the interval, and how it was designed. NaN is what is not known.
type Stop struct {
	Label                      string
	Href                       string // where the step's figure leads; optional
	Lived, Low, High, Designed float64
	N                          int
}

// Curve is the emotion curve of a journey: lived as a solid line through its
// stops, designed dashed, what lies between them shaded where it was lived
// worse. The stops share the width evenly, so that columns below them fit.
type Curve struct {
	ID          string // unique on the page
	Title       string
	Description string // one sentence: what it says
	Stops       []Stop
	Format      func(float64) string // how a valence is written
}

// CurveHeight is how tall a Curve is drawn, in pixels.
const CurveHeight = 150.0

// CurveY is where a valence lies on a Curve, in pixels from its top.
func CurveY(v float64) float64 {
	return scale{-2, 2, CurveHeight - 14, 14}.at(math.Max(-2, math.Min(2, v)))
}

// CurvePaths are what a Curve is drawn of, as SVG path data in a box of some
// width and CurveHeight.
type CurvePaths struct {
	Lived    string // through the stops of which it is known how they were lived
	Unknown  string // across those of which it is not
	Designed string
	Worse    string // the area where it was lived worse than designed
}

// PathsOf draws the curve of the stops in a box of that width.
func PathsOf(stops []Stop, width float64) CurvePaths {
	lived := smooth(stops, width, func(s Stop) float64 { return s.Lived }, false)
	designed := smooth(stops, width, func(s Stop) float64 { return s.Designed }, true)
	return CurvePaths{lived.path(), lived.bridges(), designed.path(), shade(lived, designed, width/float64(max(len(stops), 1)))}
}

// spline is a smooth line through points that neither overshoots nor
// undershoots them. It is made of parts, one for each run of known stops.
type spline [][]knot

type knot struct{ x, y, slope float64 }

// smooth draws a monotone cubic through the known stops (Fritsch and Carlson,
// "Monotone Piecewise Cubic Interpolation", 1980), level from where the first
// cell begins to where the last one ends. across tells to go on over stops that
// are not known.
func smooth(stops []Stop, width float64, of func(Stop) float64, across bool) (out spline) {
	cell := width / float64(max(len(stops), 1))
	for i := 0; i < len(stops); i++ {
		if math.IsNaN(of(stops[i])) {
			continue
		}
		from := i
		var part []knot
		for ; i < len(stops) && (across || !math.IsNaN(of(stops[i]))); i++ {
			if v := of(stops[i]); !math.IsNaN(v) {
				part = append(part, knot{x: (float64(i) + 0.5) * cell, y: CurveY(v)})
			}
		}
		slopes(part)
		first, last := part[0], part[len(part)-1]
		if from == 0 {
			part = append([]knot{{x: 0, y: first.y}}, part...)
		}
		if i == len(stops) {
			part = append(part, knot{x: width, y: last.y})
		}
		out = append(out, part)
	}
	return out
}

// slopes sets the slope at each knot: none at the ends and where the line
// turns, else the harmonic mean of both sides, which keeps it monotone.
func slopes(part []knot) {
	for i := 1; i < len(part)-1; i++ {
		before := (part[i].y - part[i-1].y) / (part[i].x - part[i-1].x)
		after := (part[i+1].y - part[i].y) / (part[i+1].x - part[i].x)
		if before*after > 0 {
			part[i].slope = 2 * before * after / (before + after)
		}
	}
}

func (s spline) path() string {
	var b strings.Builder
	for _, part := range s {
		b.WriteString("M" + px(part[0].x) + " " + px(part[0].y))
		for i := 1; i < len(part); i++ {
			a, z := part[i-1], part[i]
			third := (z.x - a.x) / 3
			b.WriteString("C" + px(a.x+third) + " " + px(a.y+third*a.slope) + " " + px(z.x-third) + " " + px(z.y-third*z.slope) + " " + px(z.x) + " " + px(z.y))
		}
	}
	return b.String()
}

// bridges are straight lines from each part to the next.
func (s spline) bridges() string {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		a, z := s[i-1][len(s[i-1])-1], s[i][0]
		b.WriteString("M" + px(a.x) + " " + px(a.y) + "L" + px(z.x) + " " + px(z.y))
	}
	return b.String()
}

// at is where the line lies at x; NaN where there is none.
func (s spline) at(x float64) float64 {
	for _, part := range s {
		if x == part[0].x {
			return part[0].y
		}
		for i := 1; i < len(part); i++ {
			a, z := part[i-1], part[i]
			if x < a.x || x > z.x {
				continue
			}
			h := z.x - a.x
			t := (x - a.x) / h
			u := 1 - t
			return u*u*(1+2*t)*a.y + t*u*u*h*a.slope + t*t*(1+2*u)*z.y - t*t*u*h*z.slope
		}
	}
	return math.NaN()
}

// shade returns the area between the designed line and the lived one where the
// lived one lies below.
func shade(lived, designed spline, cell float64) string {
	var b strings.Builder
	var top, bottom []string
	end := func() {
		if len(top) > 1 {
			b.WriteString("M" + strings.Join(top, "L"))
			for i := len(bottom) - 1; i >= 0; i-- {
				b.WriteString("L" + bottom[i])
			}
			b.WriteByte('Z')
		}
		top, bottom = nil, nil
	}
	const parts = 12 // of a cell
	for _, part := range lived {
		from, to := part[0].x, part[len(part)-1].x
		steps := int(math.Round((to - from) / cell * parts))
		for i := range steps + 1 {
			x := from + (to-from)*float64(i)/float64(steps)
			l, d := lived.at(x), designed.at(x)
			if !(l > d) { // better, as designed, or not designed
				end()
				continue
			}
			top, bottom = append(top, px(x)+" "+px(d)), append(bottom, px(x)+" "+px(l))
		}
		end()
	}
	return b.String()
}
