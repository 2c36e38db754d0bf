package modelview

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/web/i18n"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
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

// byKey tells whether the runs of the journey that is looked at share a key.
func (e *editor) byKey() bool {
	part, _ := e.fields.Get("case").(model.Part)
	return part.Get("gap") == nil
}

// keys are what runs can share, and that they are cut by pauses.
func (e *editor) keys(value string) []ui.Option {
	out := []ui.Option{{Text: e.q.T("modelview.run.by-gap")}}
	objects := e.doc.Fields("objects")
	if objects == nil {
		objects = model.Part{{Key: "order", Value: "order_id"}} // what an absent section means
	}
	for _, o := range objects {
		if property, _ := o.Value.(string); property != "" {
			out = append(out, ui.Option{Value: property, Text: e.q.T("modelview.run.by", "what", word(e.q.L, "object", o.Key))})
		}
	}
	if !slices.ContainsFunc(out, func(o ui.Option) bool { return o.Value == value }) {
		out = append(out, ui.Option{Value: value, Text: value})
	}
	return out
}

// check is an event that a step may be.
type check struct {
	name string
	on   bool
}

// checks are the events of the step's touchpoint, and others that it names.
func (e *editor) checks(in input) (out []check) {
	named := stringsOf(e.fields.Get(in.key))
	touchpoint, _ := e.fields.Get("touchpoint").(string)
	for _, name := range e.eventsAt(touchpoint) {
		out = append(out, check{name, slices.Contains(named, name)})
	}
	for _, name := range named {
		if !slices.ContainsFunc(out, func(c check) bool { return c.name == name }) {
			out = append(out, check{name, true})
		}
	}
	return out
}

// stretch is a time of a journey in words: 2 días, 30 minutos.
func stretch(l *i18n.Locale, d time.Duration) string {
	n, unit := model.SpanUnits(d)
	return l.T("modelview.span."+unit, "n", n)
}

// units are what a time of a journey counts.
func units(ctx context.Context, s span) (out []ui.Option) {
	if s.unit == "" && s.n != "" {
		out = append(out, ui.Option{}) // as it is written: it cannot be read
	}
	for _, unit := range []string{"m", "h", "d", "w"} {
		out = append(out, ui.Option{Value: unit, Text: i18n.T(ctx, "modelview.span.unit."+unit)})
	}
	return out
}

// feelings are the choices of how something should be lived.
func feelings(ctx context.Context, value string) []ui.Option {
	out := lived(ctx, "")
	if n, err := number(value); err == nil && !slices.ContainsFunc(out, func(o ui.Option) bool { return o.Value == value }) {
		out = append(out, ui.Option{Value: value, Text: ui.ValenceWord(ctx, n) + " " + i18n.From(ctx).Signed(n, 1)})
	}
	return out
}
