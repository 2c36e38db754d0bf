package app

import (
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/improve/cycle"
	"github.com/vivencia-cx/vivencia/internal/improve/impact"
	"github.com/vivencia-cx/vivencia/internal/simulate"
)

// The demo's company has improved before: each plan was written down before it
// began, what helps was found to and adopted, what does nothing was stopped, one
// runs and two are planned; who asked for them is kept, and people vote.
func TestDemoHasAPastOfImproving(t *testing.T) {
	t.Parallel()
	h, truth := candil(t)
	planned := map[string]simulate.TruthInitiative{}
	for _, x := range truth.Initiatives {
		planned[x.Slug] = x
	}
	stages := map[cycle.Stage]int{}
	for _, stage := range append(cycle.Stages(), cycle.Closed) {
		list, err := h.Cycle.List(t.Context(), cx.System(), cycle.Query{Stage: stage})
		if err != nil {
			t.Fatal(err)
		}
		stages[stage] = len(list)
		for _, i := range list {
			x, begun := planned[i.Slug]
			if begun != (i.Hash != "") || begun && i.FrozenAt.Std().After(x.Since) || i.PlannedAt >= i.From {
				t.Errorf("%s is planned at %v, frozen at %v and begins at %v", i.Slug, i.PlannedAt, i.FrozenAt, x.Since)
			}
			full, err := h.Cycle.Initiative(t.Context(), cx.System(), i.Slug)
			if err != nil || len(full.Evidence.Customers) < 3 || len(full.Said) == 0 {
				t.Errorf("%s: nobody asked for it: %d customers, %d words, %v", i.Slug, len(full.Evidence.Customers), len(full.Said), err)
			}
			if i.Decision == nil {
				continue
			}
			e := i.Evaluation
			if e == nil || e.Effect == nil {
				t.Errorf("%s is decided without an evaluation: %+v", i.Slug, e)
				continue
			}
			t.Logf("%s: %s (%s) %+.3f [%+.3f, %+.3f], n %d and %d; planted %+.3f", i.Slug, e.Verdict, e.Why, e.Effect.Value, e.Effect.Low, e.Effect.High, e.Effect.N, e.Effect.Control, x.Metrics[0].Effect)
			if x.Works != (e.Verdict == impact.Worked) || x.Works != (i.Decision.Choice == cycle.Adopt) {
				t.Errorf("%s is found to have %s, and to be %s: works is %v", i.Slug, e.Verdict, i.Decision.Choice, x.Works)
			}
			if p := x.Metrics[0].Effect; p < e.Effect.Low || p > e.Effect.High {
				t.Errorf("%s: the planted effect %+.3f lies outside [%+.3f, %+.3f]", i.Slug, p, e.Effect.Low, e.Effect.High)
			}
		}
	}
	if stages[cycle.Planning] != 2 || stages[cycle.Doing] != 1 || stages[cycle.Improving] != 2 || stages[cycle.Closed] != 2 {
		t.Errorf("they stand at %v", stages)
	}
	open, err := h.Cycle.Opportunities(t.Context(), cx.System(), cycle.OpportunityQuery{Source: cycle.FromPerson})
	if err != nil || len(open) != 4 {
		t.Fatalf("%d are proposed, %v", len(open), err)
	}
	for _, o := range open {
		if o.Votes < 2 || o.ByName == "" {
			t.Errorf("%s has %d votes and is of %q", o.Title.ES, o.Votes, o.ByName)
		}
	}
}
