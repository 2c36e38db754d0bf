package app

import (
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/improve/impact"
)

// What was planted to work is found to have worked, its true effect inside the
// interval; what does nothing is not; what still runs is not decided. And every
// evaluation is made again to the same digits.
func TestPlantedInitiativesAreJudged(t *testing.T) {
	t.Parallel()
	h, truth := candil(t)
	ctx, all := t.Context(), cx.System()
	if len(truth.Initiatives) < 4 {
		t.Fatalf("%d initiatives are planted", len(truth.Initiatives))
	}
	worked := 0
	for _, planted := range truth.Initiatives {
		t.Run(planted.Slug, func(t *testing.T) {
			found, err := h.Impact.Evaluations(ctx, all, planted.Slug)
			if err != nil {
				t.Fatal(err)
			}
			if len(found) == 0 {
				e, err := h.Impact.Evaluate(ctx, all, planted.Slug)
				if err != nil {
					t.Fatal(err)
				}
				found = append(found, e)
			}
			e := found[len(found)-1]
			t.Logf("%s, %s by %s: %+v; %s", e.Verdict, e.Why, e.Method, e.Effect, e.Said.ES)
			over := planted.Until != nil || planted.Starts != nil
			switch {
			case !over && (e.Verdict == impact.Worked || e.Final):
				t.Error("what has just begun is decided")
			case !over:
			case planted.Works && e.Verdict != impact.Worked:
				t.Errorf("it works, and is %s, %s", e.Verdict, e.Why)
			case !planted.Works && e.Verdict == impact.Worked:
				t.Error("it does nothing, and is said to have worked")
			}
			if want := planted.Metrics; over && planted.Works && len(want) > 0 && e.Effect != nil && (e.Effect.Low > want[0].Effect || e.Effect.High < want[0].Effect) {
				t.Errorf("the true effect %.4f is not within %.4f to %.4f", want[0].Effect, e.Effect.Low, e.Effect.High)
			}
			if over && planted.Works {
				worked++
			}
			if _, same, err := h.Impact.Rerun(ctx, all, e.ID); err != nil || !same {
				t.Errorf("made again it is another: %v", err)
			}
		})
	}
	if worked < 2 {
		t.Errorf("%d that work are planted", worked)
	}
}
