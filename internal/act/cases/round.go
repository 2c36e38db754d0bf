package cases

import "github.com/vivencia-cx/vivencia/internal/cx"

// Round is what a driver's page shows.
type Round struct {
	Name, Company, Language, Address string
	Supplier                         string // its name; may be empty
	Object                           string // what is typed or scanned: the property's name, order_id
	Reasons                          []Option
	ExpiresAt                        cx.Time
}

// Option is one of a few answers.
type Option struct{ ID, Text string }

// Outcome is what became of a delivery.
type Outcome string

// The outcomes.
const (
	Delivered    Outcome = "delivered"
	NotDelivered Outcome = "failed"
	CustomerSaid Outcome = "said"
)

// Report is what a driver says of one order. It may come hours after it was
// said, and more than once.
type Report struct {
	ID      string  // a UUID that the phone made: the same is the same report
	Order   string  // as typed or scanned
	Outcome Outcome // what happened
	Reason  string  // of NotDelivered: one of Round.Reasons
	Text    string  // of CustomerSaid: their words; else what the driver adds
	At      cx.Time // when it was said; 0, or later than now: now
}

// Help is what the page shows at which anybody opens a case.
type Help struct {
	Name, Company, Language, Address string
	Place, Touchpoint                string // their names; may be empty
	Kinds                            []Option
	ExpiresAt                        cx.Time
}

// Request is what somebody without training says at a HelpLink.
type Request struct {
	ID       string // a UUID of the page: the same is the same case
	Kind     string // one of Help.Kinds; "": none of them
	Words    string
	Who      string // a customer's number, e-mail, phone or an order's number; may be empty
	Solved   bool   // it is made right already
	Done     string // how
	Amount   int64  // that was given, minor units; needs who is signed in
	Customer bool   // a customer writes, not one of the company
}
