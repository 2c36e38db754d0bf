package personal

import (
	"bytes"
	"encoding/json"
	"maps"
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

// sectionsOf reads what the holders told: what is known best in words, the rest
// as the API shapes it. Parts that hold nothing are left out, and so are the
// answers, which stand among what was lived.
func sectionsOf(t customer.Teller, all forget.Export) (out []section, err error) {
	lived := map[cx.Seq]string{} // what happened, in words
	for i, shaped := range api.ShapeExport(all).Sections {
		s := section{name: shaped.Name}
		switch items := all.Sections[i].Items.(type) {
		case []remember.Identifier:
			for _, id := range items {
				s.items = append(s.items, saidRecord(t, t.Identifier(id.Kind), id.Value, id.Source, id.At))
			}
		case []remember.Trait:
			for _, trait := range items {
				for _, v := range append([]remember.TraitValue{trait.TraitValue}, trait.Older...) {
					s.items = append(s.items, saidRecord(t, t.Property(trait.Name), t.Value(v.Value), v.Source, v.At))
				}
			}
		case []remember.Item:
			if s.name == "answers" {
				continue
			}
			for _, item := range items {
				r := livedRecord(t, item)
				lived[item.Seq] = r.what
				s.items = append(s.items, r)
			}
		default:
			if s.items, err = records(t, shaped.Items, lived); err != nil {
				return nil, cx.Wrap("personal.sectionsOf "+s.name, err)
			}
		}
		if len(s.items) > 0 {
			out = append(out, s)
		}
	}
	return out, nil
}

// records reads what has a shape of its own. Of a fact whose event was told
// before only what figures add to it is told.
func records(t customer.Teller, shaped any, lived map[cx.Seq]string) (out []record, err error) {
	raw, err := json.Marshal(shaped)
	if err != nil {
		return nil, err
	}
	items := []json.RawMessage{raw}
	if bytes.HasPrefix(raw, []byte("[")) {
		if err := json.Unmarshal(raw, &items); err != nil {
			return nil, err
		}
	}
	for _, item := range items {
		var r record
		var fact counted
		if json.Unmarshal(item, &fact) == nil && lived[fact.Seq] != "" {
			r = record{lived[fact.Seq], append(fieldsOf(t, item, toldBefore...), fact.fields(t)...)}
		} else {
			r.fields = fieldsOf(t, item)
		}
		if len(r.fields) > 0 {
			out = append(out, r)
		}
	}
	return out, nil
}

// counted is what figures add to an event.
type counted struct {
	Seq      cx.Seq                     `json:"seq"`
	Revenue  *int64                     `json:"revenue_minor"`
	Currency string                     `json:"currency"`
	Derived  map[string]json.RawMessage `json:"derived"`
}

// toldBefore are the members of a fact that stand with its event, or that
// counted.fields tells better.
var toldBefore = []string{"name", "source", "received_at", "properties", "traits", "answers", "derived", "revenue_minor", "currency"}

func (c counted) fields(t customer.Teller) (out []customer.Property) {
	if c.Revenue != nil {
		out = append(out, customer.Property{Name: t.L.T("personal.field.revenue"), Value: t.L.Money(cx.Money{Minor: *c.Revenue, Currency: c.Currency})})
	}
	for _, slug := range slices.Sorted(maps.Keys(c.Derived)) {
		field := customer.Property{Name: t.Property(slug), Value: t.Value(c.Derived[slug])}
		if p, ok := t.Model.Property(slug); ok {
			field.Name = p.Name.In(t.L.Lang)
		}
		if truth := bytes.Trim(c.Derived[slug], `"`); string(truth) == "true" || string(truth) == "false" {
			field.Value = t.Value(truth)
		}
		out = append(out, field)
	}
	return said(out)
}

// saidRecord is one detail: what it is, who said so and when.
func saidRecord(t customer.Teller, name, value, source string, at cx.Time) record {
	return record{fields: []customer.Property{
		{Name: name, Value: value},
		{Name: t.L.T("personal.field.source"), Value: source},
		{Name: t.L.T("personal.field.at"), Value: t.L.DateTime(at)},
	}}
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
var forPrograms = []string{"seq", "messageId", "no", "into", "from", "type", "episode", "open_suggestions"}

// fieldsOf reads a JSON value: an object's members with their words, but for
// those without, anything else as it is.
func fieldsOf(t customer.Teller, raw json.RawMessage, without ...string) []customer.Property {
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
		if slices.Contains(forPrograms, key) || slices.Contains(without, key) {
			continue
		}
		field := customer.Property{Name: t.Property(key), Value: named(t, key, t.Value(value))}
		if word := "personal.field." + strings.ToLower(key); t.L.Has(word) {
			field.Name = t.L.T(word)
		}
		out = append(out, field)
	}
	return said(out)
}

// named writes the model's names for slugs.
func named(t customer.Teller, key, value string) string {
	switch key {
	case "touchpoint":
		return t.Touchpoint(value)
	case "channel":
		return t.Channel(value)
	case "stage", "medium":
		if word := "ui." + key + "." + value; t.L.Has(word) {
			return t.L.T(word)
		}
	case "area":
		if a, ok := t.Model.Area(value); ok {
			return a.Name.In(t.L.Lang)
		}
	}
	return value
}
