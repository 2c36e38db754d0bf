package tree

import "slices"

// Net is a workflow net: it begins with one token in place Initial and ends with
// one in place Final.
type Net struct {
	Places         int
	Transitions    []Transition
	Initial, Final int
}

// Transition takes a token from each place of In and puts one into each of Out.
type Transition struct {
	Label   int // −1: silent
	In, Out []int
}

// Arcs returns how many arcs the net has.
func (n *Net) Arcs() int {
	arcs := 0
	for _, t := range n.Transitions {
		arcs += len(t.In) + len(t.Out)
	}
	return arcs
}

// Net returns the tree as a workflow net of the same language, smaller than the
// plain translation (van der Aalst, Process Mining, 2016, §3.2.8): a silent
// transition that only hands a token on between two others is one with them
// (series fusion, Murata 1989). Places are numbered, initial first, final last.
func (t *Tree) Net() *Net {
	b := builder{}
	source, sink := b.place(), b.place()
	if t.Op == Sequence {
		b.draw(t, source, sink)
	} else { // a choice would take its token from, or a loop put it back into, the ends
		first, last := b.place(), b.place()
		b.add(-1, source, first)
		b.draw(t, first, last)
		b.add(-1, last, sink)
	}
	for b.fuse(source, sink) {
	}
	return b.net(source, sink)
}

type builder struct {
	places      int
	transitions []Transition
}

func (b *builder) place() int {
	b.places++
	return b.places - 1
}

func (b *builder) add(label, from, to int) {
	b.transitions = append(b.transitions, Transition{Label: label, In: []int{from}, Out: []int{to}})
}

// draw adds t between two places.
func (b *builder) draw(t *Tree, from, to int) {
	switch t.Op {
	case Tau:
		b.add(-1, from, to)
	case Leaf:
		b.add(t.Label, from, to)
	case Sequence:
		for i, c := range t.Children {
			next := to
			if i < len(t.Children)-1 {
				next = b.place()
			}
			b.draw(c, from, next)
			from = next
		}
	case Choice:
		for _, c := range t.Children {
			b.draw(c, from, to)
		}
	case Parallel:
		split, join := Transition{Label: -1, In: []int{from}}, Transition{Label: -1, Out: []int{to}}
		for _, c := range t.Children {
			in, out := b.place(), b.place()
			split.Out, join.In = append(split.Out, in), append(join.In, out)
			b.draw(c, in, out)
		}
		b.transitions = append(b.transitions, split, join)
	case Loop:
		in, out, again := b.place(), b.place(), b.place()
		b.add(-1, from, in)
		b.draw(t.Children[0], in, out)
		b.draw(t.Children[1], out, again)
		b.add(-1, again, in)
		b.add(-1, out, to)
	}
}

// fuse makes one of a silent transition and its only neighbour over a place, and
// reports whether there was such a pair.
func (b *builder) fuse(source, sink int) bool {
	makes, takes := make([][]int, b.places), make([][]int, b.places)
	for i, t := range b.transitions {
		for _, p := range t.In {
			takes[p] = append(takes[p], i)
		}
		for _, p := range t.Out {
			makes[p] = append(makes[p], i)
		}
	}
	for p := range b.places {
		if p == source || p == sink || len(makes[p]) != 1 || len(takes[p]) != 1 {
			continue
		}
		before, after := &b.transitions[makes[p][0]], &b.transitions[takes[p][0]]
		switch {
		case makes[p][0] == takes[p][0]:
			continue
		case after.Label < 0 && len(after.In) == 1:
			before.Out = append(without(before.Out, p), after.Out...)
			b.transitions = slices.Delete(b.transitions, takes[p][0], takes[p][0]+1)
		case before.Label < 0 && len(before.Out) == 1:
			after.In = append(without(after.In, p), before.In...)
			b.transitions = slices.Delete(b.transitions, makes[p][0], makes[p][0]+1)
		default:
			continue
		}
		return true
	}
	return false
}

func without(places []int, p int) []int {
	return slices.DeleteFunc(slices.Clone(places), func(q int) bool { return q == p })
}

// net numbers the places that are left.
func (b *builder) net(source, sink int) *Net {
	number := map[int]int{source: 0}
	for _, t := range b.transitions {
		for _, p := range slices.Concat(t.In, t.Out) {
			if _, known := number[p]; !known && p != sink {
				number[p] = len(number)
			}
		}
	}
	number[sink] = len(number)
	for _, t := range b.transitions {
		for _, arcs := range [][]int{t.In, t.Out} {
			for i, p := range arcs {
				arcs[i] = number[p]
			}
		}
	}
	return &Net{Places: len(number), Transitions: b.transitions, Initial: 0, Final: number[sink]}
}
