package ask

import (
	"encoding/json"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// The records of asking in the log.
const (
	DecidedEvent = "vivencia.ask.decided" // whether a customer is asked: a Decision
	SentEvent    = "vivencia.ask.sent"    // they were: a Decision, with what it was sent by
)

// Reason says why somebody is not asked.
type Reason string

// The reasons.
const (
	Holdout      Reason = "holdout"      // of those who are never asked, to compare with
	Unsubscribed Reason = "unsubscribed" // they do not want to be written to
	NoConsent    Reason = "consent"      // they did not agree to it
	NoAddress    Reason = "no-address"   // no address is known, or it does not exist
	NotSampled   Reason = "sample"       // not drawn: only some are asked
	Answered     Reason = "answered"     // they answered this survey already
	Rested       Reason = "fatigue"      // they were asked, or will be, too near to this
	Quota        Reason = "quota"        // enough are asked this day, week or month
	TooLate      Reason = "late"         // it could not be sent while it made sense
	Undeclared   Reason = "undeclared"   // the survey is not asked any more
)

// Reasons lists every reason, in the order in which they are looked at.
func Reasons() []Reason {
	return []Reason{Holdout, Unsubscribed, NoConsent, NoAddress, NotSampled, Answered, Rested, Quota, TooLate, Undeclared}
}

// Decision is what the log says of whether a customer is asked: the properties
// of a DecidedEvent. A later one of the same ask takes the earlier one back.
type Decision struct {
	Ask      string        `json:"ask"` // opaque
	Survey   string        `json:"survey"`
	Customer cx.CustomerID `json:"customer"`
	Asked    bool          `json:"asked"`
	Reason   Reason        `json:"reason,omitempty"` // why not
	Way      string        `json:"way,omitempty"`    // mail or api
	About    cx.Seq        `json:"about,omitempty"`  // the event that it is about
	Due      *time.Time    `json:"due,omitempty"`    // when they are asked
	Since    *time.Time    `json:"since,omitempty"`  // when they were asked, or answered, last: of Rested and Answered
	By       string        `json:"by,omitempty"`     // who sent it to a segment: a principal's id
}

// event is the record of a decision. The same id is the same record.
func (d Decision) event(name, id string, at cx.Time) (cx.Event, error) {
	raw, err := json.Marshal(d)
	if err != nil {
		return cx.Event{}, err
	}
	return cx.NewDecision(name, id, at, raw), nil
}

func timeOf(at cx.Time) *time.Time {
	if at == 0 {
		return nil
	}
	std := at.Std().Truncate(time.Second)
	return &std
}
