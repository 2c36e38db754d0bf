package discover

import (
	"slices"

	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/tree"
)

// mostAlone is how many activities a part of the log may have for single ones to
// be told apart from the rest; past it that would take minutes.
const mostAlone = 128

// Inductive returns the tree that the inductive miner finds in the variants; its
// labels are the activities. Every variant fits it when noise is 0. With noise,
// 0–1, where no cut is found it is looked for again without the edges that are
// rarer than that share of the commonest edge from the same activity; what does
// not fit the cut is then left out. No variants give the silent tree.
func Inductive(variants []eventlog.Variant, noise float64) *tree.Tree {
	traces := make([]trace, len(variants))
	for i, v := range variants {
		traces[i] = trace{v.Activities, v.Cases}
	}
	return miner{noise}.mine(gather(traces)).Reduce()
}

// trace is a stretch of a variant, and how many cases lived it.
type trace struct {
	activities []uint16
	cases      int
}

// gather makes one of traces that are the same, in the order first seen.
func gather(traces []trace) []trace {
	out := make([]trace, 0, len(traces))
	place := make(map[string]int, len(traces))
	var key []byte
	for _, t := range traces {
		key = key[:0]
		for _, a := range t.activities {
			key = append(key, byte(a), byte(a>>8))
		}
		if i, known := place[string(key)]; known {
			out[i].cases += t.cases
			continue
		}
		place[string(key)] = len(out)
		out = append(out, t)
	}
	return out
}

type miner struct{ noise float64 }

// mine returns the tree of a log, whose traces are all different.
func (m miner) mine(log []trace) *tree.Tree {
	log, empty := m.withoutEmpty(log)
	if len(log) == 0 {
		return tree.Silent()
	}
	t := m.voiced(log)
	if empty {
		return tree.New(tree.Choice, tree.Silent(), t)
	}
	return t
}

// withoutEmpty takes the empty trace out, and reports whether it was common
// enough to count.
func (m miner) withoutEmpty(log []trace) ([]trace, bool) {
	i := slices.IndexFunc(log, func(t trace) bool { return len(t.activities) == 0 })
	if i < 0 {
		return log, false
	}
	all := 0
	for _, t := range log {
		all += t.cases
	}
	return slices.Delete(slices.Clone(log), i, i+1), float64(log[i].cases) > m.noise*float64(all)
}

// voiced returns the tree of a log in which every trace has an event.
func (m miner) voiced(log []trace) *tree.Tree {
	if len(log) == 1 && len(log[0].activities) == 1 {
		return tree.Of(int(log[0].activities[0]))
	}
	g := graphOf(log)
	c, found := g.cut()
	if !found && m.noise > 0 {
		c, found = g.frequent(m.noise).cut()
	}
	if !found {
		return m.fallThrough(log, g)
	}
	t := tree.New(c.op)
	for _, part := range c.split(log) {
		t.Children = append(t.Children, m.mine(part))
	}
	return t
}

// fallThrough returns the tree of a log without a cut: the first of the
// weaker patterns that holds.
func (m miner) fallThrough(log []trace, g *graph) *tree.Tree {
	if a, ok := oncePerTrace(log, g); ok {
		return tree.New(tree.Parallel, tree.Of(int(a)), m.mine(without(log, a)))
	}
	if a, ok := m.alone(log, g); ok {
		cut := cut{tree.Parallel, [][]uint16{{a}, slices.DeleteFunc(slices.Clone(g.activities), func(b uint16) bool { return a == b })}}
		parts := cut.split(log)
		return tree.New(tree.Parallel, m.mine(parts[0]), m.mine(parts[1]))
	}
	for _, strict := range []bool{true, false} {
		if parts := again(log, g, strict); len(parts) > 0 {
			return tree.New(tree.Loop, m.mine(parts), tree.Silent())
		}
	}
	flower := tree.New(tree.Choice)
	for _, a := range g.activities {
		flower.Children = append(flower.Children, tree.Of(int(a)))
	}
	return tree.New(tree.Loop, tree.Silent(), flower)
}

// oncePerTrace returns an activity that every trace has exactly once.
func oncePerTrace(log []trace, g *graph) (uint16, bool) {
	if len(g.activities) == 1 || len(g.activities) > mostAlone {
		return 0, false
	}
	for _, a := range g.activities {
		if !slices.ContainsFunc(log, func(t trace) bool { return count(t.activities, a) != 1 }) {
			return a, true
		}
	}
	return 0, false
}

func count(activities []uint16, a uint16) (n int) {
	for _, b := range activities {
		if a == b {
			n++
		}
	}
	return n
}

// alone returns an activity without which the log has a cut.
func (m miner) alone(log []trace, g *graph) (uint16, bool) {
	if len(g.activities) == 1 || len(g.activities) > mostAlone {
		return 0, false
	}
	for _, a := range g.activities {
		if _, found := graphOf(without(log, a)).cut(); found {
			return a, true
		}
	}
	return 0, false
}

func without(log []trace, a uint16) []trace {
	out := make([]trace, len(log))
	for i, t := range log {
		out[i] = trace{slices.DeleteFunc(slices.Clone(t.activities), func(b uint16) bool { return a == b }), t.cases}
	}
	return gather(out)
}

// again splits traces before every activity that begins traces; when strict,
// only after one that ends them. None when nothing is split.
func again(log []trace, g *graph, strict bool) []trace {
	var out []trace
	split := false
	for _, t := range log {
		from := 0
		for i := 1; i < len(t.activities); i++ {
			if g.starts(t.activities[i]) && (!strict || g.ends(t.activities[i-1])) {
				out = append(out, trace{t.activities[from:i], t.cases})
				from, split = i, true
			}
		}
		out = append(out, trace{t.activities[from:], t.cases})
	}
	if !split {
		return nil
	}
	return gather(out)
}
