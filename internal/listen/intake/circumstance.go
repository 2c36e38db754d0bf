package intake

import "github.com/vivencia-cx/vivencia/internal/cx"

// Circumstance is what was so at a place, touchpoint, product or supplier for a
// time: a closed till, wrong stock, a strike.
type Circumstance struct {
	Kind       string  `json:"kind"`
	Place      string  `json:"place,omitempty"`
	Touchpoint string  `json:"touchpoint,omitempty"`
	Product    string  `json:"product,omitempty"`
	Supplier   string  `json:"supplier,omitempty"`
	From       cx.Time `json:"from"`
	Until      cx.Time `json:"until,omitempty"` // 0: it goes on
	Value      string  `json:"value,omitempty"` // as text: a string's content, else its JSON
}

// ParseCircumstance reads an event of kind Circumstance.
func ParseCircumstance(e cx.Event) (Circumstance, error) { panic("not yet") }
