package timeline

import (
	"encoding/json"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/fact"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// Item is one event or answer on a line.
type Item struct {
	Seq           cx.Seq
	Kind          cx.Kind
	Name          string
	MessageID     string
	Source        string
	At            cx.Time
	ReceivedAt    cx.Time
	UserID        string // as the event named it
	Organization  string // groupId; "" without
	Class         model.Class
	Properties    json.RawMessage // JSON object, nil when absent
	Traits        json.RawMessage // answers: the customer's as they were; else as the event said them; nil when absent
	Answer        *fact.Answer    // answers only
	Circumstances []Circumstance  // what was so then and there
	Episode       cx.Seq          // the episode's ID; 0 when it is at no touchpoint
	Profile       cx.ProfileNo
	Customer      cx.CustomerID // lines of an organization and of everybody: whose it is
	CustomerName  string        // as Customer
}

// Circumstance is what was so at a place for a time.
type Circumstance struct {
	Seq cx.Seq
	fact.Circumstance
}

// EpisodeGap is how long a customer may pause within an episode.
const EpisodeGap = 30 * time.Minute

// Episode is what a customer lived in one go at one touchpoint: events that
// follow one another there with gaps of at most EpisodeGap.
type Episode struct {
	ID            cx.Seq // seq of its first event
	Touchpoint    string
	Stage         string
	From, To      cx.Time // of its first and last event
	Items         int
	Valence       float64 // mean of the items that have one
	HasValence    bool
	Circumstances []Circumstance // that overlap it in place and time
}

// Query asks for a page of a line. Zero fields ask for everything.
type Query struct {
	Cursor                             string
	Limit                              int // 0: 50; at most 500
	Kinds                              []cx.Kind
	Stage, Touchpoint, Channel, Medium string
	Window                             cx.Window
}

// Page is a stretch of a line, newest first by (at, seq). A filtered page may
// hold fewer items than asked for, even none, and still have a Next: the search
// is bounded.
type Page struct {
	Items    []Item
	Episodes []Episode // of the items, newest first; whole, also when they reach beyond the page
	Next     string    // "" at the end
}
