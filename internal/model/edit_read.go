package model

import (
	"bytes"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Document is the YAML of a model as forms read it, faults of what it says and
// all.
type Document struct{ t *text }

// Read opens a model's YAML; nothing at all is a model without sections. The
// error is Invalid when it cannot be read.
func Read(src []byte) (Document, error) {
	if blank(src) {
		return Document{&text{}}, nil
	}
	t, err := read(src)
	return Document{t}, cx.Wrap("model.Read", err)
}

// blank tells whether nothing is written yet.
func blank(src []byte) bool { return len(bytes.TrimSpace(src)) == 0 }

// Fields returns a section that is a mapping, in the order of the text: values
// are string, Part or []any of these. It is nil when there is no such section.
func (d Document) Fields(section string) Part {
	s, _ := d.t.section(section)
	part, _ := texts(generic(s.node)).(Part)
	return part
}

// Items is Fields of each item of a section that is a list.
func (d Document) Items(section string) []Part {
	s, _ := d.t.section(section)
	out := make([]Part, len(s.items))
	for i, item := range s.items {
		out[i], _ = texts(generic(item.node)).(Part)
	}
	return out
}

// Get returns the value of a key; nil when it has none.
func (p Part) Get(key string) any {
	for _, f := range p {
		if f.Key == key {
			return f.Value
		}
	}
	return nil
}

// TextOf returns a value as a Text: one string stands for all languages.
func TextOf(v any) Text {
	switch v := v.(type) {
	case string:
		return Text{v, v, v}
	case Part:
		in := func(lang string) string { s, _ := v.Get(lang).(string); return s }
		return Text{in("es"), in("en"), in("pt")}
	}
	return Text{}
}

// Source returns the lines of an item of a section that is a list, or of the
// section (at < 0), as they stand, and which line is its first, from 1. A
// section that is not there has none.
func (d Document) Source(section string, at int) (text string, line int, err error) {
	p, err := d.t.piece(section, at)
	if err != nil {
		return "", 0, cx.Wrap("model.Source", err)
	}
	return strings.Join(d.t.lines[p.from:p.to], "\n"), p.from + 1, nil
}

// SetSource returns the YAML with those lines replaced, whatever they say.
func SetSource(src []byte, section string, at int, text string) ([]byte, error) {
	const op = "model.SetSource"
	if blank(src) {
		return []byte(text), nil
	}
	t, err := read(src)
	if err != nil {
		return nil, cx.Wrap(op, err)
	}
	p, err := t.piece(section, at)
	if err != nil {
		return nil, cx.Wrap(op, err)
	}
	t.replace(p.from, p.to, strings.Split(strings.TrimRight(text, "\n"), "\n")...)
	return []byte(strings.Join(t.lines, "\n")), nil
}

// piece is a section, or one of its items when it has lines of its own.
func (t *text) piece(section string, at int) (place, error) {
	s, err := t.section(section)
	switch {
	case err != nil:
		return s, err
	case at >= len(s.items):
		return s, cx.Errorf(cx.NotFound, "model.piece", "%s has no item %d", section, at)
	case at < 0 || s.items[at].column == 0 && s.items[at].from == s.from: // in brackets
		return s, nil
	}
	return s.items[at], nil
}

// texts is a value of generic with every scalar as its text.
func texts(v any) any {
	switch v := v.(type) {
	case written:
		return string(v)
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = texts(item)
		}
		return out
	case Part:
		out := make(Part, len(v))
		for i, f := range v {
			out[i] = Field{f.Key, texts(f.Value)}
		}
		return out
	}
	return v
}
