package journey

import (
	"context"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

// HandoffsQuery asks for the hand-offs of a journey.
type HandoffsQuery struct{ Filter Filter }

// Handoffs is where runs go from one area to another, and from one supplier to
// another. Each list is in the order of how often.
type Handoffs struct {
	Runs      int
	Areas     []Handoff
	Suppliers []Handoff // "" is the company itself
	Limited   bool      // only facts of some areas were seen
}

// Handoff is where runs go from one to another: a stretch of a run with the one
// is followed by a stretch with the other. What nobody answers for is in no
// stretch.
type Handoff struct {
	From, To      string           // slugs
	N             int              // how many times
	Runs          Share            // the runs that have it, of all
	Times         Times            // from the last event with the one to the first with the other
	Before, After outcome.Estimate // how the stretches were lived, where both are known
	Felt          Contrast         // After − Before, of the same hand-offs
	Cost          Contrast         // how runs with it felt, less those without it
	Longer        Contrast         // how many days runs with it took, less those without it; of completed ones
}

// Contrast is how much a figure is greater with something than without it: an
// association, not an effect. Without at least 10 on both sides there is none:
// P is 1.
type Contrast struct {
	Delta         float64 // in the figure's unit
	Low, High     float64 // 95 %
	With, Without int
	P             float64 // two-sided
	Clear         bool    // after Benjamini–Hochberg at 5 % over all of the answer's contrasts
}

// Handoffs returns the journey's hand-offs. It needs the right scores.view.
func (s *Service) Handoffs(ctx context.Context, p cx.Principal, slug string, q HandoffsQuery) (Handoffs, error) {
	x, err := s.lived(ctx, p, slug, q.Filter)
	if err != nil {
		return Handoffs{}, err
	}
	return memo(x, "handoffs", func() (Handoffs, error) { return handoffsOf(x), nil })
}

func handoffsOf(x *lived) Handoffs { return Handoffs{Runs: x.log.Cases(), Limited: x.limited} }
