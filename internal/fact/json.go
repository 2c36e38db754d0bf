package fact

import (
	"bytes"
	"errors"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

type faults []cx.Fault

func (fs *faults) add(field, message string) {
	*fs = append(*fs, cx.Fault{Field: field, Message: message})
}

// missing adds the fault unless the field has one already.
func (fs *faults) missing(field, message string) {
	if !slices.ContainsFunc(*fs, func(f cx.Fault) bool { return f.Field == field }) {
		fs.add(field, message)
	}
}

// text reads a string; null is "".
func (fs *faults) text(field string, v jsontext.Value) string {
	switch v.Kind() {
	case 'n':
		return ""
	case '"':
		s, err := jsontext.AppendUnquote(nil, v)
		if err == nil {
			return string(s)
		}
	}
	fs.add(field, "must be a string")
	return ""
}

// scalar reads a string's text, or any other value as the JSON it is.
func (fs *faults) scalar(field string, v jsontext.Value) string {
	switch v.Kind() {
	case 'n', '"':
		return fs.text(field, v)
	}
	return string(v)
}

// number reads a number; null is none.
func (fs *faults) number(field string, v jsontext.Value) (float64, bool) {
	switch v.Kind() {
	case 'n':
		return 0, false
	case '0':
		f, err := strconv.ParseFloat(string(v), 64)
		if err == nil {
			return f, true
		}
	}
	fs.add(field, "must be a number: send 4, not \"4\"")
	return 0, false
}

// members calls fn for each member of the object raw. The value is valid only
// during the call.
func members(raw []byte, fn func(name string, v jsontext.Value)) error {
	dec, err := open(raw, '{')
	if err != nil {
		return err
	}
	for dec.PeekKind() != '}' {
		name, err := dec.ReadToken()
		if err != nil {
			return err
		}
		n := name.String()
		v, err := dec.ReadValue()
		if err != nil {
			return err
		}
		fn(n, v)
	}
	return nil
}

// elements calls fn for each element of the array raw. The value is valid only
// during the call.
func elements(raw []byte, fn func(i int, v jsontext.Value)) error {
	dec, err := open(raw, '[')
	if err != nil {
		return err
	}
	for i := 0; dec.PeekKind() != ']'; i++ {
		v, err := dec.ReadValue()
		if err != nil {
			return err
		}
		fn(i, v)
	}
	return nil
}

func open(raw []byte, want jsontext.Kind) (*jsontext.Decoder, error) {
	dec := jsontext.NewDecoder(bytes.NewBuffer(raw))
	t, err := dec.ReadToken()
	if err == nil && t.Kind() != want {
		err = errors.New("it begins with " + t.Kind().String())
	}
	return dec, err
}
