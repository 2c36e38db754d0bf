package journeys

import (
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/chart"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

// picture is the map as a file: the wide map of the page.
func (p page) picture(q *web.Request) error {
	v, err := p.asked(q)
	if err != nil {
		return err
	}
	return q.SVG("viaje-"+v.ask.Journey.Slug, v.picture())
}

// The measures of the picture, in pixels.
const (
	pictureEdge = 32.0
	labelWidth  = 96.0
	stepWidth   = 132.0
)

func (v view) picture() []byte {
	steps := v.journey.Steps
	p := chart.Picture{Width: 2*pictureEdge + labelWidth + stepWidth*float64(max(len(steps), 4))}
	inner := p.Width - 2*pictureEdge
	left := pictureEdge + labelWidth
	at := func(i int) float64 { return left + stepWidth*float64(i) }
	quiet := chart.Type{Color: "ink-3"}

	y := pictureEdge + 12
	p.Text(pictureEdge, y, v.kicker()+" · "+v.period(), quiet)
	y += 26
	y += p.Paragraph(pictureEdge, y, inner, v.title, chart.Type{Size: 20, Bold: true}) + 8
	y = v.legend(&p, y)

	for i, s := range v.stages() {
		x, width := at(v.first(i)), stepWidth*float64(len(s.steps))-8
		p.Text(x, y, v.L.T("ui.stage."+or(s.slug, "none")), chart.Type{Size: 13, Bold: true})
		p.Line(x, y+9, x+width, y+9, chart.Paint{Stroke: stageColor(s.slug), Width: 3})
	}
	y += 32
	y += 20 + v.across(at, func(i int, x float64) float64 {
		h := p.Paragraph(x, y, stepWidth-12, v.name(steps[i]), chart.Type{Size: 13, Bold: true})
		return h + p.Paragraph(x, y+h, stepWidth-12, v.Channel(steps[i].Channel), quiet)
	})
	y = v.drawCurve(&p, left, y)

	for _, r := range v.rows() {
		p.Line(pictureEdge, y, p.Width-pictureEdge, y, chart.Paint{Stroke: "line"})
		y += 22
		label := p.Paragraph(pictureEdge, y, labelWidth-12, r.label, quiet)
		y += max(label, v.across(at, func(i int, x float64) float64 {
			c := r.cells[i]
			t := chart.Type{Color: toneColor(c.tone), Bold: c.tone != ""}
			if c.sign {
				t.Color = "designed"
			}
			h := p.Paragraph(x, y, stepWidth-12, c.text, t)
			return h + p.Paragraph(x, y+h, stepWidth-12, c.note, chart.Type{Size: 11, Color: "ink-3"})
		})) + 6
	}
	p.Height = y + pictureEdge
	return p.SVG()
}

// across draws a cell for each step and returns how tall the tallest is.
func (v view) across(at func(int) float64, draw func(i int, x float64) float64) (tallest float64) {
	for i := range v.journey.Steps {
		tallest = max(tallest, draw(i, at(i)))
	}
	return tallest
}

// drawCurve draws the emotion curve and returns where it ends.
func (v view) drawCurve(p *chart.Picture, left, y float64) float64 {
	c := v.curve()
	width := stepWidth * float64(len(c.Stops))
	paths := chart.PathsOf(c.Stops, width)
	p.Text(pictureEdge, y+10, v.L.T("journeys.emotion"), chart.Type{Color: "ink-3"})
	p.Text(pictureEdge, y+26, v.L.T("journeys.emotion.high"), chart.Type{Size: 11, Color: "ink-3"})
	p.Text(pictureEdge, y+chart.CurveHeight-4, v.L.T("journeys.emotion.low"), chart.Type{Size: 11, Color: "ink-3"})
	p.Path(left, y, paths.Worse, chart.Paint{Fill: "neg-weak"})
	p.Line(left, y+chart.CurveY(0), left+width, y+chart.CurveY(0), chart.Paint{Stroke: "line-strong", Dash: "1 3"})
	p.Path(left, y, paths.Unknown, chart.Paint{Stroke: "ink-3", Dash: "1 4"})
	p.Path(left, y, paths.Designed, chart.Paint{Stroke: "designed", Width: 1.8, Dash: "6 4"})
	p.Path(left, y, paths.Lived, chart.Paint{Stroke: "ink", Width: 2})
	for i, s := range v.journey.Steps {
		if !known(s) {
			continue
		}
		x, at := left+stepWidth*(float64(i)+.5), y+chart.CurveY(s.Felt.Value)
		color := toneColor(ui.ValenceTone(s.Felt.Value))
		p.Line(x, y+chart.CurveY(s.Felt.High), x, y+chart.CurveY(s.Felt.Low), chart.Paint{Stroke: color, Width: 1.5})
		p.Rect(x-21, at-11, 42, 22, 11, chart.Paint{Fill: "surface", Stroke: color, Width: 1.5})
		p.Text(x, at+4, c.Format(s.Felt.Value), chart.Type{Bold: true, Color: color, Anchor: "middle"})
	}
	return y + chart.CurveHeight + 16
}

// legend tells which line is which, and returns where the map begins.
func (v view) legend(p *chart.Picture, y float64) float64 {
	x := pictureEdge
	for _, key := range []struct {
		text  string
		paint chart.Paint
	}{
		{v.L.T("ui.lived"), chart.Paint{Stroke: "ink", Width: 2}},
		{v.L.T("ui.designed"), chart.Paint{Stroke: "designed", Width: 2, Dash: "6 4"}},
	} {
		p.Line(x, y-4, x+20, y-4, key.paint)
		p.Text(x+26, y, key.text, chart.Type{Color: "ink-2"})
		x += 42 + chart.TextWidth(key.text, chart.Type{})
	}
	return y + 36
}

// first is the number of the first step of a stage.
func (v view) first(stage int) (n int) {
	for _, s := range v.stages()[:stage] {
		n += len(s.steps)
	}
	return n
}

// period says from when to when the runs were lived.
func (v view) period() string { return v.L.Dates(v.journey.Period) }

func stageColor(slug string) string {
	switch slug {
	case "during":
		return "accent"
	case "after":
		return "designed"
	}
	return "line-strong"
}

func toneColor(t ui.Tone) string {
	switch t {
	case ui.Positive:
		return "pos"
	case ui.Negative:
		return "neg"
	case ui.Neutral:
		return "ink-2"
	}
	return "ink"
}
