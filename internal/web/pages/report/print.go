package report

import (
	"github.com/vivencia-cx/vivencia/internal/web/paper"
	"github.com/vivencia-cx/vivencia/internal/web/tokens"
)

// The sheet, in millimetres.
const (
	pageWidth, pageHeight = 210.0, 297.0
	edge                  = 20.0
	column                = pageWidth - 2*edge
)

// printing lays a report out on as many sheets as it takes.
type printing struct {
	sheets []*paper.Sheet
	y      float64 // the last base line
}

func (p *printing) sheet() *paper.Sheet { return p.sheets[len(p.sheets)-1] }

// room begins another sheet when so much is not left.
func (p *printing) room(height float64) error {
	if len(p.sheets) > 0 && p.y+height <= pageHeight-edge {
		return nil
	}
	s, err := paper.New(pageWidth, pageHeight)
	if err != nil {
		return err
	}
	s.Rect(color("accent"), 0, 0, pageWidth, 4)
	p.sheets, p.y = append(p.sheets, s), edge
	return nil
}

// text writes a paragraph.
func (p *printing) text(text string, w paper.Weight, ink string, size, before float64) error {
	if err := p.room(before + size); err != nil {
		return err
	}
	p.y += before
	for _, row := range p.sheet().Wrap(text, w, size, column) {
		if err := p.room(1.4 * size); err != nil {
			return err
		}
		p.y += 1.4 * size
		p.sheet().Write(row, w, color(ink), size, edge, p.y)
	}
	return nil
}

// curve draws an indicator by week: its interval as a band, and its line.
func (p *printing) curve(i indicator) error {
	const height, width = 22.0, column
	var weeks []struct{ value, low, high float64 }
	least, most := 0.0, 0.0
	for _, w := range i.Weeks {
		if w.N == 0 {
			continue
		}
		if len(weeks) == 0 {
			least, most = w.Low, w.High
		}
		least, most = min(least, w.Low), max(most, w.High)
		weeks = append(weeks, struct{ value, low, high float64 }{w.Value, w.Low, w.High})
	}
	if len(weeks) < 2 || !(most > least) {
		return nil
	}
	if err := p.room(height + 4); err != nil {
		return err
	}
	top := p.y + 3
	at := func(n int, v float64) paper.Point {
		return paper.Point{X: edge + width*float64(n)/float64(len(weeks)-1), Y: top + height*(most-v)/(most-least)}
	}
	var band, line []paper.Point
	for n, w := range weeks {
		band, line = append(band, at(n, w.high)), append(line, at(n, w.value))
	}
	const half = .35 // of the line's width
	for n := len(weeks) - 1; n >= 0; n-- {
		band = append(band, at(n, weeks[n].low))
		line = append(line, paper.Point{X: line[n].X, Y: line[n].Y + half})
	}
	for n := range weeks {
		line[n].Y -= half
	}
	p.sheet().Fill(color("band"), polygon(band))
	p.sheet().Fill(color("accent"), polygon(line))
	p.y = top + height
	return nil
}

func polygon(points []paper.Point) (path []paper.Step) {
	for n, at := range points {
		command := byte('L')
		if n == 0 {
			command = 'M'
		}
		path = append(path, paper.Step{Command: command, To: [3]paper.Point{at}})
	}
	return append(path, paper.Step{Command: 'Z'})
}

func color(name string) string {
	c, _ := tokens.Find(name)
	return c.Light
}

// pdf writes the report as a file.
func (w writer) pdf() ([]byte, error) {
	sheets, err := w.sheets()
	if err != nil {
		return nil, err
	}
	return paper.PDF(w.model.Company.Name+" · "+w.title(), w.Lang, sheets...)
}

// sheets lays the report out.
func (w writer) sheets() ([]*paper.Sheet, error) {
	p := &printing{}
	var failed error
	text := func(s string, weight paper.Weight, ink string, size, before float64) {
		if failed == nil {
			failed = p.text(s, weight, ink, size, before)
		}
	}
	heading := func(key string) { text(w.T(key), paper.Bold, "accent", 5, 7) }
	text(w.title(), paper.Bold, "ink", 8, 0)
	text(w.kicker(), paper.Regular, "ink-2", 3.8, 2)
	for _, i := range w.indicators() {
		text(i.label, paper.Bold, "ink", 4.4, 6)
		text(w.now(i)+" · "+w.change(i), paper.Regular, "ink-2", 4, 0)
		if failed == nil {
			failed = p.curve(i)
		}
	}
	if len(w.stories()) > 0 {
		heading("report.stories")
	}
	for _, s := range w.stories() {
		text(s, paper.Regular, "ink", 4, 2)
	}
	heading("report.risk")
	text(w.atRisk(), paper.Regular, "ink", 4, 1)
	if len(w.others()) > 0 {
		heading("report.initiatives")
	}
	for _, s := range w.others() {
		text(s, paper.Regular, "ink", 4, 2)
	}
	heading("report.decision.title")
	text(w.decision(), paper.Regular, "ink", 4, 1)
	return p.sheets, failed
}
