package table

import (
	"cmp"
	"math"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/expr"
)

// Space is what situations are made of: the fields of some formulas, each cut into
// classes. It is immutable and safe for concurrent use.
type Space struct {
	fields []field
	at     map[string]int
}

type field struct {
	name    string
	classes []class
}

// class is a set of values of a field that no test tells apart.
type class struct {
	kind      kind
	value     any     // one of them; nil is missing
	low, high float64 // of a stretch: between them, the ends left out
}

type kind uint8

const (
	missing  kind = iota
	point         // one value
	stretch       // numbers between two
	other         // any text that no test names
	anything      // any value at all: only whether there is one is tested
	opaque        // value is whether the test holds
)

// NewSpace returns the space of all fields of the formulas, in the order of their
// first test.
func NewSpace(formulas ...expr.Formula) *Space {
	s := &Space{at: map[string]int{}}
	var constants [][]any
	var hidden []bool
	for _, f := range formulas {
		f.Tests(func(t expr.Test) {
			i, ok := s.at[t.Field]
			if !ok {
				i = len(s.fields)
				s.at[t.Field] = i
				s.fields = append(s.fields, field{name: t.Field})
				constants, hidden = append(constants, nil), append(hidden, false)
			}
			hidden[i] = hidden[i] || t.Is == expr.Opaque
			if t.Is != expr.Opaque && t.Value != nil && !slices.Contains(constants[i], t.Value) {
				constants[i] = append(constants[i], t.Value)
			}
		})
	}
	for i := range s.fields {
		s.fields[i].classes = classes(constants[i], hidden[i])
	}
	return s
}

// classes cuts a field at the constants that it is compared with: numbers in
// ascending order, then truth values, texts, and what is missing.
func classes(constants []any, hidden bool) (out []class) {
	if hidden {
		return []class{{kind: opaque, value: true}, {kind: opaque, value: false}}
	}
	var numbers []float64
	var texts []string
	truth := false
	for _, c := range constants {
		switch c := c.(type) {
		case float64:
			numbers = append(numbers, c)
		case string:
			texts = append(texts, c)
		case bool:
			truth = true
		}
	}
	slices.Sort(numbers)
	last := math.Inf(-1)
	for _, n := range numbers {
		out = append(out, between(last, n), class{kind: point, value: n})
		last = n
	}
	if len(numbers) > 0 {
		out = append(out, between(last, math.Inf(1)))
	}
	if truth {
		out = append(out, class{kind: point, value: true}, class{kind: point, value: false})
	}
	slices.Sort(texts)
	for _, t := range texts {
		out = append(out, class{kind: point, value: t})
	}
	if len(texts) > 0 {
		out = append(out, class{kind: other, value: unnamed(texts)})
	}
	if len(constants) == 0 {
		out = append(out, class{kind: anything, value: "x"})
	}
	return append(out, class{kind: missing})
}

// between is a stretch, and a plain number in it: whole and not negative if it can be.
func between(low, high float64) class {
	c := class{kind: stretch, low: low, high: high}
	switch {
	case math.IsInf(low, -1) && high > 0:
		c.value = max(0, math.Ceil(high)-1)
	case math.IsInf(low, -1):
		c.value = math.Ceil(high) - 1
	case math.Floor(low)+1 < high:
		c.value = math.Floor(low) + 1
	default:
		c.value = low + (high-low)/2
	}
	return c
}

// unnamed is a text that is none of those.
func unnamed(texts []string) string {
	for s := "…"; ; s += "…" {
		if !slices.Contains(texts, s) {
			return s
		}
	}
}

// holds tells whether a test holds of the values of a class.
func (c class) holds(t expr.Test) bool {
	switch c.kind {
	case opaque:
		return c.value == true
	case stretch, point, other, anything, missing:
	}
	return t.Holds(c.value)
}

// set is a set of classes of one field.
type set []uint64

func newSet(n int) set          { return make(set, (n+63)/64) }
func (s set) add(i int)         { s[i/64] |= 1 << (i % 64) }
func (s set) has(i int) bool    { return s[i/64]>>(i%64)&1 == 1 }
func (s set) empty() bool       { return !slices.ContainsFunc(s, func(w uint64) bool { return w != 0 }) }
func (s set) within(o set) bool { return s.and(o).equal(s) }
func (s set) equal(o set) bool  { return slices.Equal(s, o) }
func (s set) and(o set) set {
	out := slices.Clone(s)
	for i := range out {
		out[i] &= o[i]
	}
	return out
}

// Box is a set of situations: for each field of its space the classes that it may
// have; nil is any.
type Box []set

// Everything is the box of all situations.
func (s *Space) Everything() Box { return make(Box, len(s.fields)) }

// Empty tells whether no situation is in the box.
func (b Box) Empty() bool {
	return slices.ContainsFunc(b, func(s set) bool { return s != nil && s.empty() })
}

// And returns the situations that are in both.
func (b Box) And(o Box) Box {
	out := slices.Clone(b)
	for i, c := range o {
		switch {
		case out[i] == nil:
			out[i] = c
		case c != nil:
			out[i] = out[i].and(c)
		}
	}
	return out
}

// covers tells whether the box has every situation of the other, which is not
// empty, as far as fields from on go.
func (b Box) covers(o Box, from int) bool {
	for i := from; i < len(b); i++ {
		if b[i] != nil && (o[i] == nil || !o[i].within(b[i])) {
			return false
		}
	}
	return true
}

// BoxOf returns the box in which a formula holds; ok is false when that is no box.
func (s *Space) BoxOf(f expr.Formula) (b Box, ok bool) {
	b = s.Everything()
	return b, s.cut(b, f, true)
}

// cut takes from the box the situations in which f is not as said.
func (s *Space) cut(b Box, f expr.Formula, as bool) bool {
	switch {
	case f.Op == expr.Not:
		return s.cut(b, f.Of[0], !as)
	case f.Op == expr.And && as, f.Op == expr.Or && !as:
		for _, g := range f.Of {
			if !s.cut(b, g, as) {
				return false
			}
		}
		return true
	}
	at, ok := s.only(f)
	if !ok {
		return false
	}
	if at < 0 { // nothing is tested: an or of nothing holds nowhere
		if f.Holds(nil) != as && len(b) > 0 {
			b[0] = newSet(len(s.fields[0].classes))
		}
		return f.Holds(nil) == as || len(b) > 0
	}
	these := newSet(len(s.fields[at].classes))
	for i, c := range s.fields[at].classes {
		if f.Holds(c.holds) == as {
			these.add(i)
		}
	}
	if b[at] != nil {
		these = these.and(b[at])
	}
	b[at] = these
	return true
}

// only returns the one field that a formula tests; −1 when it tests none.
func (s *Space) only(f expr.Formula) (at int, ok bool) {
	at, ok = -1, true
	f.Tests(func(t expr.Test) {
		i := s.at[t.Field]
		ok = ok && (at < 0 || at == i)
		at = i
	})
	return at, ok
}

// rank orders classes by how well they tell people what a situation is.
func (c class) rank() int {
	n, number := c.value.(float64)
	switch {
	case c.kind == missing:
		return 4
	case c.kind == other, c.kind == anything:
		return 2
	case number && n < 0:
		return 3
	case number && c.kind == stretch:
		return 1
	}
	return 0
}

// best returns the class of a set that tells most.
func (f field) best(of set) int {
	best := -1
	for i, c := range f.classes {
		if (of == nil || of.has(i)) && (best < 0 || cmp.Less(c.rank(), f.classes[best].rank())) {
			best = i
		}
	}
	return best
}
