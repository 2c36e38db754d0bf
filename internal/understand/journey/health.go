package journey

import (
	"context"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

// Health is how a journey is. "Now" is of the runs that began in the last four
// weeks, "before" of the four weeks before.
type Health struct {
	Journey    model.Journey
	Runs       int // all there are
	States     []StateShare
	Completed  Share            // of the runs that are over
	Felt       outcome.Estimate // now: the mean over runs of the mean valence of their events
	FeltBefore outcome.Estimate
	Change     outcome.Change
	Duration   Times // of the completed runs
	Fitness    outcome.Estimate
	Weeks      []Week // the last 26, the oldest first
	WithoutKey int64  // facts at the script's steps that are in no run since they lack its key
	Limited    bool   // only facts of some areas were seen: no Fitness
}

// StateShare is how many of the runs are so far.
type StateShare struct {
	State State
	Share
}

// Week is how the runs that began in a week felt.
type Week struct {
	From cx.Time
	Felt outcome.Estimate
}

// List returns how every journey of the model in force is, in its order. It
// needs the right scores.view.
func (s *Service) List(ctx context.Context, p cx.Principal) ([]Health, error) {
	return nil, nil
}
