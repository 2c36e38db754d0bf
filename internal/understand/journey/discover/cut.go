package discover

import (
	"slices"

	"github.com/vivencia-cx/vivencia/internal/understand/journey/tree"
)

// cut parts the activities of a log by how their parts relate. Of a loop, the
// first part is lived once and again, the second between.
type cut struct {
	op    tree.Operator
	parts [][]uint16
}

// cut returns the first cut that the graph has, of choice, sequence, parallel
// and loop; false when it has none.
func (g *graph) cut() (cut, bool) {
	if len(g.activities) < 2 {
		return cut{}, false
	}
	for _, try := range []struct {
		op  tree.Operator
		cut func() [][]int
	}{{tree.Choice, g.choice}, {tree.Sequence, g.sequence}, {tree.Parallel, g.parallel}, {tree.Loop, g.loop}} {
		if groups := try.cut(); len(groups) > 1 {
			return cut{try.op, g.named(groups)}, true
		}
	}
	return cut{}, false
}

func (g *graph) named(groups [][]int) [][]uint16 {
	out := make([][]uint16, len(groups))
	for i, group := range groups {
		for _, p := range group {
			out[i] = append(out[i], g.activities[p])
		}
	}
	return out
}

// choice: nothing leads from one part to another.
func (g *graph) choice() [][]int {
	p := newParts(len(g.activities))
	for i, next := range g.next {
		for j := range next {
			p.join(i, j)
		}
	}
	return p.groups()
}

// mostApart is between how many parts it is looked for a sequence.
const mostApart = 1 << 14

// sequence: from each part every later one can be reached, and no earlier one.
// It is strict: parts that are only ever left out together are one.
func (g *graph) sequence() [][]int {
	strong, of := g.strong()
	if len(strong) == 1 || len(strong) > mostApart {
		return nil
	}
	reach := g.reach(strong, of)
	p := newParts(len(strong))
	for i := range strong {
		for j := range i { // from an earlier part no later one is reached
			if !reach[i].Has(j) {
				p.join(i, j)
			}
		}
	}
	var groups [][]int
	for _, joined := range p.groups() {
		var group []int
		for _, i := range joined {
			group = append(group, strong[i]...)
		}
		slices.Sort(group)
		groups = append(groups, group)
	}
	slices.SortFunc(groups, func(a, b []int) int { return of[b[0]] - of[a[0]] })
	return g.strict(groups)
}

// strict joins to each group that may be left out those beside it that are never
// lived without it: the ones before it from which no edge leaps over it, the ones
// after it to which none does.
func (g *graph) strict(groups [][]int) [][]int {
	n := len(groups)
	of := make([]int, len(g.activities))
	for i, group := range groups {
		for _, a := range group {
			of[a] = i
		}
	}
	// Of each group: the first from which an edge comes, the last to which one
	// goes; −1 is the beginning, n the end. leapt: an edge leaps over it.
	first, last, leapt := make([]int, n), make([]int, n), make([]bool, n)
	for i := range n {
		first[i], last[i] = i, i
	}
	edge := func(from, to int) {
		if to < n {
			first[to] = min(first[to], from)
		}
		if from >= 0 {
			last[from] = max(last[from], to)
		}
		for i := from + 1; i < to; i++ {
			leapt[i] = true
		}
	}
	for i, next := range g.next {
		if g.start[i] > 0 {
			edge(-1, of[i])
		}
		if g.end[i] > 0 {
			edge(of[i], n)
		}
		for j := range next {
			edge(of[i], of[j])
		}
	}
	p := newParts(n)
	join := func(i, j int) {
		furthest := max(last[p.find(i)], last[p.find(j)])
		p.join(i, j)
		last[p.find(i)] = furthest
	}
	for i := range n {
		if !leapt[i] {
			continue
		}
		for j := i - 1; j >= 0 && last[p.find(j)] <= i; j-- {
			join(i, j)
		}
		for j := i + 1; j < n && first[j] >= i; j++ {
			join(i, j)
		}
	}
	var out [][]int
	for _, joined := range p.groups() {
		var group []int
		for _, i := range joined {
			group = append(group, groups[i]...)
		}
		slices.Sort(group)
		out = append(out, group)
	}
	return out
}

// parallel: whatever is in one part may directly follow, and be followed by,
// whatever is in another, and each part may begin and end.
func (g *graph) parallel() [][]int {
	p := newParts(len(g.activities))
	rest := make([]int, len(g.activities)) // those of which it is not known with whom they are
	for i := range rest {
		rest[i] = i
	}
	for len(rest) > 0 {
		for with := []int{rest[0]}; len(with) > 0; {
			i := with[len(with)-1]
			with = with[:len(with)-1]
			rest = slices.DeleteFunc(rest, func(j int) bool {
				if j != i && g.next[i][j] > 0 && g.next[j][i] > 0 {
					return false
				}
				if j != i {
					p.join(i, j)
					with = append(with, j)
				}
				return true
			})
		}
	}
	groups := p.groups()
	has := func(group, counts []int) bool {
		return slices.ContainsFunc(group, func(i int) bool { return counts[i] > 0 })
	}
	slices.SortStableFunc(groups, func(a, b []int) int { return len(a) - len(b) })
	for i := 0; i < len(groups) && len(groups) > 1; {
		if has(groups[i], g.start) && has(groups[i], g.end) {
			i++
			continue
		}
		into := i - 1
		if i == 0 {
			into = 1
		}
		groups[into] = append(groups[into], groups[i]...)
		groups = slices.Delete(groups, i, i+1)
		i = 0
	}
	return groups
}

// loop: the first part begins and ends; the second leads from all its ends to
// all its beginnings.
func (g *graph) loop() [][]int {
	n := len(g.activities)
	body := func(i int) bool { return g.start[i] > 0 || g.end[i] > 0 }
	p := newParts(n + 1) // n stands for the body
	for i := range n {
		if body(i) {
			p.join(i, n)
		}
		for j := range g.next[i] {
			if !body(i) && !body(j) {
				p.join(i, j)
			}
		}
	}
	for i, next := range g.next {
		for j := range next {
			if g.start[i] > 0 && g.end[i] == 0 || g.end[j] > 0 && g.start[j] == 0 {
				p.join(i, j)
			}
		}
	}
	for i := range n {
		if p.find(i) == p.find(n) {
			continue
		}
		toAll, toSome, fromAll, fromSome := true, false, true, false
		for j := range n {
			if g.start[j] > 0 {
				to := g.next[i][j] > 0
				toAll, toSome = toAll && to, toSome || to
			}
			if g.end[j] > 0 {
				from := g.next[j][i] > 0
				fromAll, fromSome = fromAll && from, fromSome || from
			}
		}
		if toSome && !toAll || fromSome && !fromAll {
			p.join(i, n)
		}
	}
	groups := make([][]int, 2)
	for i := range n {
		if p.find(i) == p.find(n) {
			groups[0] = append(groups[0], i)
		} else {
			groups[1] = append(groups[1], i)
		}
	}
	if len(groups[1]) == 0 {
		return nil
	}
	return groups
}
