package journey

import (
	"context"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

// WaitsQuery asks where the time of runs goes.
type WaitsQuery struct {
	Filter Filter
	By     By // as of GraphQuery
}

// Waits is where the time of runs goes, the greatest part first. Work is known
// where an activity has an event that begins it and one that ends it; the rest
// of a run's time it waits, or nobody knows.
type Waits struct {
	By        By
	Runs      int
	Total     time.Duration    // of all runs, each from its first event to its last
	Working   outcome.Estimate // share of Total in which something was known to be worked on, 0..1
	WorkKnown bool             // of at least one activity; otherwise all time is shown as between
	List      []Wait
	Limited   bool // only facts of some areas were seen
}

// Wait is the time between two stops, or at work at one.
type Wait struct {
	From, To Stop
	Working  bool             // from the beginning to the end of From; To is the same
	Times    Times            // of one
	Total    time.Duration    // of all
	Share    outcome.Estimate // of the Total of all runs, 0..1
	Runs     Share            // that have it
}

// Waits returns where the time of a journey's runs goes. It needs the right
// scores.view.
func (s *Service) Waits(ctx context.Context, p cx.Principal, slug string, q WaitsQuery) (Waits, error) {
	return Waits{}, nil
}
