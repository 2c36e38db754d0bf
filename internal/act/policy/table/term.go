package table

import (
	"math"

	"github.com/vivencia-cx/vivencia/internal/model"
)

// Term is one thing that is so in a situation.
type Term struct {
	model.Cell
	Example any  // a value that is so: nil is missing
	Opaque  bool // Field is an expression, and Example whether it holds
}

// Terms tells what is so in a box, in the order of the fields; fields that may have
// any value are left out. What cannot be said in a few terms is told narrower: every
// situation that the terms let through is in the box, which is not empty, as long as
// a field has values of one type.
func (s *Space) Terms(b Box) (terms []Term) {
	for i, f := range s.fields {
		if b[i] != nil {
			terms = append(terms, f.terms(b[i])...)
		}
	}
	return terms
}

func (f field) terms(of set) []Term {
	n := 0
	for i := range f.classes {
		if of.has(i) {
			n++
		}
	}
	if n == len(f.classes) {
		return nil
	}
	best := f.best(of)
	c := f.classes[best]
	term := func(op model.Op, values ...any) Term {
		return Term{Cell: model.Cell{Field: f.name, Op: op, Values: values}, Example: c.value}
	}
	if n == len(f.classes)-1 { // all but one
		for i, left := range f.classes {
			switch {
			case of.has(i):
			case left.kind == missing:
				return []Term{term(model.Present)}
			case left.kind == point:
				return []Term{term(model.IsNot, left.value)}
			}
		}
	}
	switch c.kind {
	case opaque:
		t := term(model.Is, c.value)
		t.Opaque = true
		return []Term{t}
	case missing:
		return []Term{term(model.Missing)}
	case anything:
		return []Term{term(model.Present)}
	case other:
		var out []Term
		for _, d := range f.classes {
			if _, text := d.value.(string); text && d.kind == point {
				out = append(out, term(model.IsNot, d.value))
			}
		}
		return append(out, term(model.Present))
	case point, stretch:
	}
	if _, number := c.value.(float64); number {
		return f.numbers(of, best, term)
	}
	values := []any{}
	for i, d := range f.classes {
		if _, text := d.value.(string); of.has(i) && d.kind == point && text {
			values = append(values, d.value)
		}
	}
	if len(values) > 1 {
		return []Term{term(model.OneOf, values...)}
	}
	return []Term{term(model.Is, c.value)}
}

// numbers tells the run of numbers of a set around a class.
func (f field) numbers(of set, at int, term func(model.Op, ...any) Term) (out []Term) {
	from, to := at, at
	isNumber := func(i int) bool {
		_, number := f.classes[i].value.(float64)
		return number && of.has(i)
	}
	for from > 0 && isNumber(from-1) {
		from--
	}
	for to+1 < len(f.classes) && isNumber(to+1) {
		to++
	}
	low, high := f.classes[from], f.classes[to]
	if from == to && low.kind == point {
		return []Term{term(model.Is, low.value)}
	}
	if low.kind == point && high.kind == point {
		return []Term{term(model.Between, low.value, high.value)}
	}
	if low.kind == point {
		out = append(out, term(model.AtLeast, low.value))
	} else if !math.IsInf(low.low, -1) {
		out = append(out, term(model.Above, low.low))
	}
	if high.kind == point {
		out = append(out, term(model.AtMost, high.value))
	} else if !math.IsInf(high.high, 1) {
		out = append(out, term(model.Below, high.high))
	}
	if len(out) > 0 || from == to {
		return out
	}
	only := newSet(len(f.classes))
	only.add(at)
	return f.numbers(only, at, term)
}
