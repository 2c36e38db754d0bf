package cases

import (
	"github.com/vivencia-cx/vivencia/internal/cx"
)

// State is how far a case is.
type State string

// The states.
const (
	StateOpen   State = "open"   // somebody must do something
	StateSolved State = "solved" // done; the customer has not said yet whether it is right
	StateClosed State = "closed"
	StateMerged State = "merged" // it is another one's: MergedInto
)

// New opens a case.
type New struct {
	Key        string        // the same key is the same case; "" makes one up
	Customer   cx.CustomerID // "" when nobody knows whose it is
	Kind       string        // of the model's cases; "" is one of none
	Area       string        // who answers; "": the kind's, else the touchpoint's, else the promise's, else the plan's own
	Place      string
	Reason     string // a topic or fact of the model, where it is known
	Touchpoint string
	Journey    string
	Promise    string
	Instance   string
	Supplier   string
	Offer      string            // whose choice it carries out: from then on it is not changed
	About      map[string]string // order_id, …
	Title      string            // "": the kind's name
	Words      string            // what happened
	Owner      string            // a person's id ("person:3"); "": nobody yet
	Due        cx.Time           // 0: the kind's time from now
	By         string            // "": who asks; else "rule:SLUG", "customer", "answer:SURVEY", "message"
}

// Case is something that somebody must make right. state.db keeps it as JSON: its
// fields do not change their names.
type Case struct {
	ID     string
	Number int64 // from 1, as people call it
	New          // as it is now; Key is left out

	KindName     string // in the language of the query
	CustomerName string // "" of nobody known
	OwnerName    string
	OpenedName   string // who opened it
	State        State
	OpenedAt     cx.Time
	RespondedAt  cx.Time // when a person first wrote to the customer, or solved it; 0: not yet
	HeardAt      cx.Time // when the customer wrote last, and nobody has answered since; 0: nothing waits
	SolvedAt     cx.Time
	ClosedAt     cx.Time
	ChangedAt    cx.Time
	Overdue      bool            // it is told that its time is over
	Checks       map[string]Item // of the checklist, what is done
	Escalated    int             // 0: no; 1: to the area's lead; 2: above
	Reopened     int             // how often
	MadeRight    Answer          // what the customer says
	Done         string          // what was done
	Given        int64           // minor units, all together
	Cause        string          // see Cause
	MergedInto   string
	Priority     Priority
	Revision     int64 // one more with each change
}

// Late tells whether it should have been solved by now.
func (c *Case) Late(now cx.Time) bool { return c.State == StateOpen && c.Due != 0 && c.Due <= now }

// Answer is a customer's word on whether it is right now.
type Answer string

// The answers.
const (
	Unsaid Answer = ""
	Right  Answer = "right"
	Wrong  Answer = "wrong"
)

// Priority is why a case comes before another. See docs/methods.md: Weight is 1
// for a customer about whom nothing is known, and one that weighs twice as much
// comes before another that is due a day earlier.
type Priority struct {
	Weight float64 // ≥ 1
	Value  int64   // the customer's revenue of the last year, minor units; 0: none known
	Trust  float64 // 0..1; how sure they can be of the next promise
	Known  bool    // whether Trust is
	Rank   cx.Time // ascending: the order of a queue
}

// What is one thing that happened to a case.
type What string

// What happens to cases. The first eight are told to the log.
const (
	Opened    What = "opened"
	Assigned  What = "assigned" // To is whom: a person's id, an area's slug, or "" for nobody
	Due       What = "due"      // its time is over
	Solved    What = "solved"   // Text is what was done
	Closed    What = "closed"
	Reopened  What = "reopened"
	Merged    What = "merged" // To is the case that it is now part of
	Escalated What = "escalated"

	Noted    What = "noted"    // Text; To lists who is mentioned
	Checked  What = "checked"  // Text is the item
	Cleared  What = "cleared"  // the check was taken back
	Gave     What = "gave"     // Amount; Text is what
	Wrote    What = "wrote"    // to the customer
	Heard    What = "heard"    // the customer wrote
	Chose    What = "chose"    // the customer chose; Text is the option
	Said     What = "said"     // the customer says whether it is right; Text is Right or Wrong
	Caused   What = "caused"   // Text is the cause
	Took     What = "took"     // another case became part of this one; To is it
	Delayed  What = "delayed"  // its time was changed; Until is the new one
	Retitled What = "retitled" // Text is the new title
	Found    What = "found"    // whose it is
)

// Entry is one line of a case's story.
type Entry struct {
	N          int64 // from 1 in each case
	At         cx.Time
	By, ByName string // a principal's id and name; "customer", "rule:SLUG", "system"
	What       What
	Text       string
	To         string
	ToName     string
	Amount     int64 // minor units
	Until      cx.Time
}

// Item is one line of a case's checklist.
type Item struct {
	ID, Text   string
	Done       bool
	At         cx.Time
	By, ByName string
}
