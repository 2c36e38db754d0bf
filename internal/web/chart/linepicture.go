package chart

import "math"

// The sizes of a Line's picture, in pixels.
const (
	pictureWidth = 880.0
	pictureEdge  = 24.0
	pictureAxis  = 64.0 // for the values on the left
	pictureFoot  = 34.0 // for the labels below
)

// Picture draws the series for a file.
func (l Line) Picture() *Picture {
	at, left := l.layout(), pictureEdge+pictureAxis
	width := pictureWidth - left - pictureEdge
	top := 18.0
	p := &Picture{Width: pictureWidth, Height: top + lineHeight + pictureFoot + pictureEdge}
	small := Type{Size: 11, Color: "ink-3"}
	for _, t := range at.ticks {
		p.Line(left, top+t.y, left+width, top+t.y, Paint{Stroke: "line"})
		p.Text(left-8, top+t.y+4, t.text, Type{Size: 11, Color: "ink-3", Anchor: "end"})
	}
	band, line := paths(l.Points, at.y, width)
	p.Path(left, top, band, Paint{Fill: "band"})
	p.Path(left, top, line, Paint{Stroke: "accent", Width: 2})
	if l.Target != nil {
		p.Line(left, top+at.target, left+width, top+at.target, Paint{Stroke: "line-strong", Dash: "5 4"})
		p.Text(left+4, top+at.target-5, l.Target.Label, small)
	}
	for _, m := range at.marks {
		x := left + m.x*width
		p.Line(x, top, x, top+lineHeight, Paint{Stroke: "ink-3", Dash: "2 3"})
		words := Type{Size: 11, Bold: true}
		if x += 5; m.end {
			words.Anchor = "end"
			x -= 10
		}
		p.Text(x, top+lineHeight-6, m.text, words)
	}
	if at.last >= 0 {
		p.Circle(left+at.points[at.last].x*width, top+at.points[at.last].y, 4, Paint{Fill: "accent"})
	}
	for _, label := range at.labels {
		p.Text(left+label.x*width, top+lineHeight+20, label.text, Type{Size: 11, Color: "ink-3", Anchor: anchor(label.x)})
	}
	return p
}

// Picture draws the bars for a file.
func (b Bars) Picture() *Picture {
	const row, label = 40.0, 300.0
	at, left := b.layout(), pictureEdge+label
	width := pictureWidth - left - pictureEdge - 80
	p := &Picture{Width: pictureWidth, Height: row*float64(len(b.Bars)) + pictureEdge + 12}
	for i, v := range b.Bars {
		y := row * float64(i)
		text := Wrap(v.Label, label-16, Type{Size: 13})
		for j, line := range text[:min(len(text), 2)] {
			p.Text(pictureEdge, y+22+float64(j)*15-7*float64(min(len(text), 2)-1), line, Type{Size: 13})
		}
		paint := Paint{Fill: "ink-3"}
		switch {
		case v.Value > 0:
			paint.Fill = "pos"
		case v.Value < 0:
			paint.Fill = "neg"
		}
		p.Rect(left+at[i].x*width, y+12, math.Max(at[i].width*width, 1), 12, 2, paint)
		p.Line(left+at[i].low*width, y+18, left+at[i].high*width, y+18, Paint{Stroke: "ink", Width: 1.5})
		p.Line(left+at[i].axis*width, y+6, left+at[i].axis*width, y+30, Paint{Stroke: "line-strong"})
		p.Text(pictureWidth-pictureEdge, y+22, v.Text, Type{Size: 13, Bold: true, Color: paint.Fill, Anchor: "end"})
	}
	if b.Unit != "" {
		p.Text(pictureWidth-pictureEdge, p.Height-12, b.Unit, Type{Size: 11, Color: "ink-3", Anchor: "end"})
	}
	return p
}
