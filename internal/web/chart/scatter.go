package chart

import "math"

// Spot is one thing on a Scatter: how much it weighs (up) and how well it goes
// (right), both 0–100.
type Spot struct {
	Label, Href string
	X, Y        float64
	Tone        string   // bar-pos, bar-neg, bar-none
	Row         []string // its cells in the table, after the label
}

// Scatter places things by two measures and parts them in four fields.
type Scatter struct {
	ID                 string // unique on the page
	Title, Description string
	XTitle, YTitle     string
	X, Y               float64 // where the fields part
	Fields             [4]string
	Columns            []string // of the table: what a Spot is, then its Row's
	Spots              []Spot
}

// ScatterHeight is how tall a Scatter is drawn, in pixels.
const ScatterHeight = 300.0

type dotAt struct {
	x, y float64 // share of the width, pixels from the top
}

// layout stretches both axes over what there is to see, so that what lies in one
// corner can be told apart.
func (s Scatter) layout() (spots []dotAt, x, y float64) {
	lowX, highX, lowY, highY := s.X, s.X, s.Y, s.Y
	for _, p := range s.Spots {
		lowX, highX = math.Min(lowX, p.X), math.Max(highX, p.X)
		lowY, highY = math.Min(lowY, p.Y), math.Max(highY, p.Y)
	}
	if lowX == highX {
		lowX, highX = lowX-1, highX+1
	}
	if lowY == highY {
		lowY, highY = lowY-1, highY+1
	}
	across, up := scale{lowX, highX, .05, .95}, scale{lowY, highY, ScatterHeight - 28, 28}
	for _, p := range s.Spots {
		spots = append(spots, dotAt{x: across.at(p.X), y: up.at(p.Y)})
	}
	return spots, across.at(s.X), up.at(s.Y)
}
