package personal

import (
	"bytes"
	"encoding/json"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/web/pages/customer"
)

// everything is all that is known of a customer, as people read it.
type everything struct {
	t        customer.Teller
	c        remember.Customer
	company  string
	madeAt   cx.Time
	by       string
	sections []section
}

// section is one part of it.
type section struct {
	name  string
	items []record
}

// record is one thing that is known; its fields in the order in which they are
// kept, without those that say nothing.
type record struct{ fields []customer.Property }

// sectionOf reads a holder's section, whatever it is made of.
func sectionOf(t customer.Teller, s cx.Section) (section, error) {
	raw, err := json.Marshal(s.Items)
	if err != nil {
		return section{}, cx.Wrap("personal.sectionOf "+s.Name, err)
	}
	out := section{name: s.Name}
	var items []json.RawMessage
	if raw = bytes.TrimSpace(raw); len(raw) > 0 && raw[0] == '[' {
		if err := json.Unmarshal(raw, &items); err != nil {
			return section{}, cx.Wrap("personal.sectionOf "+s.Name, err)
		}
	} else {
		items = []json.RawMessage{raw}
	}
	for _, item := range items {
		if r := recordOf(t, item); len(r.fields) > 0 {
			out.items = append(out.items, r)
		}
	}
	return out, nil
}

func recordOf(t customer.Teller, raw json.RawMessage) record {
	var r record
	if raw = bytes.TrimSpace(raw); len(raw) > 0 && raw[0] != '{' {
		return record{[]customer.Property{{Value: t.Value(raw)}}}
	}
	for _, p := range t.Properties(raw) {
		if p.Value != "" && p.Value != "–" {
			r.fields = append(r.fields, p)
		}
	}
	return r
}
