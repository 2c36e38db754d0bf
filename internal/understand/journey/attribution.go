package journey

import (
	"context"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

// AttributionQuery asks which touchpoints an outcome goes with.
type AttributionQuery struct {
	Filter  Filter
	Outcome State // Completed (also when empty) or Abandoned
}

// Attribution is how an outcome is associated with the touchpoints on the way:
// not what caused it.
type Attribution struct {
	Outcome     State
	Reached     Share        // of the runs that are over, those with the outcome
	Touchpoints []Attributed // by Credit, the greatest first
	Limited     bool         // only facts of some areas were seen
}

// Attributed is what one touchpoint has to do with the outcome.
type Attributed struct {
	Touchpoint string
	Runs       Share            // the runs that went through it, of those that are over
	Reaches    float64          // the chance of the outcome from here on
	Removal    outcome.Estimate // the share of outcomes that would be lost if every way ended here
	Credit     outcome.Estimate // Removal as a share of all touchpoints' removals
}

// Attribution returns what the journey's touchpoints have to do with an outcome.
// It needs the right scores.view; the error is cx.Invalid for another outcome.
func (s *Service) Attribution(ctx context.Context, p cx.Principal, slug string, q AttributionQuery) (Attribution, error) {
	if q.Outcome == "" {
		q.Outcome = Completed
	}
	if q.Outcome != Completed && q.Outcome != Abandoned {
		return Attribution{}, cx.Errorf(cx.Invalid, "journey.Attribution", "outcome %q: want %s or %s", q.Outcome, Completed, Abandoned)
	}
	x, err := s.lived(ctx, p, slug, q.Filter)
	if err != nil {
		return Attribution{}, err
	}
	return memo(x, "attribution "+string(q.Outcome), func() (Attribution, error) { return attributionOf(x, q.Outcome), nil })
}

func attributionOf(x *lived, to State) Attribution {
	return Attribution{Outcome: to, Limited: x.limited}
}
