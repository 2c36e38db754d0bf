package journey

import (
	"context"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

// VariantsQuery asks for the ways in which runs were lived.
type VariantsQuery struct {
	Filter Filter
	Limit  int // 0: 20; at most 500
}

// Variants are the ways in which runs were lived, the most frequent first.
type Variants struct {
	Runs    int
	N       int       // different ways
	List    []Variant // the first Limit of them
	Limited bool      // only facts of some areas were seen: runs are shorter than they were
}

// Variant is one way: the same events at the same touchpoints, in the same order.
type Variant struct {
	ID       string // 16 hex digits, to filter by
	Stops    []Stop // by event
	Runs     Share
	Covered  Share // the runs of this variant and of those before it
	States   []StateShare
	Duration Times            // from the first event to the last
	Felt     outcome.Estimate // mean over runs of the mean valence of their events, −2..+2
	Answers  outcome.Estimate // mean of how their answers felt, −2..+2
}

// Variants returns the ways in which a journey's runs were lived. It needs the
// right scores.view.
func (s *Service) Variants(ctx context.Context, p cx.Principal, slug string, q VariantsQuery) (Variants, error) {
	return Variants{}, nil
}
