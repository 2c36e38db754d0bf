package journey

import (
	"context"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// FunnelQuery asks how many runs go through some steps in order, whatever comes
// in between.
type FunnelQuery struct {
	Filter Filter
	Steps  []string      // at least two ids of stops: steps, touchpoints, or event@touchpoint; empty: the script's steps that all are to live
	Within time.Duration // from the first step to the last; 0: any time
}

// Funnel is how far runs came.
type Funnel struct {
	Runs    int
	Within  time.Duration
	Steps   []FunnelStep
	Limited bool // only facts of some areas were seen
}

// FunnelStep is one step of a funnel. Of several times that a run lived the
// steps in order, the one counts that went furthest; of as far, the first.
type FunnelStep struct {
	Stop
	Reached Share     // of all runs
	Came    Share     // of those that reached the step before; of the first, of all runs
	Time    Times     // since the step before, of those that came
	Open    int       // reached it, not the next, and may still: they run, and within the time
	Lost    int       // reached it, not the next, and cannot any more; 0 of the last step
	Instead []Instead // what the Lost lived directly after it: the five most frequent
}

// Instead is what runs went on to in place of a step.
type Instead struct {
	Stop       // by event; without an ID: nothing came
	Runs Share // of the Lost
}

// Funnel returns how far a journey's runs came. It needs the right scores.view.
// The error is cx.Invalid, with the ids that there are, for a step that is none.
func (s *Service) Funnel(ctx context.Context, p cx.Principal, slug string, q FunnelQuery) (Funnel, error) {
	return Funnel{}, nil
}
