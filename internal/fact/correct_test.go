package fact_test

import (
	"slices"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/fact"
)

func TestCorrects(t *testing.T) {
	t.Parallel()
	for properties, want := range map[string][]cx.Seq{
		`{"corrects":[3,4]}`:           {3, 4},
		`{"corrects":[3,"4",-1,null]}`: {3},
		`{"corrects":7}`:               nil,
		`{"other":[3]}`:                nil,
		``:                             nil,
	} {
		e := cx.Event{Kind: cx.Answer, Source: "vivencia", Properties: []byte(properties)}
		if got := fact.Corrects(e); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", properties, got, want)
		}
		e.Source = "web"
		if got := fact.Corrects(e); got != nil {
			t.Errorf("a web page corrects %v", got)
		}
	}
}
