package improve_test

import (
	"testing"

	"github.com/vivencia-cx/vivencia/internal/improve/cycle"
	"github.com/vivencia-cx/vivencia/internal/improve/impact"
	"github.com/vivencia-cx/vivencia/internal/web/i18n"
	improvepage "github.com/vivencia-cx/vivencia/internal/web/pages/improve"
)

// Whatever is found out of an initiative, and whatever happens to it, has its words.
func TestEverythingThatIsToldHasWords(t *testing.T) {
	t.Parallel()
	bundle, err := i18n.New(improvepage.New(nil, nil, nil, nil, nil, nil).Messages)
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, why := range []impact.Why{
		impact.Proven, impact.Harmful, impact.TooSmall, impact.NotShown, impact.Breached, impact.TooEarly, impact.TooFew, impact.EmptyArm, impact.Uneven, impact.Attrition, impact.Missing,
		impact.NoComparison, impact.PoorFit, impact.Mixed,
	} {
		keys = append(keys, "why."+string(why))
	}
	for _, offer := range []string{string(impact.Random), string(impact.Staggered), "longer", "more", "measure"} {
		keys = append(keys, "offer."+offer)
	}
	for _, method := range []string{impact.ByDraw, impact.ByStages, impact.BySynthetic, impact.ByDate} {
		keys = append(keys, "method."+method)
	}
	for _, m := range impact.Measures() {
		keys = append(keys, "measure."+string(m), "metric."+string(m), "metric."+string(m)+".any")
	}
	for _, what := range []cycle.What{cycle.Planned, cycle.Started, cycle.Reached, cycle.Ended, cycle.Evaluated, cycle.Stopped, cycle.Adopted, cycle.Learned, cycle.Announced, cycle.Edited, cycle.Paid, cycle.Versioned} {
		keys = append(keys, "story."+string(what))
	}
	for _, f := range (&impact.Evaluation{Effects: make([]impact.Effect, 1), Arms: make([]impact.ArmSum, 1), Money: &impact.Money{}, ForWhom: make([]impact.Group, 1), Weights: make([]impact.Weight, 1), Series: make([]impact.Look, 1), Guardrails: []impact.GuardSum{{Effect: &impact.Effect{}}}}).Figures() {
		keys = append(keys, "csv."+f.What)
	}
	for _, lang := range []string{"es", "en", "pt"} {
		l := bundle.Locale(lang, nil, nil)
		for _, key := range keys {
			if !l.Has("improve." + key) {
				t.Errorf("%s has no %s", lang, "improve."+key)
			}
		}
	}
}
