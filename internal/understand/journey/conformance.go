package journey

import (
	"context"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

// ConformanceQuery asks how runs differ from the script.
type ConformanceQuery struct{ Filter Filter }

// Conformance is how runs differ from the script, by alignment (package align):
// a completed run against the whole script, a run that goes on or was given up
// against as much of the script as it came to, so that what it had not come to is
// not skipped. Without a script N is 0 and there is no figure.
type Conformance struct {
	Journey     model.Journey
	N           int              // runs
	Fitness     outcome.Estimate // mean over all runs; 1 is as designed
	Completed   outcome.Estimate // … over the completed
	AsDesigned  Share            // runs without a skipped, repeated, unexpected or disordered step
	Steps       []StepConformance
	Touchpoints []TouchpointConformance // the least fitting first
	Weeks       []FitnessWeek           // in order; weeks without runs are left out
	Upper       int                     // runs so long that their fitness may be higher than told
}

// StepConformance is how one step of the script was lived.
type StepConformance struct {
	Step    model.Step
	Lived   Share // of the runs that came to it or past it: lived in its place
	InTime  Share // of the times it was lived in its place and the next step is known to be in time or late: in time; N = 0 without Within
	ToNext  Times // until the next step
	Repeats int   // runs in which it was lived again though the script does not repeat it
}

// TouchpointConformance is what share of what was lived, or should have been, at
// a touchpoint is as designed.
type TouchpointConformance struct {
	Touchpoint string
	AsDesigned Share
}

// FitnessWeek is the fitness of the runs that began in a week.
type FitnessWeek struct {
	From    cx.Time
	Fitness outcome.Estimate
}

// DeviationKind says how a run differs from the script.
type DeviationKind string

// The kinds.
const (
	Skipped    DeviationKind = "skipped"    // a step was not lived
	Repeated   DeviationKind = "repeated"   // a step was lived again, and the script does not repeat it
	Unexpected DeviationKind = "unexpected" // something was lived that the script does not have, or not on that way
	Delayed    DeviationKind = "late"       // the step after it came, or is to come, later than expected
	Disordered DeviationKind = "disordered" // a step was lived, but not in its place
)

// Deviation is one way in which runs differ from the script.
type Deviation struct {
	ID         string // kind ":" step, or kind ":" event "@" touchpoint
	Kind       DeviationKind
	Step       *model.Step // nil of the unexpected
	Event      string      // of the unexpected
	Touchpoint string
	Runs       Share // that have it
	Times      int   // how often, over all runs
	By         Times // of the late: how much later
}

// Conformance returns how the runs that the filter lets through differ from the
// script. It needs the right scores.view; who sees only some areas sees runs in
// part, which cannot be held against the script: cx.Forbidden.
func (s *Service) Conformance(ctx context.Context, p cx.Principal, slug string, q ConformanceQuery) (Conformance, error) {
	return Conformance{}, nil
}

// Deviations returns in which ways they differ, the commonest first. Rights and
// errors are Conformance's.
func (s *Service) Deviations(ctx context.Context, p cx.Principal, slug string, q ConformanceQuery) ([]Deviation, error) {
	return nil, nil
}

// RunMove is a moment of one run held against the script.
type RunMove struct {
	Kind  DeviationKind // "": as designed
	Step  *model.Step   // that it is, or was to be; nil of the unexpected
	Event int           // number in the log; −1 of what was skipped
	At    cx.Time       // 0 of what was skipped
}

// against is one run held against the script.
type against struct {
	Moves   []RunMove
	Fitness float64
	Late    []Late
}

// runAgainst holds a case of the log against the script.
func runAgainst(x *lived, c int) (against, error) { return against{}, nil }

// incidence is which cases have which deviation.
type incidence struct {
	deviations []Deviation     // the commonest first
	cases      []eventlog.Mask // of each deviation
}

// deviationsOf returns which cases of x have which deviation; none without a
// script. It is kept as long as x's runs.
func deviationsOf(x *lived) (*incidence, error) { return &incidence{}, nil }

// Held holds an analyst's log, of cases that are over, against a script.
func Held(l *eventlog.Log, j model.Journey) (Conformance, []Deviation, error) {
	return Conformance{}, nil, nil
}
