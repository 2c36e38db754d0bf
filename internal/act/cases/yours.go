package cases

import (
	"github.com/vivencia-cx/vivencia/internal/act/dialogue"
	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Yours is what the customer's page Tu caso shows.
type Yours struct {
	Case              string // its id, for what the page does by other services
	Customer          cx.CustomerID
	Number            int64
	Title             string
	Language, Address string // es, en, pt; tu, usted, vos
	Company           string
	FirstName         string // of the customer; may be empty
	Steps             []Step
	Who               string // first name of who looks after it; "" while nobody does
	Area              string // the area's name
	Due               cx.Time
	State             State
	Done              string // what was done, once it is solved
	AskRight          bool   // "¿quedó bien?"
	MadeRight         Answer
	Messages          []dialogue.Message
	Offer             *dialogue.Offer // the open choice, or the last one chosen
	Promise           string          // its name
	PromiseDue        cx.Time         // 0: none known
	CanReply          bool
	CanThank          bool // there is somebody to thank, and they did not yet
	Thanked           bool
	ExpiresAt         cx.Time // of the link
}

// Step is one line of where it stands.
type Step struct {
	What Stage
	At   cx.Time // 0: not yet
}

// Stage is where a case stands, as its customer sees it.
type Stage string

// The stages, in their order.
const (
	Received  Stage = "received"
	InHands   Stage = "in-hands" // somebody looks after it
	MadeGood  Stage = "solved"
	Confirmed Stage = "confirmed" // the customer says that it is right, or did not say otherwise in time
)
