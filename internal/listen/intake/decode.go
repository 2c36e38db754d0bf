package intake

import "github.com/vivencia-cx/vivencia/internal/cx"

// Defaults are what a message takes from its batch.
type Defaults struct {
	Source     string
	ReceivedAt cx.Time
	SentAt     cx.Time
	Context    []byte
	Kind       cx.Kind
}

// Decode validates one message and returns its event, whose bytes and strings
// may be slices of raw. The error is Invalid, its message says what to do.
func Decode(raw []byte, d Defaults) (cx.Event, error) { panic("not yet") }
