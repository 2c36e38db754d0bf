package rule

import (
	"encoding/json"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// DecidedEvent names what the log says of a rule and a customer: a Decision.
const DecidedEvent = "vivencia.rule.decided"

// Reason says why a rule does not act.
type Reason string

// The reasons not to begin, in the order in which they are looked at.
const (
	Capped      Reason = "cap"         // it acted for them as often as it may
	Human       Reason = "human"       // they live a moment that must be human: a person has a case
	Holdout     Reason = "holdout"     // of those for whom it never acts, to compare with
	Outranked   Reason = "priority"    // another rule writes to them about the same
	Enough      Reason = "entries"     // it began as often as it may in this day, week or month
	Concurrency Reason = "concurrency" // as many of its runs go on as may
	Control     Reason = "control"     // its initiative drew them to live nothing new, to compare with
	Apart       Reason = "apart"       // they take no part in its initiative, or that does not run
)

// The reasons to leave out a step, or to end a run.
const (
	Condition    Reason = "condition"    // its condition does not hold any more
	Unsubscribed Reason = "unsubscribed" // they do not want to be written to
	NoConsent    Reason = "consent"      // they did not agree to it
	Quiet        Reason = "quiet"        // it waits for the end of the quiet hours
	Fatigue      Reason = "fatigue"      // they were written to as often as may be
	NoAddress    Reason = "no-address"   // there is no way to reach them
	Expired      Reason = "expired"      // what it waited for did not come, or the time had passed
	Undeclared   Reason = "undeclared"   // the rule is not what it was
	Failed       Reason = "failed"       // it could not be done: see what failed
	Discarded    Reason = "discarded"    // a person took it out of what failed
	NotAsked     Reason = "not-asked"    // the survey's own rules spoke against it
)

// Entries lists the reasons not to begin, in their order.
func Entries() []Reason {
	return []Reason{Capped, Human, Holdout, Outranked, Enough, Concurrency, Control, Apart}
}

// Reasons lists every reason.
func Reasons() []Reason {
	return append(Entries(), Condition, Unsubscribed, NoConsent, Quiet, Fatigue, NoAddress, NotAsked, Expired, Undeclared, Failed, Discarded)
}

// Decision is what the log says of one decision: the properties of a
// DecidedEvent. A later one of the same step takes the earlier one back.
type Decision struct {
	Rule     string        `json:"rule"`
	Run      string        `json:"run"`            // opaque
	Step     string        `json:"step,omitempty"` // of the rule's steps: "0", "2.else.1"; "" of whether it begins
	Customer cx.CustomerID `json:"customer"`
	Acted    bool          `json:"acted"`
	Effect   string        `json:"effect,omitempty"` // the kind of the step
	Of       string        `json:"of,omitempty"`     // the slug of what it names: a choice, a survey …
	Reason   Reason        `json:"reason,omitempty"` // why not
	About    cx.Seq        `json:"about,omitempty"`  // the event that it is about
	Due      *time.Time    `json:"due,omitempty"`    // of a wait, and of Quiet: until when at most
}

// event is the record of a decision at a time.
func (d Decision) event(at cx.Time) (cx.Event, error) {
	raw, err := json.Marshal(d)
	if err != nil {
		return cx.Event{}, err
	}
	id := keyOf(d.Run, d.Step)
	if !d.Acted { // found otherwise after a crash, it is told so
		id += ":" + string(d.Reason)
	}
	return cx.NewDecision(DecidedEvent, id, at, raw), nil
}

// keyOf names what a step does, so that twice is once.
func keyOf(run, step string) string { return "rule:" + run + ":" + step }

func timeOf(at cx.Time) *time.Time {
	if at == 0 {
		return nil
	}
	std := at.Std().Truncate(time.Second)
	return &std
}
