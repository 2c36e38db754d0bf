package promise

import (
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// The records of promises in the log.
const (
	ChangedEvent = "vivencia.promise.changed" // an instance came into another state, and it is news: Changed
	BurningEvent = "vivencia.promise.burning" // a promise began, or ceased, to be broken too often: Burning
)

// Changed is what the log says of an instance that came into another state: the
// properties of a ChangedEvent. Its state is never Waiting. What is older than a
// day, as in an import, is not told, nor what a new or changed promise makes of
// the past.
type Changed struct {
	Promise    string            `json:"promise"`
	Instance   InstanceID        `json:"instance"`
	Customer   cx.CustomerID     `json:"customer"`
	State      State             `json:"state"`
	Was        State             `json:"was"` // what was told before; Waiting at first
	From       cx.Seq            `json:"from"`
	Due        time.Time         `json:"due"`
	At         time.Time         `json:"at"` // when it came into the state, as lived
	Touchpoint string            `json:"touchpoint,omitempty"`
	Area       string            `json:"area"`
	Serves     string            `json:"serves,omitempty"`
	Supplier   string            `json:"supplier,omitempty"`
	Place      string            `json:"place,omitempty"`
	Region     string            `json:"region,omitempty"`
	About      map[string]string `json:"about,omitempty"`    // the property of the promise's object, and its number
	Corrects   bool              `json:"corrects,omitempty"` // what was told before (kept, broken, void) was not so
}

// Burning is what the log says of a promise that is broken so often that its
// error budget goes too fast, or no longer is: the properties of a BurningEvent.
type Burning struct {
	Promise string    `json:"promise"`
	Area    string    `json:"area"`
	Burning bool      `json:"burning"`
	At      time.Time `json:"at"`
	Broken  int       `json:"broken"` // in the hours of the longer window that says so …
	Of      int       `json:"of"`     // … of so many that ended
	Hours   int       `json:"hours"`
	Rate    float64   `json:"rate"` // burn rate there: 1 spends the budget exactly in its window
}
