package dialogue

import (
	"github.com/vivencia-cx/vivencia/internal/cx"
)

// NewOffer offers a choice of the model to a customer.
type NewOffer struct {
	Key      string // the same key is the same offer; "" makes one up
	Choice   string // the model's slug
	Customer cx.CustomerID
	Case     string
	Promise  string
	Instance string
	About    map[string]string // properties that its events carry: order_id, …
	By       string            // "rule:SLUG", a principal's id
}

// OfferState is how far an offer is.
type OfferState string

// The states of an offer.
const (
	Offering OfferState = "open"    // they may choose
	Chosen   OfferState = "chosen"  // they chose, and may still change their mind
	Settled  OfferState = "settled" // what they chose is being done
	Expired  OfferState = "expired" // they did not choose in time
	Revoked  OfferState = "revoked" // it was taken back
)

// Option is one way on.
type Option struct{ ID, Text string }

// Offer is a choice offered to a customer.
type Offer struct {
	ID                           string
	Choice                       string
	Customer                     cx.CustomerID
	Case, Promise, Instance      string
	About                        map[string]string
	Question                     string // in the language asked for
	Options                      []Option
	State                        OfferState
	Option                       string // that they chose
	OfferedAt, ExpiresAt, MadeAt cx.Time
	Token, Path, URL             string // of the page where they choose
}

// OfferPage is what the page of an offer shows.
type OfferPage struct {
	Offer
	Language, Address string // es, en, pt; tu, usted, vos
	Company           string
	FirstName         string
	Message           string // the words that came with it; may be empty
	Changeable        bool
	CaseToken         string // of Tu caso, where there is a case
}
