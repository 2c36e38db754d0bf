package modelview

import (
	"net/url"
	"slices"
	"strconv"

	"github.com/vivencia-cx/vivencia/internal/model"
)

// span is a time of a journey in its form: how many of which unit.
type span struct{ n, unit string }

// run is what makes one run of a journey in its form: a key, else a gap.
type run struct {
	key                string
	gap, before, after span
}

// mark is an event that begins or ends runs in its form.
type mark struct {
	event     string
	when      comparison
	abandoned bool
}

func spanOf(v any) (n, unit string) {
	text, _ := v.(string)
	d, ok := model.ParseSpan(text)
	if !ok {
		return text, ""
	}
	many, unit := model.SpanUnits(d)
	return strconv.Itoa(many), unit
}

func spanFrom(form url.Values, key string) (n, unit string) {
	if n = sent(form, key+".n"); n != "" {
		unit = sent(form, key+".unit")
	}
	return n, unit
}

func runOf(v any) (r run) {
	part, _ := v.(model.Part)
	r.key, _ = part.Get("key").(string)
	for key, s := range map[string]*span{"gap": &r.gap, "before": &r.before, "after": &r.after} {
		s.n, s.unit = spanOf(part.Get(key))
	}
	return r
}

func runFrom(form url.Values, key string) (r run) {
	if r.key = sent(form, key+".key"); r.key == "" {
		r.gap.n, r.gap.unit = spanFrom(form, key+".gap")
		return r
	}
	r.before.n, r.before.unit = spanFrom(form, key+".before")
	r.after.n, r.after.unit = spanFrom(form, key+".after")
	return r
}

func (r run) value() any {
	part := model.Part{
		{Key: "key", Value: orNil(r.key)},
		{Key: "gap", Value: orNil(r.gap.n + r.gap.unit)},
		{Key: "before", Value: orNil(r.before.n + r.before.unit)},
		{Key: "after", Value: orNil(r.after.n + r.after.unit)},
	}
	part = slices.DeleteFunc(part, func(f model.Field) bool { return f.Value == nil })
	if len(part) == 0 {
		return nil
	}
	return part
}

func marksOf(v any) (out []mark) {
	list, _ := v.([]any)
	for _, item := range list {
		var m mark
		switch item := item.(type) {
		case string:
			m.event = item
		case model.Part:
			m.event, _ = item.Get("event").(string)
			when, _ := item.Get("when").(string)
			m.when = comparisonOf(when)
			m.abandoned = item.Get("abandoned") == "true"
		}
		out = append(out, m)
	}
	return out
}

func marksFrom(form url.Values, key string) (out []mark) {
	for i := 0; form.Has(row(key, i) + "event"); i++ {
		at := row(key, i)
		m := mark{event: sent(form, at+"event"), when: comparisonFrom(form, at+"when"), abandoned: sent(form, at+"abandoned") != ""}
		if m.event != "" && form.Get("drop") != key+"."+strconv.Itoa(i) {
			out = append(out, m)
		}
	}
	return out
}

func marksValue(marks []mark) any {
	var out []any
	for _, m := range marks {
		when := m.when.text()
		if when == "" && !m.abandoned {
			out = append(out, m.event)
			continue
		}
		part := model.Part{{Key: "event", Value: m.event}}
		if when != "" {
			part = append(part, model.Field{Key: "when", Value: when})
		}
		if m.abandoned {
			part = append(part, model.Field{Key: "abandoned", Value: true})
		}
		out = append(out, part)
	}
	if out == nil {
		return nil
	}
	return out
}

// namesFrom reads which of the names in a form are ticked.
func namesFrom(form url.Values, key string) (out []string) {
	for i := 0; form.Has(row(key, i) + "name"); i++ {
		if name := sent(form, row(key, i)+"name"); name != "" && form.Has(row(key, i)+"on") {
			out = append(out, name)
		}
	}
	return out
}
