package survey

import (
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Way is how a response came about.
type Way string

// The ways.
const (
	ByLink    Way = "link"      // a personal link, copied by a person
	ByMail    Way = "mail"      // a personal link, in a mail of ours
	Anonymous Way = "anonymous" // the survey's own address
	ByQR      Way = "qr"        // a poster
	ByWidget  Way = "widget"
	ByKiosk   Way = "kiosk"
	ByAPI     Way = "api"
)

// Personal tells whether links of this way are of one customer.
func (w Way) Personal() bool { return w == ByLink || w == ByMail || w == ByAPI }

// LinkRequest asks for a link.
type LinkRequest struct {
	Survey     string
	Way        Way
	Customer   cx.CustomerID     // of a personal link
	About      map[string]string // properties that the answers carry: order_id, carrier, …; at most 20
	At         cx.Time           // when what it is about was lived; 0: nothing in particular
	Touchpoint string            // "": the one that names the survey
	Place      string
	Language   string        // "": the customer's own, else the browser's
	Expire     time.Duration // of a personal link; 0: the survey's, else model.DefaultExpiry
}

// Link is an address to answer at.
type Link struct {
	ID        string // of a personal link: opaque, for Revoke; "" of others
	Token     string // of a personal link
	Path      string // below BaseURL: "/r/TOKEN", "/s/SURVEY", "/q/SURVEY?p=PLACE"
	URL       string // whole
	ExpiresAt cx.Time
}
