package chart

import (
	"math"
	"strings"
)

// FlowPicture draws a path graph for a file.
func FlowPicture(nodes []FlowNode, edges []FlowEdge) *Picture {
	f := LayoutFlow(nodes, edges)
	p := &Picture{Width: f.Width, Height: f.Height}
	for _, c := range f.Edges {
		paint := Paint{Stroke: "line-strong", Width: c.Width}
		if c.Back {
			paint.Dash = "6 3"
		}
		p.Path(0, 0, c.Path, paint)
		p.arrow(c)
	}
	for i, n := range nodes {
		b := f.Nodes[i]
		paint, size := Paint{Fill: "accent-weak", Stroke: "accent"}, Type{Size: 12, Bold: true, Anchor: "middle"}
		if n.Plain {
			paint = Paint{Fill: "surface", Stroke: "line-strong"}
		}
		p.Rect(b.X, b.Y, b.W, b.H, 8, paint)
		lines := flowLines(n.Label, b.W-24, size)
		y := b.Y + (b.H-15*float64(len(lines)))/2 + 12
		if n.Note != "" {
			y -= 7
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

// arrow draws the head of an edge.
func (p *Picture) arrow(c FlowCurve) {
	dx, dy := c.Tip[0]-c.From[0], c.Tip[1]-c.From[1]
	n := math.Hypot(dx, dy)
	if n == 0 {
		return
	}
	dx, dy = dx/n, dy/n
	size := 5 + c.Width
	x, y := c.Tip[0]-dx*size*1.4, c.Tip[1]-dy*size*1.4
	p.Path(0, 0, "M"+px(c.Tip[0])+" "+px(c.Tip[1])+"L"+px(x-dy*size*.6)+" "+px(y+dx*size*.6)+"L"+px(x+dy*size*.6)+" "+px(y-dx*size*.6)+"Z", Paint{Fill: "line-strong"})
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
