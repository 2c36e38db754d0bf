package identity

import "github.com/vivencia-cx/vivencia/internal/cx"

// Identifier is one way in which a profile is known.
type Identifier struct {
	Kind    string // userId, anonymousId, email, phone, or one that the model declares
	Value   string // in normal form
	Source  string // that named it first
	Seq     cx.Seq // of that event
	At      cx.Time
	Profile cx.ProfileNo
}
