package table

import (
	"slices"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// maxSteps bounds a sweep: whether boxes cover a space is as hard a question as there
// is, though tables that people write take a few hundred steps.
const maxSteps = 200_000

// Uncovered returns a box of situations of within that no row has; ok is false when
// the rows cover it, and when it is empty. The error is cx.TooLarge when the rows are
// too entangled to tell.
func (s *Space) Uncovered(within Box, rows []Box) (b Box, ok bool, err error) {
	if within.Empty() {
		return nil, false, nil
	}
	w := sweep{Space: s}
	var active []Box
	for _, r := range rows {
		if !r.And(within).Empty() {
			active = append(active, r)
		}
	}
	b, ok = w.field(0, within, active)
	if w.steps > maxSteps {
		return nil, false, cx.Errorf(cx.TooLarge, "table.Uncovered", "the rows are too entangled to compare: write fewer fields, or fewer rows")
	}
	return b, ok, nil
}

type sweep struct {
	*Space
	steps int
}

// field sweeps over the classes of the field at, with the rows that have them, and
// looks on where the rows are the same.
func (w *sweep) field(at int, within Box, rows []Box) (Box, bool) {
	for at < len(w.fields) && !slices.ContainsFunc(rows, func(r Box) bool { return r[at] != nil }) {
		at++
	}
	if w.steps++; len(rows) == 0 {
		return within, true
	}
	if w.steps > maxSteps || slices.ContainsFunc(rows, func(r Box) bool { return r.covers(within, at) }) {
		return nil, false
	}
	n := len(w.fields[at].classes)
	groups := map[string]set{}
	var order []string
	key := make([]byte, (len(rows)+7)/8)
	for c := range n {
		if within[at] != nil && !within[at].has(c) {
			continue
		}
		clear(key)
		for i, r := range rows {
			if r[at] == nil || r[at].has(c) {
				key[i/8] |= 1 << (i % 8)
			}
		}
		g, ok := groups[string(key)]
		if !ok {
			g = newSet(n)
			groups[string(key)] = g
			order = append(order, string(key))
		}
		g.add(c)
	}
	for _, k := range order {
		next := slices.Clone(within)
		next[at] = groups[k]
		var active []Box
		for i, r := range rows {
			if k[i/8]>>(i%8)&1 == 1 {
				active = append(active, r)
			}
		}
		if b, ok := w.field(at+1, next, active); ok {
			return b, true
		}
	}
	return nil, false
}
