package app

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/simulate"
	"github.com/vivencia-cx/vivencia/internal/understand/journey"
)

// What is planted in the journeys of the demo is found in them, and what changes
// nothing is not.
func TestPlantedFaultsOfJourneysAreFound(t *testing.T) {
	t.Parallel()
	h, truth := candil(t)
	found := map[string][]journey.Finding{}
	for _, planted := range truth.Journeys {
		if _, ok := found[planted.Journey]; !ok {
			list, err := h.Journeys.Findings(t.Context(), cx.System(), planted.Journey, journey.FindingsQuery{Limit: 100})
			if err != nil {
				t.Fatal(err)
			}
			found[planted.Journey] = list
		}
		t.Run(planted.Slug, func(t *testing.T) { isFound(t, planted, found[planted.Journey]) })
	}
	t.Run("what is looked at before a purchase costs nothing", func(t *testing.T) {
		clear, wrong := 0, []string{}
		for _, f := range found["online-order"] {
			if f.Clear {
				clear++
				if harmless(f) {
					wrong = append(wrong, f.ID)
				}
			}
		}
		if clear == 0 || float64(len(wrong)) > max(1, .05*float64(clear)) {
			t.Errorf("of %d clear findings these are of what changes nothing: %v", clear, wrong)
		}
	})
	t.Run("what runs will come to", func(t *testing.T) { foreseen(t, h) })
}

// isFound checks that a fault is among the first five findings, at its step, for
// those whom it hits and since it began; or, of what changes nothing, that it is
// no clear one.
func isFound(t *testing.T, planted simulate.TruthJourney, list []journey.Finding) {
	ids := append([]string{planted.Kind + ":" + planted.Step}, planted.Also...)
	is := func(f journey.Finding) bool { return slices.Contains(ids, f.ID) }
	if planted.Null {
		if i := slices.IndexFunc(list, func(f journey.Finding) bool { return is(f) && f.Clear }); i >= 0 {
			t.Errorf("it is found to cost something: %+v", list[i])
		}
		return
	}
	first := list[:min(5, len(list))]
	if !slices.ContainsFunc(first, func(f journey.Finding) bool { return f.ID == ids[0] && f.Clear }) {
		t.Fatalf("not among the first: %s", summary(list))
	}
	if !slices.ContainsFunc(first, func(f journey.Finding) bool { return is(f) && forWhom(f, planted.Where) && since(f, planted) }) {
		t.Errorf("not for %v since %v: %s", planted.Where, planted.Since, summary(list))
	}
}

// forWhom tells whether the finding says whom the fault hits: that it is at a
// supplier's touchpoint says so too.
func forWhom(f journey.Finding, where map[string]string) bool {
	return f.Supplier != "" && f.Supplier == where["supplier"] || slices.ContainsFunc(f.ForWhom, func(w journey.Whom) bool {
		return slices.ContainsFunc(w.Parts, func(p journey.Part) bool { return where[string(p.By)] == p.Value })
	})
}

// since tells whether the finding says since when, to the day of its interval.
func since(f journey.Finding, planted simulate.TruthJourney) bool {
	const day = 24 * time.Hour
	s := f.Since
	if !s.Known || planted.Since.Before(s.Low.Std().Add(-day)) || planted.Since.After(s.High.Std().Add(day)) {
		return false
	}
	if planted.Until == nil {
		return s.Until == 0
	}
	return planted.Until.Sub(s.Until.Std()).Abs() <= 7*day
}

// harmless tells whether a finding is of something that moves nothing in the
// simulation: how one comes to the payment, unless a search finds nothing.
func harmless(f journey.Finding) bool {
	return f.Kind != "painful" && (f.Stage == "before" || slices.Contains([]string{"basket", "checkout"}, f.Step) || f.ID == "disordered:pay")
}

// summary tells findings in a line each.
func summary(list []journey.Finding) string {
	var b strings.Builder
	for _, f := range list {
		fmt.Fprintf(&b, "\n%s: clear %v, for %v, since %v [%v, %v] until %v", f.ID, f.Clear, f.ForWhom, f.Since.From, f.Since.Low, f.Since.High, f.Since.Until)
	}
	return b.String()
}

// foreseen checks what is foretold of runs under way, and to whom.
func foreseen(t *testing.T, h house) {
	ctx, everybody := t.Context(), cx.System()
	risks, err := h.Journeys.Risks(ctx, everybody, "online-order", journey.RisksQuery{})
	if err != nil || !risks.Skill.Known || risks.Running == 0 || risks.Marked == 0 || risks.Marked != len(risks.Runs) {
		t.Fatalf("%+v, %v", risks, err)
	}
	if s := risks.Skill; s.Brier.Value >= s.BaseOnly || s.Marked.Low < s.Base.High {
		t.Errorf("of %d marked, %d ended badly; of all, %d of %d", s.Marked.N, s.Marked.K, s.Base.K, s.Base.N)
	}
	next, err := h.Journeys.Next(ctx, everybody, "online-order", risks.Runs[0].Case)
	if err != nil || next.Over || len(next.Steps) == 0 || next.Risk != risks.Runs[0].Risk {
		t.Errorf("%+v, %v", next, err)
	}
	for _, step := range next.Steps {
		if step.By.Std().Before(h.clock.Now().Std()) {
			t.Errorf("%+v is foreseen for the past", step)
		}
	}
	over, err := h.Journeys.Runs(ctx, everybody, "online-order", journey.RunsQuery{Filter: journey.Filter{State: journey.Completed}, Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	if next, err = h.Journeys.Next(ctx, everybody, "online-order", over.Runs[0].Case); err != nil || !next.Over || len(next.Steps) > 0 || next.Risk.Known {
		t.Errorf("of a run that is over: %+v, %v", next, err)
	}
	if _, err = h.Journeys.Next(ctx, everybody, "online-order", "0123456789abcdef"); cx.KindOf(err) != cx.NotFound {
		t.Errorf("of no run: %v", err)
	}
	if _, err = h.Journeys.Next(ctx, cx.Principal{}, "online-order", risks.Runs[0].Case); cx.KindOf(err) != cx.Unauthorized {
		t.Errorf("to nobody: %v", err)
	}
	limited := cx.Principal{ID: "person:99", Role: cx.Member, Areas: []string{"web"}}
	if risks, err = h.Journeys.Risks(ctx, limited, "online-order", journey.RisksQuery{}); err != nil || !risks.Limited {
		t.Errorf("to one who sees the area web: %+v, %v", risks, err)
	}
}
