package journey

import (
	"math"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history/historytest"
)

// What the questions on paths say of the same runs agrees, for whoever asks.
func TestQuestionsOnPathsAgree(t *testing.T) {
	t.Parallel()
	h, facts := newHouse(t, shop), historytest.NewFacts(3)
	h.append(t, facts.Batch(1, 600))
	ctx := t.Context()
	for _, slug := range []string{"keyed", "wide", "visit", "all"} {
		for _, p := range []cx.Principal{everybody, careOnly} {
			variants, err := h.Variants(ctx, p, slug, VariantsQuery{Limit: mostVariants})
			must(t, err)
			g, err := h.Graph(ctx, p, slug, GraphQuery{By: ByEvent})
			must(t, err)
			waits, err := h.Waits(ctx, p, slug, WaitsQuery{})
			must(t, err)
			if variants.Runs == 0 || g.Runs != variants.Runs || waits.Runs != g.Runs || g.Variants != variants.N {
				t.Errorf("%s: %d runs by variants, %d by the graph, %d by waits", slug, variants.Runs, g.Runs, waits.Runs)
			}
			if limited := p.ID == careOnly.ID; g.Limited != limited || variants.Limited != limited || waits.Limited != limited {
				t.Errorf("%s: it is not told whether runs are whole", slug)
			}
			events, edges, starts, shares := 0, 0, 0, 0.
			for _, n := range g.Nodes {
				events += n.Count
				starts += n.Starts.K
			}
			for _, e := range g.Edges {
				edges += e.Count
			}
			for _, w := range waits.List {
				shares += w.Share.Value
			}
			if events-edges != g.Runs || starts != g.Runs || math.Abs(shares-1) > 1e-9 {
				t.Errorf("%s: %d visits, %d edges, %d starts of %d runs; the parts of time add up to %v", slug, events, edges, starts, g.Runs, shares)
			}
			first := variants.List[0]
			lived, err := h.Variants(ctx, p, slug, VariantsQuery{Filter: Filter{Variant: first.ID}})
			must(t, err)
			if lived.N != 1 || lived.Runs != first.Runs.K || lived.List[0].ID != first.ID {
				t.Errorf("%s: filtered by variant %s: %+v", slug, first.ID, lived)
			}
			funnel, err := h.Funnel(ctx, p, slug, FunnelQuery{Steps: []string{"phone", "phone"}})
			must(t, err)
			if funnel.Runs != g.Runs || funnel.Steps[0].Reached.K < funnel.Steps[1].Reached.K {
				t.Errorf("%s: %+v", slug, funnel)
			}
			c, err := h.Compare(ctx, p, slug, CompareQuery{A: Filter{State: Running}, B: Filter{}})
			must(t, err)
			if c.B != g.Runs || c.A >= c.B && c.B == 0 || len(c.Of) > c.Tested {
				t.Errorf("%s: %+v", slug, c)
			}
		}
	}
}

func TestQuestionsOnPathsRefuse(t *testing.T) {
	t.Parallel()
	h, facts := newHouse(t, shop), historytest.NewFacts(3)
	h.append(t, facts.Batch(1, 100))
	ctx, nobody := t.Context(), cx.Principal{ID: "person:2"}
	for name, ask := range map[string]struct {
		ask  func(p cx.Principal) error
		want cx.ErrorKind
	}{
		"coverage of more than all": {func(p cx.Principal) error {
			_, err := h.Graph(ctx, p, "wide", GraphQuery{Coverage: 1.5})
			return err
		}, cx.Invalid},
		"told by nothing that there is": {func(p cx.Principal) error {
			_, err := h.Waits(ctx, p, "wide", WaitsQuery{By: "weather"})
			return err
		}, cx.Invalid},
		"too many variants": {func(p cx.Principal) error {
			_, err := h.Variants(ctx, p, "wide", VariantsQuery{Limit: 501})
			return err
		}, cx.Invalid},
		"a step that is none": {func(p cx.Principal) error {
			_, err := h.Funnel(ctx, p, "wide", FunnelQuery{Steps: []string{"pay", "moon"}})
			return err
		}, cx.Invalid},
		"a journey that is none": {func(p cx.Principal) error {
			_, err := h.Compare(ctx, p, "moon", CompareQuery{})
			return err
		}, cx.NotFound},
	} {
		if err := ask.ask(everybody); cx.KindOf(err) != ask.want {
			t.Errorf("%s gives %v", name, err)
		}
	}
	for name, ask := range map[string]func() error{
		"Graph":    func() error { _, err := h.Graph(ctx, nobody, "wide", GraphQuery{}); return err },
		"Variants": func() error { _, err := h.Variants(ctx, nobody, "wide", VariantsQuery{}); return err },
		"Funnel":   func() error { _, err := h.Funnel(ctx, nobody, "wide", FunnelQuery{}); return err },
		"Waits":    func() error { _, err := h.Waits(ctx, nobody, "wide", WaitsQuery{}); return err },
		"Compare":  func() error { _, err := h.Compare(ctx, nobody, "wide", CompareQuery{}); return err },
	} {
		if err := ask(); cx.KindOf(err) != cx.Unauthorized {
			t.Errorf("%s answers who is nobody: %v", name, err)
		}
	}
}
