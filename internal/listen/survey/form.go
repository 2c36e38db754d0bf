package survey

import "github.com/vivencia-cx/vivencia/internal/cx"

// Ref is what a request names a response by.
type Ref struct {
	Token      string // of a personal link, from its address; "" at an open survey
	Survey     string // open: its slug
	Way        Way    // open: Anonymous, ByQR, ByWidget or ByKiosk
	Touchpoint string // open: from the address of a poster or widget; what the model does not know is left out
	Place      string
	Response   string // open: Form.Response of the page before; "" begins a response
	Address    string // of who asks, as seen by the server; only a salted hash of the day is used

	Page int     // show this earlier page again; 0, or one that is not reached yet: the page that the response is at
	At   cx.Time // ByKiosk: when it was touched, by the kiosk's clock; 0: now

	UserID, AnonymousID string            // ByWidget: as the site's own script names its visitor
	About               map[string]string // ByWidget: properties that the answers carry, as LinkRequest's
}

// Values are what was posted, as a form posts them, by name:
//
//	ID             the answer; for multiple one value an option
//	ID.ROW         of matrix: the row's answer
//	ID.OPTION      of ranking: the option's place, from 1
//	ID.other       of single and multiple: the text of one's own
//
// Consent is "true" or absent; a date is 2026-11-22.
type Values = map[string][]string

// OtherOption is the value of the option that stands for a text of one's own.
const OtherOption = "other"

// TrapField is the name of a field that people do not see: who fills it is a
// program.
const TrapField = "website"

// State says what a request met.
type State string

// The states.
const (
	Asking   State = "asking"   // a page to answer
	Thanks   State = "thanks"   // just completed
	Answered State = "answered" // completed before; may be corrected while CorrectUntil is not over
	Expired  State = "expired"  // the link was good until some time ago
	Revoked  State = "revoked"  // the link was taken back, or its customer is not known any more
	Unknown  State = "unknown"  // no link of ours: cut short, or made up
	Closed   State = "closed"   // the survey is not asked any more
	TooMany  State = "too-many" // more answers from there than people give: wait a minute
)

// Form is one page of a survey as it is to be shown, its texts in Language.
type Form struct {
	State        State
	Survey       string
	Version      string
	Language     string // es, en or pt; the region follows the company's
	Title        string // of the page; may be empty
	Page, Pages  int    // from 1; how many there are at most on this way
	Response     string // to be posted as Ref.Response at an open survey
	Questions    []Question
	Thanks       string // may be empty
	Redirect     string // may be empty
	CorrectUntil cx.Time
	Anonymous    bool // answers are kept without who gave them
	Team         bool // of the company's own people
}

// Question is one question of a Form.
type Question struct {
	ID, Type   string
	Text, Help string
	Required   bool
	Options    []Option // in the order to show; without Other's
	Rows       []Option
	Scale      []int // of nps, csat, ces, rating and a matrix on a scale: each point
	Low, High  string
	Other      bool
	MaxLength  int
	Min, Max   *float64
	Given      []string          // what was answered so far, as Values
	GivenRow   map[string]string // of matrix by row, of ranking by option
	GivenOther string
	Fault      string // what to do about the answer posted, in Language; "" when it fits
}

// Option is something to choose.
type Option struct{ ID, Text string }
