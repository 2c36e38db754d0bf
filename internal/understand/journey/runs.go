package journey

import (
	"context"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
)

// RunsQuery asks for a page of runs.
type RunsQuery struct {
	Filter Filter
	Cursor string // of the page before; "" for the first
	Limit  int    // 0: 50; at most 500
}

// RunsPage is a stretch of the runs, those that began last first.
type RunsPage struct {
	Journey model.Journey
	Runs    []RunSummary
	N       int    // that the filter lets through
	Next    string // "" at the end
	Limited bool   // only facts of some areas were seen
}

// RunSummary is one run in a line. Customer and Label are there only for who may
// see customers, and this one.
type RunSummary struct {
	Case       string // 16 hex digits
	Customer   *remember.CustomerSummary
	Label      string // the object's own number, such as the order's; "" when there is none
	Began      cx.Time
	Last       cx.Time
	State      State
	Touchpoint string      // of its last event
	Step       *model.Step // its last step; nil: in no step yet
	Steps      int         // events
	Felt       float64     // mean valence
	HasFelt    bool
}

// RunDetail is one run against the design.
type RunDetail struct {
	Journey model.Journey
	RunSummary
	Facts   []RunFact // by time, then seq; answers among them
	Late    []Late
	Limited bool
}

// RunFact is one thing that was lived in a run.
type RunFact struct {
	remember.Item
	Step *model.Step // that it can be; nil: none, or an answer
}

// Late is a step after which the next came, or is to come, later than expected.
type Late struct {
	Step model.Step
	At   cx.Time // of the step
	Due  cx.Time
	Next cx.Time // 0: it has not come
}

// Runs returns a page of the runs that the filter lets through. It needs the
// rights scores.view; customers are named for who may see them.
func (s *Service) Runs(ctx context.Context, p cx.Principal, slug string, q RunsQuery) (RunsPage, error) {
	return RunsPage{}, nil
}

// Run returns one run. It needs the right customers.view; the error is
// cx.NotFound when there is none, or when p does not reach its customer.
func (s *Service) Run(ctx context.Context, p cx.Principal, slug, id string) (RunDetail, error) {
	return RunDetail{}, nil
}
