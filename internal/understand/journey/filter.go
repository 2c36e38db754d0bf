package journey

import "github.com/vivencia-cx/vivencia/internal/cx"

// State is how far a run is.
type State string

// The states.
const (
	Running   State = "running"
	Completed State = "completed" // an end that reaches the purpose was lived
	Abandoned State = "abandoned" // an end that gives up was lived, or the silence was too long
	Stuck     State = "stuck"     // running, and later than the script, or than nine in ten runs, at the step where it is
)

// Filter says of which runs an answer is. The zero Filter lets all through; of
// several fields, all must hold.
type Filter struct {
	Window  cx.Window // of when runs began
	Segment string    // slug: of its members now
	State   State
	// Runs that went through:
	Channel, Area, Supplier, Place, Touchpoint string
	Step                                       string // a step's slug: runs that lived what can be it
	Variant                                    string // a variant's id: runs lived exactly so
	Deviation                                  string // a deviation's id: runs that have it
	After, Then                                string // ids of a Graph's nodes as it tells them unless asked otherwise: runs that went directly from one to the other; of one alone, through it
}
