package chart

import (
	"fmt"
	"html"
	"strconv"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/web/tokens"
)

// Picture is a drawing for a file: SVG of a fixed size that needs no style
// sheet, in the light colours. Colours are named as tokens are; "" is none.
// Lengths are pixels, from the top left corner.
type Picture struct {
	Width, Height float64
	body          strings.Builder
}

// Paint is how a shape is filled and drawn around.
type Paint struct {
	Fill, Stroke string // tokens' names
	Width        float64
	Dash         string // as stroke-dasharray
}

func (p Paint) attributes() string {
	color := func(name string) string {
		if c, ok := tokens.Find(name); ok {
			return c.Light
		}
		return "none"
	}
	s := ` fill="` + color(p.Fill) + `"`
	if p.Stroke != "" {
		s += ` stroke="` + color(p.Stroke) + `" stroke-width="` + px(max(p.Width, 1)) + `"`
	}
	if p.Dash != "" {
		s += ` stroke-dasharray="` + p.Dash + `"`
	}
	return s
}

// Path draws SVG path data, moved by x and y.
func (p *Picture) Path(x, y float64, d string, paint Paint) {
	fmt.Fprintf(&p.body, `<path transform="translate(%s %s)" d="%s"%s/>`, px(x), px(y), html.EscapeString(d), paint.attributes())
}

// Line draws a straight line.
func (p *Picture) Line(x1, y1, x2, y2 float64, paint Paint) {
	fmt.Fprintf(&p.body, `<line x1="%s" y1="%s" x2="%s" y2="%s"%s/>`, px(x1), px(y1), px(x2), px(y2), paint.attributes())
}

// Rect draws a rectangle with round corners.
func (p *Picture) Rect(x, y, width, height, radius float64, paint Paint) {
	fmt.Fprintf(&p.body, `<rect x="%s" y="%s" width="%s" height="%s" rx="%s"%s/>`, px(x), px(y), px(width), px(height), px(radius), paint.attributes())
}

// Circle draws a circle.
func (p *Picture) Circle(x, y, radius float64, paint Paint) {
	fmt.Fprintf(&p.body, `<circle cx="%s" cy="%s" r="%s"%s/>`, px(x), px(y), px(radius), paint.attributes())
}

// Type is how a text is set.
type Type struct {
	Size   float64 // 0: 12
	Bold   bool
	Color  string // a token's name; "": ink
	Anchor string // start (""), middle or end
}

func (t Type) size() float64 {
	if t.Size == 0 {
		return 12
	}
	return t.Size
}

// Text writes one line; y is its base.
func (p *Picture) Text(x, y float64, text string, t Type) {
	weight := "400"
	if t.Bold {
		weight = "600"
	}
	if t.Color == "" {
		t.Color = "ink"
	}
	anchor := ""
	if t.Anchor != "" {
		anchor = ` text-anchor="` + t.Anchor + `"`
	}
	fmt.Fprintf(&p.body, `<text x="%s" y="%s" font-size="%s" font-weight="%s"%s%s>%s</text>`,
		px(x), px(y), px(t.size()), weight, anchor, Paint{Fill: t.Color}.attributes(), html.EscapeString(text))
}

// Paragraph writes a text in lines of at most that width, the first with its
// base at y, and returns how tall they are.
func (p *Picture) Paragraph(x, y, width float64, text string, t Type) float64 {
	lines := Wrap(text, width, t)
	for i, line := range lines {
		p.Text(x, y+float64(i)*t.size()*1.35, line, t)
	}
	return float64(len(lines)) * t.size() * 1.35
}

// Wrap parts a text into lines that take about that width at most. A word that
// is longer has a line of its own.
func Wrap(text string, width float64, t Type) (lines []string) {
	line := ""
	for _, word := range strings.Fields(text) {
		switch longer := strings.TrimSpace(line + " " + word); {
		case line == "" || TextWidth(longer, t) <= width:
			line = longer
		default:
			lines = append(lines, line)
			line = word
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// TextWidth tells about how wide a text is in the sans-serif fonts of the
// usual systems.
func TextWidth(text string, t Type) float64 {
	em := 0.0
	for _, r := range text {
		switch {
		case strings.ContainsRune("iíjlI.,:;'’|!·", r):
			em += .28
		case strings.ContainsRune("ftr()[]-/ «»", r):
			em += .38
		case strings.ContainsRune("mwMW%@", r):
			em += .88
		case r >= 'A' && r <= 'Z':
			em += .68
		default:
			em += .57
		}
	}
	if t.Bold {
		em *= 1.06
	}
	return em * t.size()
}

// Headed puts a heading above what is drawn: what it is of, and what it says.
func (p *Picture) Headed(of, says string) {
	const edge = 24.0
	var head Picture
	head.Text(edge, edge+10, of, Type{Color: "ink-3"})
	p.Width = max(p.Width, 480)
	height := edge + 18 + head.Paragraph(edge, edge+34, p.Width-2*edge, says, Type{Size: 16, Bold: true})
	body := p.body.String()
	p.body.Reset()
	p.body.WriteString(head.body.String() + `<g transform="translate(0 ` + px(height) + `)">` + body + `</g>`)
	p.Height += height
}

// SVG returns the file.
func (p *Picture) SVG() []byte {
	w, h := strconv.Itoa(int(p.Width)), strconv.Itoa(int(p.Height))
	ground, _ := tokens.Find("surface")
	return []byte(`<svg xmlns="http://www.w3.org/2000/svg" width="` + w + `" height="` + h + `" viewBox="0 0 ` + w + ` ` + h +
		`" font-family="Inter, system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"><rect width="` + w + `" height="` + h + `" fill="` + ground.Light + `"/>` + p.body.String() + `</svg>`)
}
