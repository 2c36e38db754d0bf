package table

import (
	"slices"

	"github.com/crillab/gophersat/solver"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/expr"
)

// Limits of what is given to the solver.
const (
	maxTests    = 4_000
	maxLiterals = 2_000_000
)

// Situations returns a box of situations in which the formula holds; ok is false
// when there is none. The error is cx.TooLarge when the formula is too long to tell.
func (s *Space) Situations(f expr.Formula) (b Box, ok bool, err error) {
	if b, isBox := s.BoxOf(f); isBox {
		return b, !b.Empty(), nil
	}
	at, ok, err := s.solve(f, nil)
	if err != nil || !ok {
		return nil, false, err
	}
	return s.widen(f, at)
}

// widen makes a box of one situation: field by field as wide as the formula holds
// in all of it.
func (s *Space) widen(f expr.Formula, at []int) (Box, bool, error) {
	b := make(Box, len(s.fields))
	for i, c := range at {
		b[i] = newSet(len(s.fields[i].classes))
		b[i].add(c)
	}
	not := expr.Formula{Op: expr.Not, Of: []expr.Formula{f}}
	for i := range b {
		was := b[i]
		if !tested(f, s.fields[i].name) {
			b[i] = nil
			continue
		}
		b[i] = nil
		_, outside, err := s.solve(not, b)
		if err != nil {
			return nil, false, err
		}
		if !outside {
			continue
		}
		b[i] = slices.Clone(was)
		for c := range s.fields[i].classes {
			if b[i].has(c) {
				continue
			}
			wider := slices.Clone(b[i])
			wider.add(c)
			was, b[i] = b[i], wider
			if _, outside, err = s.solve(not, b); err != nil {
				return nil, false, err
			}
			if outside {
				b[i] = was
			}
		}
	}
	return b, true, nil
}

func tested(f expr.Formula, field string) (yes bool) {
	f.Tests(func(t expr.Test) { yes = yes || t.Field == field })
	return yes
}

// encoding turns a formula into clauses: a variable for each class, of which exactly
// one of a field holds, and one for each junction (Tseitin 1968).
type encoding struct {
	*Space
	clauses  [][]int
	next     int
	literals int
	class    []int // the variable of a field's first class
}

// solve returns the class of each field in a situation within the box in which the
// formula holds.
func (s *Space) solve(f expr.Formula, within Box) (at []int, ok bool, err error) {
	const op = "table.solve"
	tests := 0
	f.Tests(func(expr.Test) { tests++ })
	if tests > maxTests {
		return nil, false, cx.Errorf(cx.TooLarge, op, "the conditions have %d comparisons, and %d is the most that can be compared: write fewer", tests, maxTests)
	}
	e := &encoding{Space: s, next: 1}
	for i, fd := range s.fields {
		e.class = append(e.class, e.next)
		first := e.next
		e.next += len(fd.classes)
		e.exactlyOne(first, len(fd.classes))
		for c := range fd.classes {
			if within != nil && within[i] != nil && !within[i].has(c) {
				e.clause(-(first + c))
			}
		}
	}
	e.clause(e.formula(f))
	if e.literals > maxLiterals {
		return nil, false, cx.Errorf(cx.TooLarge, op, "the conditions are too long to be compared: write fewer rows")
	}
	if len(s.fields) == 0 {
		return nil, f.Holds(nil), nil
	}
	sv := solver.New(solver.ParseSlice(e.clauses))
	if sv.Solve() != solver.Sat {
		return nil, false, nil
	}
	model := sv.Model()
	at = make([]int, len(s.fields))
	for i, fd := range s.fields {
		for c := range fd.classes {
			if v := e.class[i] + c; v <= len(model) && model[v-1] {
				at[i] = c
			}
		}
	}
	return at, true, nil
}

func (e *encoding) clause(literals ...int) {
	if e.literals += len(literals); e.literals <= maxLiterals {
		e.clauses = append(e.clauses, literals)
	}
}

func (e *encoding) fresh() int {
	e.next++
	return e.next - 1
}

// exactlyOne adds that one of n variables holds, by a ladder (Sinz 2005).
func (e *encoding) exactlyOne(first, n int) {
	all := make([]int, n)
	for i := range all {
		all[i] = first + i
	}
	e.clause(all...)
	if n < 2 {
		return
	}
	before := e.fresh()
	e.clause(-first, before)
	for i := 1; i < n; i++ {
		e.clause(-(first + i), -before)
		if i < n-1 {
			next := e.fresh()
			e.clause(-before, next)
			e.clause(-(first + i), next)
			before = next
		}
	}
}

// formula returns a literal that is true exactly where the formula holds.
func (e *encoding) formula(f expr.Formula) int {
	var of []int
	switch f.Op {
	case expr.Not:
		return -e.formula(f.Of[0])
	case expr.Leaf:
		i := e.at[f.Test.Field]
		for c, cl := range e.fields[i].classes {
			if cl.holds(f.Test) {
				of = append(of, e.class[i]+c)
			}
		}
	case expr.And, expr.Or:
		for _, g := range f.Of {
			l := e.formula(g)
			if f.Op == expr.And {
				l = -l
			}
			of = append(of, l)
		}
	}
	or := e.fresh()
	e.clause(append([]int{-or}, of...)...)
	for _, l := range of {
		e.clause(or, -l)
	}
	if f.Op == expr.And {
		return -or
	}
	return or
}
