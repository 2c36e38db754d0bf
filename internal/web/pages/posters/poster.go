package posters

import (
	"image/color"
	"strings"

	"github.com/boombuler/barcode/qr"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/web/paper"
	"github.com/vivencia-cx/vivencia/internal/web/tokens"
)

// Size is a sheet of paper.
type Size string

// The sizes: a wall's, and a counter's. An A6 is an A4 at half its length.
const (
	A4 Size = "a4"
	A6 Size = "a6"
)

// Poster is what hangs at a place of the company.
type Poster struct {
	Company  string
	Question string
	Call     string // what to do: "Scan and answer"
	Or       string // what to do without a camera: "or go to"
	Address  string // where the code leads, in full
	Place    string // where it hangs; may be ""
	Lang     string
	Size     Size
}

// SVG returns the poster as an SVG file of its real size.
func (p Poster) SVG() ([]byte, error) {
	s, err := p.draw()
	if err != nil {
		return nil, err
	}
	return s.SVG(p.Lang), nil
}

// PDF returns the poster as a PDF of one page of its real size.
func (p Poster) PDF() ([]byte, error) {
	s, err := p.draw()
	if err != nil {
		return nil, err
	}
	return paper.PDF(p.Company+" · "+p.Question, p.Lang, s)
}

// draw lays the poster out on a sheet, in millimetres of an A4.
func (p Poster) draw() (*paper.Sheet, error) {
	const (
		width, height = 210.0, 297.0
		text          = 170.0 // the width of words
		code          = 118.0 // the side of the code, its margin included
	)
	k := 1.0
	if p.Size == A6 {
		k = .5
	}
	s, err := paper.New(width*k, height*k)
	if err != nil {
		return nil, err
	}
	ink, quiet, accent := colorOf("ink"), colorOf("ink-2"), colorOf("accent")
	s.Rect(accent, 0, 0, width*k, 7*k)
	s.Paragraph(p.Company, paper.Bold, accent, text*k, 9*k, 5*k, 1, 30*k)
	s.Paragraph(p.Question, paper.Bold, ink, text*k, 17*k, 8*k, 4, 50*k)
	top := 128.0
	if err := draw(s, p.Address, (width-code)/2*k, top*k, code*k); err != nil {
		return nil, err
	}
	y := s.Paragraph(p.Call, paper.Bold, ink, text*k, 8*k, 5*k, 2, (top+code+10)*k)
	y = s.Paragraph(p.Or+" "+short(p.Address), paper.Regular, quiet, text*k, 5.5*k, 2.5*k, 2, y+8*k)
	if p.Place != "" {
		s.Paragraph(p.Place, paper.Regular, quiet, text*k, 5*k, 3.5*k, 1, max(y+8*k, 286*k))
	}
	return s, nil
}

// draw draws a QR code that survives the loss of a quarter of it (level Q), with
// the four modules of margin that readers want.
func draw(s *paper.Sheet, text string, x, y, side float64) error {
	code, err := qr.Encode(text, qr.Q, qr.Auto)
	if err != nil {
		return cx.Errorf(cx.Invalid, "posters.code", "this link is too long for a code: %w", err)
	}
	const margin = 4
	modules := code.Bounds().Dx()
	module := side / float64(modules+2*margin)
	var path []paper.Step
	for row := range modules {
		for from := 0; from < modules; from++ {
			to := from
			for to < modules && code.At(to, row) == color.Black {
				to++
			}
			if to > from {
				path = paper.Box(path, x+float64(from+margin)*module, y+float64(row+margin)*module, float64(to-from)*module, module)
				from = to
			}
		}
	}
	s.Fill("#000000", path)
	return nil
}

// short is an address as people type it.
func short(address string) string {
	address = strings.TrimPrefix(strings.TrimPrefix(address, "https://"), "http://")
	return strings.TrimSuffix(address, "/")
}

func colorOf(name string) string {
	c, _ := tokens.Find(name)
	return c.Light
}
