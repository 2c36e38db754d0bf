package chart

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"
)

// someFlow is the running example of process mining books.
func someFlow() ([]FlowNode, []FlowEdge) {
	labels := []string{"start", "register request", "examine casually", "examine thoroughly", "check ticket", "decide", "reinitiate request", "pay compensation", "reject request", "end"}
	at := []float64{-1, 0, .3, .31, .35, .6, .7, .98, .99, 2}
	nodes := make([]FlowNode, len(labels))
	for i, label := range labels {
		nodes[i] = FlowNode{Label: label, At: at[i], Plain: i == 0 || i == len(labels)-1}
		if !nodes[i].Plain {
			nodes[i].Note = "6 of 6"
		}
	}
	edges := []FlowEdge{}
	for _, e := range [][3]int{{0, 1, 6}, {1, 2, 3}, {1, 3, 1}, {1, 4, 2}, {2, 4, 4}, {3, 4, 1}, {4, 2, 2}, {4, 3, 2}, {2, 5, 2}, {3, 5, 2}, {4, 5, 5}, {5, 6, 3}, {6, 2, 1}, {6, 3, 1}, {6, 4, 1}, {5, 7, 3}, {5, 8, 3}, {7, 9, 3}, {8, 9, 3}, {4, 4, 1}} {
		edges = append(edges, FlowEdge{From: e[0], To: e[1], Weight: float64(e[2]), Label: "2 h"})
	}
	return nodes, edges
}

func TestFlowPicture(t *testing.T) {
	t.Parallel()
	got := FlowPicture(someFlow()).SVG()
	path := filepath.Join("testdata", "flow.svg")
	if *update {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil || string(want) != string(got) {
		t.Errorf("%s differs (%v): look at it, and go test -update", path, err)
	}
	if empty := FlowPicture(nil, nil); empty.Width <= 0 || empty.Height <= 0 {
		t.Errorf("an empty graph is %v × %v", empty.Width, empty.Height)
	}
}

// TestFlowLaws: whatever the graph, nodes lie within the picture and none over
// another, and an edge that leads on leads down.
func TestFlowLaws(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		nodes := make([]FlowNode, rapid.IntRange(1, 12).Draw(t, "nodes"))
		for i := range nodes {
			nodes[i] = FlowNode{Label: rapid.StringN(0, 40, -1).Draw(t, "label"), At: rapid.Float64Range(0, 1).Draw(t, "at"), Dot: rapid.Bool().Draw(t, "dot")}
		}
		edges := make([]FlowEdge, rapid.IntRange(0, 30).Draw(t, "edges"))
		any := rapid.IntRange(0, len(nodes)-1)
		for i := range edges {
			edges[i] = FlowEdge{From: any.Draw(t, "from"), To: any.Draw(t, "to"), Weight: 1}
		}
		f := LayoutFlow(nodes, edges)
		for i, a := range f.Nodes {
			if a.X < 0 || a.Y < 0 || a.X+a.W > f.Width || a.Y+a.H > f.Height {
				t.Fatalf("node %d is outside: %+v of %v × %v", i, a, f.Width, f.Height)
			}
			for j, b := range f.Nodes[:i] {
				if a.Y < b.Y+b.H && b.Y < a.Y+a.H && math.Abs(a.X+a.W/2-b.X-b.W/2) < (a.W+b.W)/2 {
					t.Fatalf("nodes %d and %d overlap: %+v, %+v", i, j, a, b)
				}
			}
		}
		for i, e := range edges {
			from, to := f.Nodes[e.From], f.Nodes[e.To]
			if e.From != e.To && (from.Y+from.H/2 < to.Y+to.H/2) == f.Edges[i].Back {
				t.Fatalf("edge %d from %v to %v: back is %v", i, from.Y, to.Y, f.Edges[i].Back)
			}
		}
	})
}
