package journey

import (
	"context"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

// MomentsQuery asks for the moments of a journey.
type MomentsQuery struct {
	Filter Filter
	Limit  int // of Wow; 0: 12, at most 100
}

// Moments is what is remembered of a journey: of its typical run (what at least
// half of the runs that are over lived), and what was unusually good.
type Moments struct {
	Journey model.Journey
	Typical []Moment // the steps of the typical run, in order
	Peak    int      // index into Typical of what is felt most, for better or worse; −1: nothing is felt
	End     int      // index into Typical of the last felt step; −1
	Wow     []Wow    // what was lived unusually well, the best first, no two by one customer
	Where   []WowAt  // where unusually good moments come from, most first
	Limited bool
}

// Moment is a step of the typical run.
type Moment struct {
	Step  model.Step
	Name  model.Text
	Felt  outcome.Estimate
	Truth bool
}

// Wow is one moment that was lived unusually well: a top score with words, or a
// valence in the best hundredth of its step.
type Wow struct {
	Step       string // slug; "" in no step
	Touchpoint string
	Area       string
	Place      string
	At         cx.Time
	Felt       float64 // −2..+2
	Quote      *Quote  // nil: without words, or not for who asks
}

// WowAt counts unusually good moments of an area, at a touchpoint, in a place.
type WowAt struct {
	Touchpoint, Area, Place string
	Share                   // of what was felt there
}

// Moments tells what is remembered of a journey. It needs the right scores.view;
// words need events.view besides, and their customers in reach.
func (s *Service) Moments(ctx context.Context, p cx.Principal, slug string, q MomentsQuery) (Moments, error) {
	return Moments{}, cx.Errorf(cx.NotFound, "journey.Moments", "there is no such journey")
}
