package main

import (
	"cmp"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// panelFile is a table of units at times while it is read: then a row of outcomes for
// each unit, with the same times, rising.
type panelFile struct {
	unit, time, outcome string
	without             []string

	rows  []panelRow
	bare  int  // rows without an outcome
	first *int // line of the first of them

	units []string // in the order of the file
	times []string
	y     [][]float64
	extra [][][]string // of unit and time: the cells of the other columns
	lines [][]int
}

// panelRow is a line of the file.
type panelRow struct {
	line       int
	unit, time string
	y          float64 // NaN: none
	extra      []string
}

// dates are how times may be written besides as numbers: as texts they sort as times.
var dates = regexp.MustCompile(`^\d{4}-(\d{2}(-\d{2}([T ]\d{2}(:\d{2}){0,2})?)?|W\d{2}|Q[1-4])$`)

// add reads a line: of columns unit, time, outcome, and others.
func (p *panelFile) add(line int, values []string, left *leftOut) error {
	if slices.Contains(p.without, values[0]) {
		return nil
	}
	y, is, ok := cell(values[2])
	_, number, numeric := cell(values[1])
	switch {
	case missing(values[0]):
		left.add(line, p.unit+" is missing")
		return nil
	case (!numeric || !number) && !dates.MatchString(values[1]):
		left.add(line, p.time+" is no number and no date such as 2026-05-31")
		return nil
	case !ok:
		return cx.Errorf(cx.Invalid, "analyse", "line %d: column %s is no number there: name one of numbers, or mend the line", line, p.outcome)
	case !is:
		if y = math.NaN(); p.first == nil {
			p.first = &line
		}
		p.bare++
	}
	row := panelRow{line, strings.Clone(values[0]), strings.Clone(values[1]), y, nil}
	for _, v := range values[3:] {
		row.extra = append(row.extra, strings.Clone(v))
	}
	p.rows = append(p.rows, row)
	return nil
}

// balance orders the rows by unit and time. Every unit has its outcome at every time,
// once, or it says which has not.
func (p *panelFile) balance() error {
	if len(p.rows) == 0 {
		return cx.Errorf(cx.Invalid, "analyse", "no line has a unit and a time")
	}
	if float64(p.bare) > mostMissing*float64(len(p.rows)) {
		return cx.Errorf(cx.Invalid, "analyse", "line %d: column %s has no outcome there, nor on %s of %s lines: name another column, or leave the times and units out that have none", *p.first, p.outcome, number(p.bare-1), number(len(p.rows)))
	}
	at, units := map[string]int{}, map[string]int{}
	for _, r := range p.rows {
		if _, known := at[r.time]; !known {
			at[r.time] = 0
			p.times = append(p.times, r.time)
		}
		if _, known := units[r.unit]; !known {
			units[r.unit] = len(p.units)
			p.units = append(p.units, r.unit)
		}
	}
	slices.SortFunc(p.times, earlier)
	for t, name := range p.times {
		at[name] = t
	}
	for range p.units {
		row := make([]float64, len(p.times))
		p.y, p.extra, p.lines = append(p.y, row), append(p.extra, make([][]string, len(row))), append(p.lines, make([]int, len(row)))
	}
	for _, r := range p.rows {
		u, t := units[r.unit], at[r.time]
		if before := p.lines[u][t]; before > 0 {
			return cx.Errorf(cx.Invalid, "analyse", "line %d: unit %q at %s was on line %d already: give one line a unit and time", r.line, r.unit, r.time, before)
		}
		p.y[u][t], p.extra[u][t], p.lines[u][t] = r.y, r.extra, r.line
	}
	for u, name := range p.units {
		for t, line := range p.lines[u] {
			switch where := fmt.Sprintf("line %d: ", line); {
			case line == 0:
				return cx.Errorf(cx.Invalid, "analyse", "unit %q has no line at %s: every unit needs its outcome at every time. Give it, or leave the unit out with --without %q", name, p.times[t], name)
			case math.IsNaN(p.y[u][t]):
				return cx.Errorf(cx.Invalid, "analyse", "%sunit %q has no outcome at %s: every unit needs it at every time. Give it, or leave the unit out with --without %q", where, name, p.times[t], name)
			}
		}
	}
	return nil
}

// earlier compares times: numbers as such, dates as they are written.
func earlier(a, b string) int {
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	if errX == nil && errY == nil {
		return cmp.Compare(x, y)
	}
	return cmp.Compare(a, b)
}

// since returns the place of the first time that is not before from: as many as there
// are when none is, −1 when from is no time of their kind.
func (p *panelFile) since(from string) int {
	_, number := cell1(from)
	_, numbers := cell1(p.times[0])
	if number != numbers || !number && !dates.MatchString(from) {
		return -1
	}
	for t, name := range p.times {
		if earlier(name, from) >= 0 {
			return t
		}
	}
	return len(p.times)
}

// cell1 reads a number that is there.
func cell1(s string) (float64, bool) {
	v, known, ok := cell(s)
	return v, known && ok
}

// firsts returns of each unit the place of its first time, −1: never.
func (p *panelFile) firsts(column string) ([]int, error) {
	out := make([]int, len(p.units))
	for u, name := range p.units {
		said := p.extra[u][0][0]
		for t := range p.times {
			if v := p.extra[u][t][0]; v != said {
				return nil, cx.Errorf(cx.Invalid, "analyse", "line %d: unit %q has %s %q, and %q on line %d: a unit has one first time", p.lines[u][t], name, column, v, said, p.lines[u][0])
			}
		}
		if v, number := cell1(said); missing(said) || number && v == 0 || strings.EqualFold(said, "never") {
			out[u] = -1
			continue
		}
		if out[u] = p.since(said); out[u] < 0 {
			return nil, cx.Errorf(cx.Invalid, "analyse", "line %d: column %s is %q, which is no time as column %s has them: write it so, or 0 for never", p.lines[u][0], column, said, p.time)
		}
	}
	return out, nil
}

// predictors returns of each unit the means of the columns before from, where they are
// known, and the outcome at the first, the middle and the last time before.
func (p *panelFile) predictors(columns []string, from int) ([][]float64, error) {
	like := make([][]float64, len(p.units))
	for u, name := range p.units {
		for c, column := range columns {
			sum, n := 0., 0.
			for t := range from {
				v, is, ok := cell(p.extra[u][t][c])
				switch {
				case !ok:
					return nil, cx.Errorf(cx.Invalid, "analyse", "line %d: column %s is no number there: name one of numbers, or mend the line", p.lines[u][t], column)
				case is:
					sum += v
					n++
				}
			}
			if n == 0 {
				return nil, cx.Errorf(cx.Invalid, "analyse", "line %d: unit %q has no %s before %s: leave the unit out (--without %q) or the column", p.lines[u][0], name, column, p.times[from], name)
			}
			like[u] = append(like[u], sum/n)
		}
		for _, t := range slices.Compact([]int{0, (from - 1) / 2, from - 1}) {
			like[u] = append(like[u], p.y[u][t])
		}
	}
	return like, nil
}

// some lists the first names.
func some(names []string) string {
	const most = 10
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return strings.Join(names[:most], ", ") + " … (" + number(len(names)) + ")"
}
