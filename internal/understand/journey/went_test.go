package journey

import (
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history/historytest"
)

// The runs behind a node and an edge of the graph are as many as the graph says.
func TestWent(t *testing.T) {
	t.Parallel()
	h, facts := newHouse(t, shop), historytest.NewFacts(31)
	h.append(t, facts.Batch(1, 600))
	runs := func(f Filter) int {
		x, err := h.lived(t.Context(), everybody, "visit", f)
		must(t, err)
		return x.log.Cases()
	}
	g, err := h.Graph(t.Context(), everybody, "visit", GraphQuery{})
	must(t, err)
	if len(g.Edges) == 0 {
		t.Fatal("a graph without edges")
	}
	for _, n := range g.Nodes {
		if after, then := runs(Filter{After: n.ID}), runs(Filter{Then: n.ID}); after != n.Runs.K || then != n.Runs.K {
			t.Errorf("%s: %d and %d runs, the graph says %d", n.ID, after, then, n.Runs.K)
		}
	}
	for _, e := range g.Edges {
		f := Filter{After: g.Nodes[e.From].ID, Then: g.Nodes[e.To].ID}
		if got := runs(f); got != e.Runs.K {
			t.Errorf("%+v: %d runs, the graph says %d", f, got, e.Runs.K)
		}
	}
	if _, err := h.lived(t.Context(), everybody, "visit", Filter{After: "nowhere"}); cx.KindOf(err) != cx.NotFound {
		t.Errorf("after what there is not: %v", err)
	}
}
