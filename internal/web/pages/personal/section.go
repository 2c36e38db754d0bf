package personal

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/api"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/remember/forget"
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

// record is one thing that is known: what it is, for what was lived, and its
// fields in the order in which they are kept, without those that say nothing.
type record struct {
	what   string
	fields []customer.Property
}

// sectionsOf reads what the holders told: what was lived in words, the rest as
// the API shapes it.
func sectionsOf(t customer.Teller, all forget.Export) ([]section, error) {
	out := make([]section, len(all.Sections))
	for i, shaped := range api.ShapeExport(all).Sections {
		out[i].name = shaped.Name
		if lived, ok := all.Sections[i].Items.([]remember.Item); ok {
			for _, item := range lived {
				out[i].items = append(out[i].items, livedRecord(t, item))
			}
			continue
		}
		raw, err := json.Marshal(shaped.Items)
		if err != nil {
			return nil, cx.Wrap("personal.sectionsOf "+shaped.Name, err)
		}
		items := []json.RawMessage{raw}
		if bytes.HasPrefix(raw, []byte("[")) {
			if err := json.Unmarshal(raw, &items); err != nil {
				return nil, cx.Wrap("personal.sectionsOf "+shaped.Name, err)
			}
		}
		for _, item := range items {
			if r := (record{fields: fieldsOf(t, item)}); len(r.fields) > 0 {
				out[i].items = append(out[i].items, r)
			}
		}
	}
	return out, nil
}

// livedRecord tells what was lived as the customer's page does, and adds what
// that leaves out.
func livedRecord(t customer.Teller, i remember.Item) record {
	r := record{what: t.Event(i)}
	add := func(key, value string) {
		if value != "" {
			r.fields = append(r.fields, customer.Property{Name: t.L.T("personal.field." + key), Value: value})
		}
	}
	add("at", t.L.DateTime(i.At))
	add("touchpoint", t.Touchpoint(i.Class.Touchpoint))
	add("where", t.Where(i.Class))
	if i.Answer != nil {
		for _, a := range i.Answer.Items {
			switch {
			case a.HasValue:
				r.fields = append(r.fields, customer.Property{Name: t.Metric(a.Metric), Value: t.Score(a)})
			case a.Text != "":
				add("text", "«"+a.Text+"»")
			default:
				add("choice", a.Choice)
			}
		}
	}
	r.fields = append(r.fields, said(t.Properties(i.Properties))...)
	r.fields = append(r.fields, said(t.Properties(i.Traits))...)
	add("source", i.Source)
	add("received_at", t.L.DateTime(i.ReceivedAt))
	return r
}

// said leaves out what says nothing.
func said(fields []customer.Property) []customer.Property {
	return slices.DeleteFunc(fields, func(p customer.Property) bool { return p.Value == "" || p.Value == "–" })
}

// forPrograms names the members that tell people nothing.
var forPrograms = []string{"seq", "messageId", "no", "into", "from", "episode", "open_suggestions"}

// fieldsOf reads a JSON value: an object's members with their words, anything
// else as it is.
func fieldsOf(t customer.Teller, raw json.RawMessage) []customer.Property {
	dec := json.NewDecoder(bytes.NewReader(raw))
	if token, err := dec.Token(); err != nil || token != json.Delim('{') {
		return said([]customer.Property{{Value: t.Value(raw)}})
	}
	var out []customer.Property
	for dec.More() {
		token, err := dec.Token()
		key, ok := token.(string)
		var value json.RawMessage
		if err != nil || !ok || dec.Decode(&value) != nil {
			break
		}
		if slices.Contains(forPrograms, key) {
			continue
		}
		field := customer.Property{Name: t.Property(key), Value: t.Value(value)}
		if word := "personal.field." + strings.ToLower(key); t.L.Has(word) {
			field.Name = t.L.T(word)
		}
		out = append(out, field)
	}
	return said(out)
}
