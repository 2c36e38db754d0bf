package history

import (
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Period is a length of the calendar.
type Period string

// The periods. A week begins on Monday.
const (
	Day   Period = "day"
	Week  Period = "week"
	Month Period = "month"
)

// Cuts returns the boundaries of the periods of the calendar of zone that cover
// the window, from the last at or before From to the first at or after To. A
// midnight that a change of the clock skips moves forward, one that comes twice
// is the first. The window must be bounded and not empty, else Cuts is nil.
func Cuts(w cx.Window, every Period, zone *time.Location) []cx.Time { panic("not yet") }
