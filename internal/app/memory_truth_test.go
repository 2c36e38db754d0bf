package app

import (
	"math"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/simulate"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

// How the demo's customers remember is found in what they lived and answered, better
// than by the mean alone; and what is inferred of answers is what they were.
func TestPlantedMemoryIsFound(t *testing.T) {
	t.Parallel()
	h := openHouse(t, t.TempDir())
	demo := DemoConfig{Customers: 8000, Seed: 1, Until: time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)}
	if _, err := h.FoundDemo(t.Context(), demo, func(int64, int64) {}); err != nil {
		t.Fatal(err)
	}
	found, err := h.Outcomes.Silent(t.Context(), cx.System(), outcome.MemoryQuery{})
	if err != nil {
		t.Fatal(err)
	}
	m := found.Memory
	t.Logf("%+v", m)
	t.Logf("silent %+v, answered %+v", found.Silent, found.Answered)
	planted := simulate.Company(simulate.Config{Seed: demo.Seed, Customers: demo.Customers, Until: demo.Until}).Truth().Memory
	// The planted peak fades, and episodes are felt otherwise than the model says of
	// them: each weight is found to a fifth.
	for _, w := range []struct {
		name                 string
		found, planted, high float64
	}{
		{"peak", m.Weights.Peak, planted.Peak, m.Intervals.Peak.High},
		{"end", m.Weights.End, planted.End, m.Intervals.End.High},
		{"mean", m.Weights.Mean, planted.Mean, m.Intervals.Mean.High},
	} {
		if math.Abs(w.found-w.planted) > .2 || w.found <= 0 || w.high >= .8 {
			t.Errorf("%s: %v up to %v, planted %v", w.name, w.found, w.high, w.planted)
		}
	}
	if m.Metric != outcome.NPS || m.Fit.R2 < m.MeanOnly.R2+.03 || m.MeanOnly.R2 <= 0 {
		t.Errorf("out of fold %+v, by the mean alone %+v", m.Fit, m.MeanOnly)
	}
	within := 0
	for _, b := range found.Bands {
		if b.Answered.Low <= b.Inferred && b.Inferred <= b.Answered.High {
			within++
		}
	}
	if within < 8 || found.Silent.N < 1000 || found.Silent.Low >= found.Silent.High {
		t.Errorf("%d of %d bands are as answered; silent %+v", within, len(found.Bands), found.Silent)
	}
}
