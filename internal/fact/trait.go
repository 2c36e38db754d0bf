package fact

import (
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// maxTraitName is how long, in bytes, a trait's name may be; longer ones are
// data in the wrong place and are left out.
const maxTraitName = 200

// CustomerTraits returns what an event says of its customer, a JSON object: a
// group call's own traits are of the group, and those of its context of the
// customer. Nil when it says nothing.
func CustomerTraits(e cx.Event) []byte {
	if e.Kind != cx.Group {
		return e.Traits
	}
	var found []byte
	_ = members(e.Context, func(name string, v jsontext.Value) { // what is no object has none
		if name == "traits" {
			found = v.Clone()
		}
	})
	return found
}

// EachTrait calls fn with each trait that the JSON object raw names: those with
// a name of 1 to 200 bytes of text. A value null takes the trait away. The value
// is valid only during the call.
func EachTrait(raw []byte, fn func(name string, value jsontext.Value)) {
	if len(raw) == 0 {
		return
	}
	_ = members(raw, func(name string, value jsontext.Value) { // what is no object says nothing
		if name != "" && len(name) <= maxTraitName && !strings.ContainsRune(name, 0) && utf8.ValidString(name) {
			fn(name, value)
		}
	})
}
