package impact

import (
	"context"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// ExposureEvent is the event of a customer who was exposed to an initiative, in
// whatever arm, as Segment's specification of A/B tests names it; its properties
// are experiment_id (the slug), variation_id (the arm), experiment_name and
// variation_name.
const ExposureEvent = "Experiment Viewed"

// Initiative is what this package needs to know of one that was started: its plan
// is frozen.
type Initiative struct {
	Slug    string
	Hash    string // of the plan and what stands around it; cycle's
	Title   model.Text
	Plan    Plan
	Areas   []string
	From    cx.Time
	Until   cx.Time // 0: open
	Cost    cx.Money
	Running bool // customers are still drawn: neither stopped nor ended
}

// Initiatives tells what was started, and is told what became of it.
// cycle.Service does.
type Initiatives interface {
	// Initiatives lists those that were started, the newest first.
	Initiatives(ctx context.Context) ([]Initiative, error)
	// Initiative returns one within p's reach, else cx.NotFound.
	Initiative(ctx context.Context, p cx.Principal, slug string) (Initiative, error)
	// Evaluated is told of each evaluation that was kept; it may be told twice.
	Evaluated(ctx context.Context, slug string, e Evaluation) error
	// Breached is told that a guardrail was, by the name of its metric: what is
	// rolled out ends. It may be told twice.
	Breached(ctx context.Context, slug, guardrail string, e Evaluation) error
}

// Power is how many customers a plan needs, and whether there are as many.
type Power struct {
	Each      int     `json:"each"`     // in each arm; 0 when nothing can be said of the design or the metric
	Eligible  int     `json:"eligible"` // who may take part, as they are now
	Weekly    float64 `json:"weekly"`   // of those, how many live in a week what they would be exposed at; 0 when not known
	Reachable bool    `json:"reachable"`
	Days      int     `json:"days"`   // that it takes, with the metric's own; 0 when not reachable
	Mean      float64 `json:"mean"`   // of the metric in the past
	SD        float64 `json:"sd"`     // of the metric in the past
	N         int     `json:"n"`      // customers whom Mean and SD are of
	Finds     float64 `json:"finds"`  // the smallest change that all who are eligible would find; 0 when nothing can be said
	Design    Kind    `json:"design"` // of the plan
}

// Assignment is the arm of one customer.
type Assignment struct {
	Initiative string        `json:"initiative"`
	Customer   cx.CustomerID `json:"customer"`
	Arm        string        `json:"arm"`             // "" when they take no part
	Why        NoPart        `json:"why,omitempty"`   // they take no part
	Acts       bool          `json:"acts"`            // what is improved is for them: not in the control, nor after it was stopped
	Exposed    bool          `json:"exposed"`         // it was noted that they live it
	Since      cx.Time       `json:"since,omitempty"` // when it was drawn
}

// NoPart says why somebody takes no part.
type NoPart string

// The reasons to take no part.
const (
	Ineligible NoPart = "ineligible" // not of the population
	Elsewhere  NoPart = "elsewhere"  // in another initiative of the same group
	Ended      NoPart = "ended"      // it was stopped, or is over
	NotYet     NoPart = "not-yet"    // it has not begun
	NotDrawn   NoPart = "not-drawn"  // it is not done by a draw
)
