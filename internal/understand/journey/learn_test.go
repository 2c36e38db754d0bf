package journey

import (
	"slices"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history/historytest"
)

func TestMinesAndAlignsOnRequest(t *testing.T) {
	t.Parallel()
	h, facts := newHouse(t, shop), historytest.NewFacts(3)
	h.append(t, facts.Batch(1, 400))
	ctx := t.Context()
	m, err := h.Model(ctx, everybody, "wide", ModelQuery{})
	must(t, err)
	if m.Fitness.Value != 1 || m.Fitting.K != m.Fitting.N || m.Fitting.N == 0 || len(m.Fired) != len(m.Net.Transitions) || m.Notation == "" {
		t.Errorf("%+v", m)
	}
	events := 0
	for _, n := range m.Counts {
		events += n
	}
	fired := 0
	for _, n := range m.Fired {
		fired += max(n, 0)
	}
	if events == 0 || fired != events {
		t.Errorf("%d moves of %d events", fired, events)
	}
	if _, err := h.Model(ctx, everybody, "wide", ModelQuery{Noise: 2}); cx.KindOf(err) != cx.Invalid {
		t.Errorf("a noise of 2: %v", err)
	}
	list, err := h.Alignments(ctx, everybody, "wide", AlignmentsQuery{Limit: 3})
	must(t, err)
	if len(list) != 3 || list[0].Cases < list[1].Cases || !slices.ContainsFunc(list, func(a VariantAlignment) bool { return len(a.Moves) > 0 }) {
		t.Errorf("%+v", list)
	}
	learned, err := h.Learn(ctx, everybody, "wide", LearnQuery{})
	must(t, err)
	if len(learned.Script) == 0 || learned.Runs.Value() < .8 {
		t.Errorf("%+v", learned)
	}
	if _, err := h.Learn(ctx, everybody, "wide", LearnQuery{Coverage: 80}); cx.KindOf(err) != cx.Invalid {
		t.Errorf("a coverage of 80: %v", err)
	}
}
