package discover

import (
	"slices"

	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
)

// graph is what directly follows what in a log. Activities are known in it by
// their place in activities.
type graph struct {
	activities []uint16 // ascending
	place      map[uint16]int
	next       []map[int]int // cases of each edge
	start, end []int         // cases that begin and end there
}

func graphOf(log []trace) *graph {
	g := &graph{place: map[uint16]int{}}
	for _, t := range log {
		for _, a := range t.activities {
			if _, known := g.place[a]; !known {
				g.place[a] = 0
				g.activities = append(g.activities, a)
			}
		}
	}
	slices.Sort(g.activities)
	n := len(g.activities)
	g.next, g.start, g.end = make([]map[int]int, n), make([]int, n), make([]int, n)
	for i, a := range g.activities {
		g.place[a] = i
		g.next[i] = map[int]int{}
	}
	for _, t := range log {
		for i, a := range t.activities {
			p := g.place[a]
			if i == 0 {
				g.start[p] += t.cases
			} else {
				g.next[g.place[t.activities[i-1]]][p] += t.cases
			}
			if i == len(t.activities)-1 {
				g.end[p] += t.cases
			}
		}
	}
	return g
}

func (g *graph) starts(a uint16) bool { return g.start[g.place[a]] > 0 }
func (g *graph) ends(a uint16) bool   { return g.end[g.place[a]] > 0 }

// frequent returns the graph without the edges rarer than a share of the
// commonest from the same activity, and so the ends and the beginnings.
func (g *graph) frequent(share float64) *graph {
	f := &graph{activities: g.activities, place: g.place, next: make([]map[int]int, len(g.next))}
	for i, next := range g.next {
		most := g.end[i]
		for _, n := range next {
			most = max(most, n)
		}
		f.next[i] = map[int]int{}
		for j, n := range next {
			if float64(n) > share*float64(most) {
				f.next[i][j] = n
			}
		}
	}
	f.start, f.end = common(g.start, share), g.end
	return f
}

// common returns the counts without those below a share of the greatest.
func common(counts []int, share float64) []int {
	out := slices.Clone(counts)
	least := share * float64(slices.Max(counts))
	for i, n := range out {
		if float64(n) < least {
			out[i] = 0
		}
	}
	return out
}

// strong returns the parts within which everything can be reached from everything
// (Tarjan 1972), each after all that can be reached from it, and by activity its
// part.
func (g *graph) strong() (groups [][]int, of []int) {
	n := len(g.activities)
	of = make([]int, n)
	order, low, met := make([]int, n), make([]int, n), 0
	var open []int // those met whose part is not known yet
	isOpen := make([]bool, n)
	var visit func(i int)
	visit = func(i int) {
		met++
		order[i], low[i] = met, met
		open, isOpen[i] = append(open, i), true
		for j := range g.next[i] {
			switch {
			case order[j] == 0:
				visit(j)
				low[i] = min(low[i], low[j])
			case isOpen[j]:
				low[i] = min(low[i], order[j])
			}
		}
		if low[i] < order[i] {
			return
		}
		at := len(open) - 1
		for open[at] != i {
			at--
		}
		for _, j := range open[at:] {
			of[j], isOpen[j] = len(groups), false
		}
		groups = append(groups, slices.Clone(open[at:]))
		open = open[:at]
	}
	for i := range n {
		if order[i] == 0 {
			visit(i)
		}
	}
	return groups, of
}

// reach returns by strong part which others can be reached from it.
func (g *graph) reach(groups [][]int, of []int) []eventlog.Mask {
	out := make([]eventlog.Mask, len(groups))
	for p, group := range groups {
		out[p] = eventlog.NewMask(len(groups))
		for _, i := range group {
			for j := range g.next[i] {
				if q := of[j]; q != p {
					out[p].Add(q)
					for w, word := range out[q] {
						out[p][w] |= word
					}
				}
			}
		}
	}
	return out
}

// parts joins the numbers 0 to n−1 into parts.
type parts []int

func newParts(n int) parts {
	p := make(parts, n)
	for i := range p {
		p[i] = i
	}
	return p
}

func (p parts) find(i int) int {
	for p[i] != i {
		p[i] = p[p[i]]
		i = p[i]
	}
	return i
}

// join makes one part of those of i and j: the one of the lower number.
func (p parts) join(i, j int) {
	i, j = p.find(i), p.find(j)
	p[max(i, j)] = min(i, j)
}

// groups returns the parts by their lowest member, members ascending.
func (p parts) groups() [][]int {
	var out [][]int
	place := map[int]int{}
	for i := range p {
		root := p.find(i)
		if _, known := place[root]; !known {
			place[root] = len(out)
			out = append(out, nil)
		}
		out[place[root]] = append(out[place[root]], i)
	}
	return out
}
