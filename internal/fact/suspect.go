package fact

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Suspect tells whether an answer is marked as one that a program gave: its
// properties have "suspect": true. It is kept and shown as such, and counts nowhere.
func Suspect(e cx.Event) bool {
	if !bytes.Contains(e.Properties, []byte("suspect")) { // nearly none
		return false
	}
	is := false
	err := members(e.Properties, func(name string, v jsontext.Value) {
		is = is || name == "suspect" && v.Kind() == 't'
	})
	return err == nil && is
}
