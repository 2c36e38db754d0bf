package journey

import (
	"context"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

// PassagesQuery asks for the passages between channels of a journey.
type PassagesQuery struct{ Filter Filter }

// Passages is where runs go from one channel to another, and between what is
// physical and what is digital. Each list is in the order of how often.
type Passages struct {
	Runs     int
	Channels []Passage
	Media    []Passage
	Limited  bool // only facts of some areas were seen
}

// Passage is where runs go from one channel (or medium) to another: a stretch of
// a run in the one is followed by a stretch in the other. Its context is lost
// when the customer repeats themselves in the second: lives an event again that
// they had lived before the passage, or another branch of a choice of the script
// of which they had lived one. Steps that are made to be repeated do not count.
type Passage struct {
	From, To      string
	N             int
	Runs          Share // the runs that have it, of all
	Times         Times // from the last event in the one to the first in the other
	Lost          Share // the passages where the context is lost
	Before, After outcome.Estimate
	Felt          Contrast // how the stretch after it was lived where the context is lost, less where it is not
}

// Passages returns the journey's passages. It needs the right scores.view.
func (s *Service) Passages(ctx context.Context, p cx.Principal, slug string, q PassagesQuery) (Passages, error) {
	x, err := s.lived(ctx, p, slug, q.Filter)
	if err != nil {
		return Passages{}, err
	}
	return memo(x, "passages", func() (Passages, error) { return passagesOf(x), nil })
}

func passagesOf(x *lived) Passages { return Passages{Runs: x.log.Cases(), Limited: x.limited} }
