package dialogue

import (
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// The events of customers that this package makes, of the source "vivencia".
const (
	SentEvent     = "Message Sent"     // {message, conversation, channel, said, case, offer, by, …about}
	ReceivedEvent = "Message Received" // {message, conversation, channel, text, case}
	OfferedEvent  = "Choice Offered"   // {offer, choice, options, case, promise, instance, …about}
	MadeEvent     = "Choice Made"      // {offer, choice, option, was, case, promise, instance, …about}
	ThankedEvent  = "Thanks Given"     // {touchpoint, place, text, case}
)

// Channel is how a message went.
type Channel string

// The channels.
const (
	Mail Channel = "mail"
	Page Channel = "page" // it is read where a link leads, and was sent no other way
)

// Note is a message to a customer.
type Note struct {
	Key        string // the same key is the same message; "" makes one up
	Customer   cx.CustomerID
	Subject    model.Text // "": what the company usually calls it
	Text       model.Text
	Case       string            // may be empty; its page is where the message's link leads
	Offer      string            // id of an Offer; its page is where the message's link leads
	Channel    Channel           // "": Mail where there is an address
	About      map[string]string // properties that the event carries: order_id, …
	Touchpoint string            // where it belongs; may be empty
	By         string            // a principal's id, "rule:SLUG"; "": who asked
	ByName     string            // how the customer reads who writes; "": the company
}

// Message is one message of a conversation.
type Message struct {
	ID       string
	Customer cx.CustomerID
	Case     string
	Offer    string
	In       bool // the customer wrote it
	Channel  Channel
	Text     string
	At       cx.Time
	By       string // a principal's id, "rule:SLUG"; "" of the customer
	ByName   string
	State    State
}

// State is what became of a message of ours.
type State string

// The states.
const (
	Waiting State = "waiting" // on its way
	Sent    State = "sent"    // the mail server took it; of a Page: it can be read
	Failed  State = "failed"  // there is no address that takes it, or they do not want any
)

// Conversation is what was said with one customer, or about one case.
type Conversation struct {
	ID       string // opaque, of the customer
	Customer cx.CustomerID
	Messages []Message // oldest first, the newest 500
	Offers   []Offer   // oldest first
}
