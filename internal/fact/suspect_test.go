package fact_test

import (
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/fact"
)

func TestSuspect(t *testing.T) {
	t.Parallel()
	for properties, want := range map[string]bool{
		`{"suspect":true}`: true, `{"way":"link","suspect":true}`: true,
		`{"suspect":false}`: false, `{"way":"suspect"}`: false, `{"a":{"suspect":true}}`: false, ``: false, `{"suspect":true`: false,
	} {
		if got := fact.Suspect(cx.Event{Properties: []byte(properties)}); got != want {
			t.Errorf("%s: %v", properties, got)
		}
	}
}
