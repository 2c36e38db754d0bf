package ask

import (
	"github.com/vivencia-cx/vivencia/internal/cx"
)

// DecidedEvent names the decision in the log whether a customer is asked.
const DecidedEvent = "vivencia.ask.decided"

// Reason says why somebody is not asked.
type Reason string

// The reasons.
const (
	Holdout      Reason = "holdout"      // of those who are never asked, to see what asking does
	Unsubscribed Reason = "unsubscribed" // they do not want to be written to
	NoConsent    Reason = "consent"      // they did not agree to it
	NoAddress    Reason = "no-address"   // no address is known, or it does not exist
	NotSampled   Reason = "sample"       // not drawn: only some are asked
	Answered     Reason = "answered"     // they answered this survey within its rest
	Rested       Reason = "fatigue"      // they were asked, or will be, too near to this
	Often        Reason = "often"        // they were asked as often as a month allows
	Quota        Reason = "quota"        // enough are asked this day, week or month
	TooLate      Reason = "late"         // it could not be sent while it made sense
	Undeclared   Reason = "undeclared"   // the survey is not declared, or asks no more
)

// Decision is what the log says of whether a customer is asked: the properties
// of a DecidedEvent. A second one of the same ask takes the first one back.
type Decision struct {
	Ask      string        `json:"ask"` // opaque
	Survey   string        `json:"survey"`
	Customer cx.CustomerID `json:"customer"`
	Asked    bool          `json:"asked"`
	Reason   Reason        `json:"reason,omitempty"` // why not
	About    cx.Seq        `json:"about,omitempty"`  // the event that it is about
	Due      string        `json:"due,omitempty"`    // RFC 3339: when they are asked
	Since    string        `json:"since,omitempty"`  // RFC 3339: when they were asked, or answered, last (Rested, Answered)
	By       string        `json:"by,omitempty"`     // the person who sends to a segment
}
