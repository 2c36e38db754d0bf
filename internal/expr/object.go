package expr

import (
	"bytes"
	"strconv"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Object is a JSON object that is scanned once, at its first use, and whose
// fields are decoded once, when asked for. It is not safe for concurrent use.
type Object struct {
	raw     []byte
	scanned bool
	members []member
}

type member struct {
	name    []byte // unquoted
	raw     []byte
	value   any // as encoding/json gives it
	decoded bool
}

// NewObject returns the object of raw JSON, which must not change while it is
// in use; nil, or anything but an object, is empty.
func NewObject(raw []byte) *Object { return &Object{raw: raw} }

// ObjectOf returns an object already parsed, its values as encoding/json gives
// them.
func ObjectOf(fields map[string]any) *Object {
	o := &Object{scanned: true, members: make([]member, 0, len(fields))}
	for name, value := range fields {
		o.members = append(o.members, member{name: []byte(name), value: value, decoded: true})
	}
	return o
}

// Get returns the value of a field as encoding/json gives it: nil, bool,
// float64, string, []any or map[string]any. Ok tells whether there is one.
func (o *Object) Get(name string) (value any, ok bool) {
	m := o.find(name)
	if m == nil {
		return nil, false
	}
	if !m.decoded {
		m.decoded, m.value = true, decode(m.raw)
	}
	return m.value, true
}

// decode decodes one value; the short cuts are for what nearly every field is.
func decode(raw []byte) any {
	switch c := raw[0]; {
	case c == '"' && bytes.IndexByte(raw, '\\') < 0 && utf8.Valid(raw):
		return string(raw[1 : len(raw)-1])
	case c == '-' || (c >= '0' && c <= '9'):
		if f, err := strconv.ParseFloat(string(raw), 64); err == nil {
			return f
		}
	}
	var v any
	if json.Unmarshal(raw, &v) != nil {
		return nil
	}
	return v
}

// Text returns a field that is a string, or a number or a bool as the JSON
// has it (an order number keeps all its digits); else "".
func (o *Object) Text(name string) string {
	m := o.find(name)
	if m == nil {
		return ""
	}
	if !m.decoded && len(m.raw) > 0 && m.raw[0] != '"' {
		switch m.raw[0] {
		case '{', '[', 'n':
			return ""
		}
		return string(m.raw)
	}
	switch v, _ := o.Get(name); v := v.(type) {
	case string:
		return v
	case float64, bool:
		text, _ := json.Marshal(v)
		return string(text)
	}
	return ""
}

func (o *Object) find(name string) *member {
	if o == nil {
		return nil
	}
	o.scan()
	for i := range o.members {
		if string(o.members[i].name) == name {
			return &o.members[i]
		}
	}
	return nil
}

// scan cuts the object into its members without decoding their values.
func (o *Object) scan() {
	if o.scanned {
		return
	}
	o.scanned = true
	s := scanner{o.raw, 0}
	o.members = s.members()
}

// scanner walks JSON that was validated before it came here. On anything else
// it gives up, and the object is empty.
type scanner struct {
	b []byte
	i int
}

func (s *scanner) space() {
	for s.i < len(s.b) && (s.b[s.i] == ' ' || s.b[s.i] == '\n' || s.b[s.i] == '\r' || s.b[s.i] == '\t') {
		s.i++
	}
}

func (s *scanner) byte(c byte) bool {
	s.space()
	if s.i < len(s.b) && s.b[s.i] == c {
		s.i++
		return true
	}
	return false
}

func (s *scanner) members() []member {
	if !s.byte('{') {
		return nil
	}
	if s.byte('}') {
		return nil
	}
	found := make([]member, 0, 12)
	for {
		s.space()
		name := s.string()
		if name == nil || !s.byte(':') {
			return nil
		}
		s.space()
		from := s.i
		if !s.value() {
			return nil
		}
		m := member{name: name[1 : len(name)-1], raw: s.b[from:s.i]}
		if bytes.IndexByte(name, '\\') >= 0 {
			m.name, _ = jsontext.AppendUnquote(nil, name)
		}
		found = append(found, m)
		if s.byte(',') {
			continue
		}
		if s.byte('}') {
			return found
		}
		return nil
	}
}

// string returns a string with its quotes, or nil.
func (s *scanner) string() []byte {
	if s.i >= len(s.b) || s.b[s.i] != '"' {
		return nil
	}
	from := s.i
	for s.i++; s.i < len(s.b); s.i++ {
		switch s.b[s.i] {
		case '\\':
			s.i++
		case '"':
			s.i++
			return s.b[from:s.i]
		}
	}
	return nil
}

// value steps over one value.
func (s *scanner) value() bool {
	depth := 0
	for from := s.i; s.i < len(s.b); {
		switch s.b[s.i] {
		case '"':
			if s.string() == nil {
				return false
			}
			if depth == 0 {
				return true
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return s.i > from
			}
			if depth--; depth == 0 {
				s.i++
				return true
			}
		case ',', ' ', '\n', '\r', '\t':
			if depth == 0 {
				return s.i > from
			}
		}
		s.i++
	}
	return false
}
