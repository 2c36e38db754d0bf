package intake

import (
	"bytes"
	"errors"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// shared is a batch's context, parsed once for all its messages.
type shared struct {
	members []sharedMember
	groupID string
}

// sharedMember is one member of a batch's context.
type sharedMember struct {
	name  string // as JSON, in quotes
	value []byte
}

// parseContext reads a batch's context; null is none. The error is a
// sentence's end.
func parseContext(raw []byte) (*shared, error) {
	if len(raw) > MaxMessageBytes {
		return nil, errors.New("is larger than 32 KB: leave something out")
	}
	if hasNUL(raw) {
		return nil, errors.New(`holds the character NUL (\u0000), which cannot be stored: leave it out`)
	}
	d := new(decoder)
	d.buffer = *bytes.NewBuffer(raw)
	d.json.Reset(&d.buffer)
	t, err := d.json.ReadToken()
	switch {
	case err != nil:
		return nil, err
	case t.Kind() == 'n':
		return nil, nil
	case t.Kind() != '{':
		return nil, errors.New(`must be an object, such as {"ip": "…"}`)
	}
	s := new(shared)
	for d.json.PeekKind() != '}' {
		name, err := d.readName()
		if err != nil {
			return nil, err
		}
		m := sharedMember{name: string(name)}
		v, err := d.json.ReadValue()
		if err != nil {
			return nil, err
		}
		m.value = slices.Clone(v)
		switch kind := v.Kind(); {
		case m.name == `"traits"` && kind != '{' && kind != 'n':
			return nil, errors.New(`has traits that are no object: send {"key": "value"}`)
		case m.name != `"groupId"` || kind == 'n':
		case kind == '"':
			plain, err := jsontext.AppendUnquote(nil, v)
			if err != nil {
				return nil, err
			}
			s.groupID = string(plain)
		case kind == '0':
			s.groupID = string(m.value)
		default:
			return nil, errors.New("has a groupId that is no string")
		}
		s.members = append(s.members, m)
	}
	if _, err := d.json.ReadToken(); err != nil {
		return nil, err
	}
	return s, nil
}

// merge makes the event's body: the message with the batch's context under its
// own, member by member, one level deep; nothing else changes.
func (d *decoder) merge(s *shared) {
	d.e.Body = d.raw
	if s == nil || len(s.members) == 0 {
		return
	}
	var in []byte // put in at a place, instead of cut bytes
	at, cut := d.object.from+1, 0
	switch {
	case d.contextIsObject:
		at = d.context.to - 1
	case d.context.to != 0: // null
		at, cut = d.context.from, d.context.to-d.context.from
		in = append(in, '{')
	default:
		in = append(in, `"context":{`...)
	}
	open := len(in) - 1
	first := !d.contextIsObject || len(d.contextNames) == 0
	traits := span{}
	for _, m := range s.members {
		if slices.Contains(d.contextNames, m.name) {
			continue
		}
		if !first {
			in = append(in, ',')
		}
		first = false
		in = append(append(in, m.name...), ':')
		switch {
		case m.name == `"traits"` && m.value[0] == '{':
			traits = span{at + len(in), at + len(in) + len(m.value)}
		case m.name == `"groupId"`:
			d.contextGroupID = s.groupID
		}
		in = append(in, m.value...)
	}
	if !d.contextIsObject {
		in = append(in, '}')
	} else if len(in) == 0 {
		return
	}
	size := len(in)
	if d.context.to == 0 && !d.empty {
		in = append(in, ',')
	}
	body := make([]byte, 0, len(d.raw)+len(in)-cut)
	body = append(body, d.raw[:at]...)
	body = append(body, in...)
	body = append(body, d.raw[at+cut:]...)

	moved := len(in) - cut
	d.properties = d.properties.moved(at, moved)
	d.traits = d.traits.moved(at, moved)
	if d.contextIsObject {
		d.context.to += moved
	} else {
		d.context = span{at + open, at + size}
		d.contextIsObject = true
	}
	if traits.to != 0 {
		d.contextTraits = traits
	}
	d.e.Body = body
}
