package journey

import (
	"context"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

// GraphQuery asks how runs go from one thing to the next.
type GraphQuery struct {
	Filter   Filter
	Coverage float64 // the share of runs whose variants are drawn, the most lived first; 0: all
	By       By      // ByEvent, ByStep or ByTouchpoint; "": ByStep with a script, ByTouchpoint without
}

// Graph is what runs go through and what comes directly after what. Events at
// the same stop that follow one another are one visit, unless the same event
// comes again.
type Graph struct {
	By       By
	Runs     int         // that the filter lets through
	Drawn    Share       // of them, those whose variants are drawn: all figures are of these
	Variants int         // that are drawn
	Nodes    []GraphNode // the way runs usually go; steps that nobody lived among them
	Edges    []GraphEdge // most frequent first
	Limited  bool        // only facts of some areas were seen: what lies between them is missing
}

// GraphNode is one stop in the graph.
type GraphNode struct {
	Stop
	Count  int              // visits
	Runs   Share            // of the drawn: that went through it
	Again  Share            // of those: that came back to it
	Starts Share            // of the drawn: that began there
	Ends   Share            // of the drawn: whose last visit it is
	At     float64          // where in a run it first comes, on average: 0 the beginning, 1 the end
	Felt   outcome.Estimate // mean valence of its events, −2..+2
}

// GraphEdge is one stop directly after another; the same one in a loop.
type GraphEdge struct {
	From, To int // indices into Nodes
	Count    int
	Runs     Share // of the drawn: that went so
	Back     int   // how many of Count went straight back: from, to, from
	Time     Times // between the two
	Designed bool  // the script lets one follow the other; always false without a script
}

// Graph returns the paths of a journey's runs. It needs the right scores.view.
func (s *Service) Graph(ctx context.Context, p cx.Principal, slug string, q GraphQuery) (Graph, error) {
	return Graph{}, nil
}
