package table_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/vivencia-cx/vivencia/internal/act/policy/table"
	"github.com/vivencia-cx/vivencia/internal/expr"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// world are the values that each field may have: every class of the tests below has
// one among them.
var world = map[string][]any{
	"properties.n": {nil, -1.0, 0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 9.0},
	"properties.b": {nil, true, false},
	"properties.t": {nil, "x", "y", "z", "…"},
}

var fields = []string{"properties.n", "properties.b", "properties.t"}

func everywhere(fn func(at map[string]any)) {
	for _, n := range world[fields[0]] {
		for _, b := range world[fields[1]] {
			for _, t := range world[fields[2]] {
				fn(map[string]any{fields[0]: n, fields[1]: b, fields[2]: t})
			}
		}
	}
}

func leaf(t *rapid.T) expr.Formula {
	test := expr.Test{Field: rapid.SampledFrom(fields).Draw(t, "field")}
	switch test.Field {
	case fields[0]:
		test.Is = rapid.SampledFrom([]expr.Relation{expr.Equal, expr.Less, expr.AtMost, expr.Greater, expr.AtLeast}).Draw(t, "is")
		test.Value = rapid.SampledFrom([]any{0.0, 1.0, 2.0, 3.0}).Draw(t, "n")
	case fields[1]:
		test.Value = rapid.SampledFrom([]any{nil, true, false}).Draw(t, "b")
	default:
		test.Value = rapid.SampledFrom([]any{nil, "x", "y", "z"}).Draw(t, "t")
	}
	return expr.Formula{Op: expr.Leaf, Test: test}
}

func formula(t *rapid.T, depth int) expr.Formula {
	if depth == 0 {
		return leaf(t)
	}
	f := expr.Formula{Op: rapid.SampledFrom([]expr.Junction{expr.And, expr.Or, expr.Not, expr.Leaf}).Draw(t, "op")}
	switch f.Op {
	case expr.Leaf:
		return leaf(t)
	case expr.Not:
		f.Of = []expr.Formula{formula(t, depth-1)}
	case expr.And, expr.Or:
		for range rapid.IntRange(0, 3).Draw(t, "of") {
			f.Of = append(f.Of, formula(t, depth-1))
		}
	}
	return f
}

func row(t *rapid.T) expr.Formula {
	f := expr.Formula{Op: expr.And}
	for range rapid.IntRange(0, 4).Draw(t, "cells") {
		f.Of = append(f.Of, leaf(t))
	}
	return f
}

func holds(f expr.Formula, at map[string]any) bool {
	return f.Holds(func(test expr.Test) bool { return test.Holds(at[test.Field]) })
}

// letThrough tells whether the terms hold of a situation.
func letThrough(terms []table.Term, at map[string]any) bool {
	return !slices.ContainsFunc(terms, func(x table.Term) bool {
		n, number := at[x.Field].(float64)
		is := func(i int) float64 { return x.Values[i].(float64) }
		switch x.Op {
		case model.Is:
			return at[x.Field] != x.Values[0]
		case model.IsNot:
			return at[x.Field] == x.Values[0]
		case model.Below:
			return !number || n >= is(0)
		case model.AtMost:
			return !number || n > is(0)
		case model.Above:
			return !number || n <= is(0)
		case model.AtLeast:
			return !number || n < is(0)
		case model.Between:
			return !number || n < is(0) || n > is(1)
		case model.OneOf:
			return !slices.Contains(x.Values, at[x.Field])
		case model.Missing:
			return at[x.Field] != nil
		}
		return at[x.Field] == nil
	})
}

