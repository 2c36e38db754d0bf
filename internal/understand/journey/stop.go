package journey

import (
	"github.com/vivencia-cx/vivencia/internal/model"
)

// What paths are told by; see By.
const (
	ByEvent      By = "event"      // each event at each touchpoint
	ByStep       By = "step"       // the script's steps, and the touchpoints of what is in none
	ByTouchpoint By = "touchpoint" // the touchpoints
)

// Stop is what a path goes through: a step, a touchpoint, or an event there.
type Stop struct {
	ID         string     // of a step or touchpoint its slug, of an event event@touchpoint; unique in an answer
	Event      string     // "" of a step or touchpoint
	Touchpoint string     // slug
	Step       string     // slug; "": it is in no step
	Name       model.Text // of the step, or of the touchpoint; empty: the event's name is all there is
}
