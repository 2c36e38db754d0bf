package chart

import (
	"math"
	"strings"
)

// Point is one value of a series with its interval. A NaN Value is a gap: a
// week without answers. N is how many it stands on.
type Point struct {
	Label            string // what the reader calls it: 3 nov
	Value, Low, High float64
	N                int
}

// Line is a series over time with its interval's band.
type Line struct {
	ID          string // unique on the page
	Title       string // what it shows: Recomendación por semana
	Description string // one sentence: what it says
	Points      []Point
	Format      func(float64) string // how values are written
	Target      *Target
	Marks       []Mark
}

// Target is a wanted value, a dashed line with its words: Meta 45.
type Target struct {
	Value float64
	Label string
}

// Mark is something that happened at a point: Cajas rápidas, 15 sep.
type Mark struct {
	Point int
	Label string
}

const (
	lineHeight = 240.0
	lineWidth  = 1000.0 // of the stretched plot
)

// layout is a Line's geometry: x as a share of the width, y in pixels from
// the top, paths in a box of 1000 × 240 that stretches to the width.
type layout struct {
	y          scale
	band, line string
	ticks      []tick
	labels     []label
	target     float64
	marks      []mark
	points     []spot
	last       int // the last point that is no gap, or -1
}

type tick struct {
	y    float64
	text string
}

type label struct {
	x     float64
	text  string
	minor bool // left out where it is narrow
}

type mark struct {
	x    float64
	text string
	end  bool // its text lies before the line
}

type spot struct {
	x, y, from, width float64
	gap               bool
}

func (l Line) layout() layout {
	low, high := extent(l.Points)
	if l.Target != nil {
		low, high = math.Min(low, l.Target.Value), math.Max(high, l.Target.Value)
	}
	values := Ticks(low, high, 4)
	y := scale{values[0], values[len(values)-1], lineHeight, 0}
	out := layout{last: -1, y: y}
	for _, v := range values {
		out.ticks = append(out.ticks, tick{y.at(v), l.Format(v)})
	}
	out.band, out.line = paths(l.Points, y, lineWidth)
	n := len(l.Points)
	every := max((n+5)/6, 1)
	for i, p := range l.Points {
		x := across(i, n)
		from, to := across(i, n), across(i, n)
		if i > 0 {
			from = (across(i-1, n) + x) / 2
		}
		if i < n-1 {
			to = (across(i+1, n) + x) / 2
		}
		out.points = append(out.points, spot{x, y.at(p.Value), from, to - from, math.IsNaN(p.Value)})
		if !math.IsNaN(p.Value) {
			out.last = i
		}
		if i%every == every/2 {
			out.labels = append(out.labels, label{x, p.Label, len(out.labels)%2 == 1})
		}
	}
	if l.Target != nil {
		out.target = y.at(l.Target.Value)
	}
	for _, m := range l.Marks {
		if m.Point >= 0 && m.Point < n {
			x := across(m.Point, n)
			out.marks = append(out.marks, mark{x, m.Label, x > 0.5})
		}
	}
	return out
}

// anchor keeps the labels at the edges inside.
func anchor(x float64) string {
	switch {
	case x <= 0:
		return "start"
	case x >= 1:
		return "end"
	}
	return "middle"
}

func across(i, n int) float64 {
	if n < 2 {
		return 0.5
	}
	return float64(i) / float64(n-1)
}

// extent returns the least low and the greatest high; 0 and 1 when all are
// gaps.
func extent(points []Point) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, p := range points {
		if !math.IsNaN(p.Value) {
			low = math.Min(low, math.Min(p.Low, p.Value))
			high = math.Max(high, math.Max(p.High, p.Value))
		}
	}
	if math.IsInf(low, 0) || math.IsInf(high, 0) {
		return 0, 1
	}
	return low, high
}

// paths returns the interval's band and the line as SVG path data. A gap parts
// both; a point alone between gaps is a dash.
func paths(points []Point, y scale, width float64) (band, line string) {
	var b, l strings.Builder
	n := len(points)
	for i := 0; i < n; {
		if math.IsNaN(points[i].Value) {
			i++
			continue
		}
		j := i
		for j < n && !math.IsNaN(points[j].Value) {
			j++
		}
		for k := i; k < j; k++ {
			step := "L"
			if k == i {
				step = "M"
			}
			x := px(across(k, n) * width)
			l.WriteString(step + x + " " + px(y.at(points[k].Value)))
			b.WriteString(step + x + " " + px(y.at(points[k].High)))
		}
		if j-i == 1 {
			l.WriteString("h0.1")
		}
		for k := j - 1; k >= i; k-- {
			b.WriteString("L" + px(across(k, n)*width) + " " + px(y.at(points[k].Low)))
		}
		b.WriteString("Z")
		i = j
	}
	return b.String(), l.String()
}

// spark is the geometry of a sparkline in a box of 1000 × 44.
func spark(points []Point) (band, line string) {
	low, high := extent(points)
	if low == high {
		low, high = low-1, high+1
	}
	return paths(points, scale{low, high, 42, 2}, lineWidth)
}
