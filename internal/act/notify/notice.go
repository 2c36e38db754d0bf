package notify

import (
	"slices"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// Kind says what a notice is about: people choose by it how they are told.
type Kind string

// The kinds.
const (
	Promise     Kind = "promise"     // a promise burns
	Voice       Kind = "voice"       // a complaint spreads
	Case        Kind = "case"        // a case is yours, was escalated, or mentions you
	Rule        Kind = "rule"        // a rule tells you
	Digest      Kind = "digest"      // how yesterday was
	Report      Kind = "report"      // how the week, or the month, was: for those who lead the company
	Improvement Kind = "improvement" // an initiative starts, is judged or stops
	System      Kind = "system"      // the product needs somebody
)

// Kinds lists the kinds.
func Kinds() []Kind { return []Kind{Promise, Voice, Case, Rule, Improvement, Digest, Report, System} }

func (k Kind) valid() bool { return slices.Contains(Kinds(), k) }

// To says whom to tell: one person, the people of an area (who is limited to it,
// and may be, leads only), or those of a role. The fields that are set add up.
type To struct {
	Person string  // a principal's id, "person:3"
	Area   string  // the slug of an area: those limited to it; when nobody is, the leads and administrators of all areas
	Role   cx.Role // everybody of the role
}

// Notice is what people are told.
type Notice struct {
	Key      string // unique: the same one told again is the first
	To       To
	Kind     Kind
	Subject  string     // what it is about, "promise:delivery-on-date": within an hour it is told once, and counted; "": the key
	Title    model.Text // a sentence
	Text     model.Text // more; may be empty
	Href     string     // where it can be seen, a path of ours; "" for nowhere
	Urgent   bool       // it does not wait for the end of quiet hours
	Customer cx.CustomerID
}

// Item is a notice as one person has it.
type Item struct {
	ID       string        `json:"id"`
	Kind     Kind          `json:"kind"`
	Title    model.Text    `json:"title"`
	Text     model.Text    `json:"text"`
	Href     string        `json:"href,omitempty"`
	Urgent   bool          `json:"urgent"`
	Customer cx.CustomerID `json:"customer,omitempty"`
	Count    int           `json:"count"`    // how many of one matter
	FirstAt  time.Time     `json:"first_at"` // of these, the first …
	At       time.Time     `json:"at"`       // … and the last
	Read     bool          `json:"read"`
}
