package importer

import (
	"strconv"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

func quote(s string) string { return strconv.Quote(s) }

// entry binds an entry of the map to the columns of a file.
func (b *binder) entry(e *entry) *entry {
	bound := *e
	bound.at, bound.name, bound.until, bound.when = b.value(e.at), b.value(e.name), b.value(e.until), b.condition(e.when)
	if e.customer != nil {
		bound.customer = &customer{e.customer.at, b.value(e.customer.userID), b.value(e.customer.anonymousID), b.fields(e.customer.traits)}
	}
	bound.id = make([]*value, len(e.id))
	for i, v := range e.id {
		bound.id[i] = b.value(v)
	}
	bound.properties, bound.members = b.fields(e.properties), b.fields(e.members)
	bound.questions = make([]question, len(e.questions))
	for i, q := range e.questions {
		q.score, q.text, q.choice = b.value(q.score), b.value(q.text), b.value(q.choice)
		bound.questions[i] = q
	}
	return &bound
}

// found is what an entry finds in one line.
type found struct {
	name, userID, anonymousID string
	at, until                 time.Time
	hasUntil                  bool
}

// entry maps one line and emits its record.
func (r *run) entry(e *entry, l *line, rec row) error {
	refuse := func(reason string) error { return r.refuse(rec.line, "", rec.raw, e.node.path+": "+reason) }
	if ok, err := e.when.holds(l); err != nil {
		return refuse("when: " + cx.MessageOf(err))
	} else if !ok {
		r.skipped()
		return nil
	}
	at, ok, reason := e.at.time(l)
	if reason == "" && !ok {
		r.empty()
		return nil
	}
	f := found{at: at}
	if reason == "" {
		reason = f.find(e, l)
	}
	if reason != "" {
		return refuse(reason)
	}
	b := builder{dst: r.scratch[:0]}
	n, reason := b.body(e, l, &f)
	r.scratch = b.dst
	if reason != "" {
		return refuse(reason)
	}
	if e.kind == cx.Answer && n == 0 {
		r.empty()
		return nil
	}
	id, reason := e.messageID(l, f.name, r.file, rec)
	if reason != "" {
		return refuse(reason)
	}
	return r.message(rec.line, id, rec.raw, func(dst []byte) []byte {
		dst = append(dst, `{"type":"`...)
		dst = append(dst, e.kind.String()...)
		dst = append(dst, `","messageId":`...)
		dst = appendString(dst, id)
		dst = append(dst, `,"timestamp":"`...)
		dst = f.at.UTC().AppendFormat(dst, time.RFC3339Nano)
		dst = append(dst, '"')
		dst = append(dst, b.dst...)
		return append(dst, '}')
	})
}

// find reads what every message of the entry needs.
func (f *found) find(e *entry, l *line) (reason string) {
	text := func(v *value) string {
		if v == nil || reason != "" {
			return ""
		}
		var c cell
		c, reason = v.get(l)
		return strings.TrimSpace(c.text)
	}
	f.name = text(e.name)
	if reason == "" && f.name == "" {
		return e.name.label() + " is empty: there is no name"
	}
	if e.until != nil && reason == "" {
		f.until, f.hasUntil, reason = e.until.time(l)
	}
	if e.kind == cx.Circumstance {
		return reason
	}
	f.userID, f.anonymousID = text(e.customer.userID), text(e.customer.anonymousID)
	if reason == "" && f.userID == "" && f.anonymousID == "" {
		v := e.customer.userID
		if v == nil {
			v = e.customer.anonymousID
		}
		return v.label() + " is empty: there is no customer"
	}
	return reason
}

func (e *entry) messageID(l *line, name, file string, rec row) (id, reason string) {
	if len(e.id) == 0 {
		return lineID(e.kind.String(), name, file, rec.line, rec.raw), ""
	}
	parts := make([]string, len(e.id))
	some := false
	for i, v := range e.id {
		c, reason := v.get(l)
		if reason != "" {
			return "", reason
		}
		parts[i] = c.text
		some = some || c.text != ""
	}
	if !some {
		return "", e.id[0].label() + " is empty: there is no id"
	}
	return messageID(e.kind.String(), name, parts...), ""
}

// builder appends the members of a message after its first three.
type builder struct{ dst []byte }

// body appends everything of a message but type, messageId and timestamp. N is
// how many answers were found.
func (b *builder) body(e *entry, l *line, f *found) (n int, reason string) {
	switch e.kind {
	case cx.Track:
		b.text("event", f.name)
	case cx.Answer:
		b.text("survey", f.name)
		if n, reason = b.answers(e.questions, l); reason != "" {
			return n, reason
		}
	case cx.Circumstance:
		b.text("kind", f.name)
		b.time("from", f.at)
		if f.hasUntil {
			b.time("until", f.until)
		}
	}
	b.text("userId", f.userID)
	b.text("anonymousId", f.anonymousID)
	if _, reason = b.members(e.members, l, ','); reason != "" {
		return n, reason
	}
	if reason = b.object("properties", e.properties, l); reason != "" {
		return n, reason
	}
	if e.kind == cx.Circumstance {
		return n, ""
	}
	before := len(b.dst)
	b.dst = append(b.dst, `,"context":{"traits":`...)
	some, reason := b.members(e.customer.traits, l, '{')
	switch {
	case reason != "":
		return n, reason
	case !some:
		b.dst = b.dst[:before]
	default:
		b.dst = append(b.dst, "}}"...)
	}
	return n, ""
}

func (b *builder) text(name, s string) {
	if s == "" {
		return
	}
	b.dst = append(append(append(b.dst, `,"`...), name...), `":`...)
	b.dst = appendString(b.dst, s)
}

func (b *builder) time(name string, at time.Time) {
	b.dst = append(append(append(b.dst, `,"`...), name...), `":"`...)
	b.dst = append(at.UTC().AppendFormat(b.dst, time.RFC3339Nano), '"')
}

// object appends a member whose fields stand in the line, if any does.
func (b *builder) object(name string, fields []field, l *line) (reason string) {
	before := len(b.dst)
	b.dst = append(append(append(b.dst, `,"`...), name...), `":`...)
	some, reason := b.members(fields, l, '{')
	if !some {
		b.dst = b.dst[:before]
		return reason
	}
	b.dst = append(b.dst, '}')
	return reason
}

// members appends those fields that stand in the line, each with a separator
// before it: first, then commas.
func (b *builder) members(fields []field, l *line, first byte) (some bool, reason string) {
	sep := first
	for _, f := range fields {
		c, reason := f.value.get(l)
		if reason != "" {
			return some, reason
		}
		if c.kind == 0 {
			continue
		}
		b.dst = append(b.dst, sep)
		b.dst = append(appendString(b.dst, f.name), ':')
		b.dst = c.appendJSON(b.dst)
		some, sep = true, ','
	}
	return some, ""
}

// answers appends the questions that were answered.
func (b *builder) answers(questions []question, l *line) (n int, reason string) {
	b.dst = append(b.dst, `,"answers":[`...)
	for _, q := range questions {
		before := len(b.dst)
		if n > 0 {
			b.dst = append(b.dst, ',')
		}
		b.dst = append(b.dst, `{"question":`...)
		b.dst = appendString(b.dst, q.name)
		some := false
		for _, part := range [...]struct {
			name string
			*value
		}{{"value", q.score}, {"text", q.text}, {"choice", q.choice}} {
			if part.value == nil {
				continue
			}
			c, reason := part.get(l)
			if reason != "" {
				return n, reason
			}
			if c.kind == 0 || part.name == "text" && strings.TrimSpace(c.text) == "" {
				continue
			}
			if part.name == "value" {
				b.text("metric", q.metric)
				b.text("scale", q.scale)
			}
			b.dst = append(append(append(b.dst, `,"`...), part.name...), `":`...)
			b.dst = c.appendJSON(b.dst)
			some = true
		}
		if !some {
			b.dst = b.dst[:before]
			continue
		}
		b.dst = append(b.dst, '}')
		n++
	}
	b.dst = append(b.dst, ']')
	return n, ""
}
