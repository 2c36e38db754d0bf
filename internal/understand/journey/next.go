package journey

import (
	"context"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
)

// Next is what the customer of a run will most probably live next, as others did
// who were where they are, and waited as long.
type Next struct {
	Case    string // 16 hex digits
	State   State
	Over    bool                // the run is over: nothing is foreseen
	After   []eventlog.Activity // the last that was lived, as far back as others did the same; the last one last
	Waited  time.Duration       // since then
	Seen    int                 // how often others were there, in runs that are over
	Steps   []NextStep          // the most probable first
	Nothing Share               // nothing more was lived
	Risk    *Risk               // nil when over
	Limited bool                // only facts of some areas were seen
}

// NextStep is one thing that may come next.
type NextStep struct {
	Activity eventlog.Activity
	Step     string // slug of the step that it can be; "" none
	Share    Share
	From, By cx.Time // when: a tenth came before From, nine in ten before By
	Median   cx.Time
}

// Next returns what comes next in a run, and how likely it is to end badly. It
// needs the rights scores.view and customers.view; the error is cx.NotFound when
// there is no such run, or when p does not reach its customer.
func (s *Service) Next(ctx context.Context, p cx.Principal, slug, id string) (Next, error) {
	return Next{}, nil
}