// told checks that the terms of a box tell a situation that there is, and only
// situations in which the formula holds.
func told(t *rapid.T, s *table.Space, b table.Box, in func(map[string]any) bool) {
	terms, found := s.Terms(b), false
	everywhere(func(at map[string]any) {
		if !letThrough(terms, at) {
			return
		}
		found = true
		if !in(at) {
			t.Fatalf("%v lets %v through", terms, at)
		}
	})
	if !found {
		t.Fatalf("%v lets nothing through", terms)
	}
	at := map[string]any{}
	for _, x := range terms {
		at[x.Field] = x.Example
	}
	for _, x := range terms {
		if x.Op != model.Present && !letThrough([]table.Term{x}, at) {
			t.Fatalf("%v is no example of %v", x.Example, x)
		}
	}
}

// What the solver finds is what trying every situation finds.
func TestSituationsAreThoseThatThereAre(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		f := formula(t, 3)
		want := false
		everywhere(func(at map[string]any) { want = want || holds(f, at) })
		s := table.NewSpace(f)
		b, ok, err := s.Situations(f)
		if err != nil || ok != want {
			t.Fatalf("%v, want %v: %v", ok, want, err)
		}
		if ok {
			told(t, s, b, func(at map[string]any) bool { return holds(f, at) })
		}
	})
}

// What a sweep over rows leaves is what trying every situation leaves, and what the
// solver says of the same.
func TestUncoveredIsWhatNoRowTakes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		within := row(t)
		var rows []expr.Formula
		for range rapid.IntRange(0, 6).Draw(t, "rows") {
			rows = append(rows, row(t))
		}
		s := table.NewSpace(append([]expr.Formula{within}, rows...)...)
		in, ok := s.BoxOf(within)
		if !ok {
			t.Fatal("a row is no box")
		}
		var boxes []table.Box
		for _, r := range rows {
			b, ok := s.BoxOf(r)
			if !ok {
				t.Fatal("a row is no box")
			}
			boxes = append(boxes, b)
		}
		left := func(at map[string]any) bool {
			return holds(within, at) && !slices.ContainsFunc(rows, func(r expr.Formula) bool { return holds(r, at) })
		}
		want := false
		everywhere(func(at map[string]any) { want = want || left(at) })
		b, got, err := s.Uncovered(in, boxes)
		if err != nil || got != want {
			t.Fatalf("%v, want %v: %v", got, want, err)
		}
		if got {
			told(t, s, b, left)
		}
		_, sat, err := s.Situations(expr.Formula{Op: expr.And, Of: []expr.Formula{within, {Op: expr.Not, Of: []expr.Formula{{Op: expr.Or, Of: rows}}}}})
		if err != nil || sat != want {
			t.Fatalf("the solver says %v, want %v: %v", sat, want, err)
		}
	})
}

func grid(n int) (rows []expr.Formula) {
	for i := range n {
		low, high := float64(i%50), float64(i/50)
		rows = append(rows, expr.Formula{Op: expr.And, Of: []expr.Formula{
			{Op: expr.Leaf, Test: expr.Test{Field: "properties.a", Is: expr.AtLeast, Value: low}},
			{Op: expr.Leaf, Test: expr.Test{Field: "properties.a", Is: expr.Less, Value: low + 1}},
			{Op: expr.Leaf, Test: expr.Test{Field: "properties.b", Is: expr.AtLeast, Value: high}},
			{Op: expr.Leaf, Test: expr.Test{Field: "properties.b", Is: expr.Less, Value: high + 1}},
			{Op: expr.Leaf, Test: expr.Test{Field: "properties.c", Value: fmt.Sprint(i % 3)}},
		}})
	}
	return rows
}

// A thousand rows are compared with all that stand above them.
func BenchmarkThousandRows(b *testing.B) {
	rows := grid(1000)
	for b.Loop() {
		s := table.NewSpace(rows...)
		var above []table.Box
		for _, r := range rows {
			box, _ := s.BoxOf(r)
			if _, ok, err := s.Uncovered(box, above); err != nil || !ok {
				b.Fatal("a cell of a grid is covered by the others", err)
			}
			above = append(above, box)
		}
		if _, ok, err := s.Uncovered(s.Everything(), above); err != nil || !ok {
			b.Fatal("a grid covers what is outside of it", err)
		}
	}
}
