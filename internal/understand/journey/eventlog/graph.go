package eventlog

import (
	"cmp"
	"slices"
)

// Graph is the directly-follows graph of a log: what happened, what came
// directly after what, and after how long.
type Graph struct {
	Nodes []Node // by activity, one for each of the log's dictionary
	Edges []Edge // most events first; of as many, by From, then To
}

// Node is an activity in the graph.
type Node struct {
	Count  int // events
	Cases  int // cases in which it happened
	Starts int // cases that began with it
	Ends   int // cases whose last event it is
	Again  int // cases in which it happened more than once
}

// Edge is one activity directly after another. From equal to To is a loop of one.
type Edge struct {
	From, To uint16
	Count    int
	Cases    int    // cases in which it happened
	Back     int    // how many of Count went straight back: a, b, a
	Time     Spread // between the two
}

// GraphOf returns the graph of the log. It counts edges in one pass, lays the
// times of each edge side by side in a second, and selects their quantiles
// there; each pass by as many goroutines as there are processors.
func GraphOf(l *Log) *Graph {
	parts := make([]*counts, l.Parts())
	l.Shares(func(part, from, to int) {
		parts[part] = newCounts(len(l.Activities))
		parts[part].count(l, from, to)
	})
	g := &Graph{Nodes: make([]Node, len(l.Activities))}
	all := newEdgeTable(len(l.Activities))
	for _, p := range parts {
		for a, n := range p.nodes {
			g.Nodes[a].add(n.Node)
		}
		for _, e := range p.edges {
			if id := all.of(e.From, e.To); id < len(g.Edges) {
				g.Edges[id].add(e.Edge)
			} else {
				g.Edges = append(g.Edges, e.Edge)
			}
		}
	}
	// The times of edge i lie from start[i] on; those that a part writes, from
	// its cursor on.
	start := make([]int, len(g.Edges)+1)
	for i, e := range g.Edges {
		start[i+1] = start[i] + e.Count
	}
	cursors := make([][]int, len(parts))
	next := slices.Clone(start)
	for p, counted := range parts {
		cursors[p] = slices.Clone(next)
		for _, e := range counted.edges {
			next[all.of(e.From, e.To)] += e.Count
		}
	}
	times := make([]int64, start[len(g.Edges)])
	l.Shares(func(part, from, to int) {
		cursor := cursors[part]
		for c := from; c < to; c++ {
			first, end := l.Span(c)
			for e := first + 1; e < end; e++ {
				id := all.find(l.Activity[e-1], l.Activity[e])
				times[cursor[id]] = l.At[e] - l.At[e-1]
				cursor[id]++
			}
		}
	})
	Each(len(g.Edges), func(i int) { g.Edges[i].Time = SpreadOf(times[start[i]:start[i+1]]) })
	slices.SortFunc(g.Edges, func(a, b Edge) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	})
	return g
}

func (n *Node) add(other Node) {
	n.Count += other.Count
	n.Cases += other.Cases
	n.Starts += other.Starts
	n.Ends += other.Ends
	n.Again += other.Again
}

func (e *Edge) add(other Edge) {
	e.Count += other.Count
	e.Cases += other.Cases
	e.Back += other.Back
}

// counts is what is counted of a range of cases.
type counts struct {
	table *edgeTable
	nodes []countedNode
	edges []countedEdge // by the table's numbers
}

type countedNode struct {
	Node
	last  int // the case counted last, plus one
	again int // the case in which it was last counted as coming again, plus one
}

type countedEdge struct {
	Edge
	last int // the case counted last, plus one
}

func newCounts(activities int) *counts {
	return &counts{table: newEdgeTable(activities), nodes: make([]countedNode, activities)}
}

func (n *counts) count(l *Log, from, to int) {
	for c := from; c < to; c++ {
		trace := l.trace(c)
		n.nodes[trace[0]].Starts++
		n.nodes[trace[len(trace)-1]].Ends++
		for i, a := range trace {
			n.node(a, c+1)
			if i == 0 {
				continue
			}
			edge := n.edge(trace[i-1], a, c+1)
			if i+1 < len(trace) && trace[i+1] == trace[i-1] && a != trace[i-1] {
				edge.Back++
			}
		}
	}
}

func (n *counts) node(a uint16, mark int) {
	node := &n.nodes[a]
	node.Count++
	switch {
	case node.last != mark:
		node.last = mark
		node.Cases++
	case node.again != mark:
		node.again = mark
		node.Again++
	}
}

func (n *counts) edge(from, to uint16, mark int) *countedEdge {
	id := n.table.of(from, to)
	if id == len(n.edges) {
		n.edges = append(n.edges, countedEdge{Edge: Edge{From: from, To: to}})
	}
	edge := &n.edges[id]
	edge.Count++
	if edge.last != mark {
		edge.last = mark
		edge.Cases++
	}
	return edge
}
