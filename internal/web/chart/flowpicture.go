package chart

import (
	"math"
	"strings"
)

// Classes of what a path graph draws.
const (
	flowDesigned  = "designed"
	flowUnplanned = "unplanned"
	flowSilent    = "silent"
)

// FlowPicture draws a path graph for a file.
func FlowPicture(nodes []FlowNode, edges []FlowEdge) *Picture {
	f := LayoutFlow(nodes, edges)
	p := &Picture{Width: f.Width, Height: f.Height}
	for i, c := range f.Edges {
		paint := Paint{Stroke: "line-strong", Width: c.Width}
		if edges[i].Class == flowUnplanned {
			paint.Stroke = "neg"
		}
		if c.Back {
			paint.Dash = "6 3"
		}
		p.Path(0, 0, c.Path, paint)
		p.Path(0, 0, c.arrow(), Paint{Fill: paint.Stroke})
	}
	for i, n := range nodes {
		b := f.Nodes[i]
		paint, size := Paint{Fill: "accent-weak", Stroke: "accent"}, Type{Size: 12, Bold: true, Anchor: "middle"}
		switch {
		case n.Plain || n.Dot:
			paint = Paint{Fill: "surface", Stroke: "line-strong"}
		case n.Class == flowDesigned:
			paint = Paint{Fill: "surface", Stroke: "designed", Width: 2, Dash: "6 4"}
		case n.Class == flowUnplanned:
			paint = Paint{Fill: "neg-weak", Stroke: "neg"}
		}
		switch {
		case n.Dot && n.Class == flowSilent:
			p.Rect(b.X, b.Y, b.W, b.H, 0, Paint{Fill: "ink-3"})
			continue
		case n.Dot:
			p.Circle(b.X+b.W/2, b.Y+b.H/2, b.W/2, paint)
			p.Text(b.X+b.W/2, b.Y+b.H/2+4, n.Label, size)
			continue
		}
		p.Rect(b.X, b.Y, b.W, b.H, 8, paint)
		lines, y := flowText(n, b)
		if n.Note != "" {
			p.Text(b.X+b.W/2, y+15*float64(len(lines)), n.Note, Type{Size: 11, Color: "ink-2", Anchor: "middle"})
		}
		for i, line := range lines {
			p.Text(b.X+b.W/2, y+15*float64(i), line, size)
		}
	}
	for i, c := range f.Edges {
		if label := edges[i].Label; label != "" {
			w := TextWidth(label, Type{Size: 10.5}) + 6
			p.Rect(c.LabelX-w/2, c.LabelY-8, w, 15, 4, Paint{Fill: "surface"})
			p.Text(c.LabelX, c.LabelY+3.5, label, Type{Size: 10.5, Color: "ink-2", Anchor: "middle"})
		}
	}
	return p
}

// flowText returns the lines of a node's label, and the base of the first.
func flowText(n FlowNode, b FlowBox) (lines []string, y float64) {
	lines = flowLines(n.Label, b.W-24, Type{Size: 12, Bold: true})
	y = b.Y + (b.H-15*float64(len(lines)))/2 + 12
	if n.Note != "" {
		y -= 7
	}
	return lines, y
}

// flowLines parts a label into two lines at most.
func flowLines(label string, width float64, t Type) []string {
	lines := Wrap(label, width, t)
	if len(lines) > 2 {
		lines = []string{lines[0], strings.Join(lines[1:], " ")}
	}
	for i := range lines {
		lines[i] = Shorten(lines[i], width, t)
	}
	return lines
}

// arrow is the head of an edge, as path data.
func (c FlowCurve) arrow() string {
	dx, dy := c.Tip[0]-c.From[0], c.Tip[1]-c.From[1]
	n := math.Hypot(dx, dy)
	if n == 0 {
		return ""
	}
	dx, dy = dx/n, dy/n
	size := 5 + c.Width
	x, y := c.Tip[0]-dx*size*1.4, c.Tip[1]-dy*size*1.4
	return "M" + px(c.Tip[0]) + " " + px(c.Tip[1]) + "L" + px(x-dy*size*.6) + " " + px(y+dx*size*.6) + "L" + px(x+dy*size*.6) + " " + px(y-dx*size*.6) + "Z"
}

// Shorten cuts a text that is wider than that, with an ellipsis.
func Shorten(text string, width float64, t Type) string {
	if TextWidth(text, t) <= width {
		return text
	}
	runes := []rune(text)
	for n := len(runes) - 1; n > 0; n-- {
		if short := string(runes[:n]) + "…"; TextWidth(short, t) <= width {
			return short
		}
	}
	return "…"
}
