package deliver

import (
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Class says what a message is for.
type Class string

// The classes. Whoever unsubscribes gets none but replies and notices.
const (
	Survey Class = "survey"
	Care   Class = "service" // about what they bought or live with us: nothing is sold in it, and it does not tire them for surveys
	Reply  Class = "reply"   // what answers their own words
	Notice Class = "notice"  // what must be said: it needs no consent and cannot be unsubscribed
	Staff  Class = "staff"   // to people of the company, as they chose
)

// asked tells whether messages of the class go to whoever does not want to be
// written to: they asked for it, or it must be said.
func (c Class) asked() bool { return c == Reply || c == Notice || c == Staff }

// Channel is how a message goes out.
type Channel string

// Mail is the only channel.
const Mail Channel = "mail"

// Message is what goes out to one customer.
type Message struct {
	ID       string        // unique, opaque: the same message put in again is the first one. Its Message-ID is made of it
	Customer cx.CustomerID // "" for a message to nobody we know
	To       string        // the address
	Class    Class
	Channel  Channel // "": Mail
	About    string  // what it is of, a survey's slug: to tell and count
	Letter   Letter
	Expires  cx.Time // it is not sent later; 0: four days from now
}

// State is what became of a message.
type State string

// The states.
const (
	Waiting      State = "waiting"      // to be sent, or sent again
	Sent         State = "sent"         // the server took it
	Bounced      State = "bounced"      // the address does not exist
	Refused      State = "refused"      // the server will not take it
	Expired      State = "expired"      // it could not be sent in time
	Unsubscribed State = "unsubscribed" // the customer did not want it any more when it was to go
	Dropped      State = "dropped"      // a gate, or a restored backup, took it out
)

// Delivery is a message and how it fared.
type Delivery struct {
	ID        string        `json:"id"`
	Customer  cx.CustomerID `json:"customer,omitempty"`
	To        string        `json:"to"` // masked: a•••@example.com
	Class     Class         `json:"class"`
	Channel   Channel       `json:"channel"`
	About     string        `json:"about,omitempty"`
	State     State         `json:"state"`
	CreatedAt time.Time     `json:"created_at"`
	ExpiresAt time.Time     `json:"expires_at"`
	EndedAt   time.Time     `json:"ended_at,omitzero"`
	Attempts  int           `json:"attempts"`
	Error     string        `json:"error,omitempty"` // of the last attempt
}
