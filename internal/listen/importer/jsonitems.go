package importer

import (
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json/jsontext"
)

// maxItem is the longest item of a JSON array that is taken.
const maxItem = 4 << 20

// eachItem reads one JSON object and calls fn with each item of its array
// member, and the line on which it begins. An item is valid during the call. The
// rest of the object is read past, and nothing of it held.
func eachItem(r io.Reader, member string, fn func(raw jsontext.Value, line int) error) error {
	source := &jsonSource{r: r}
	dec := jsontext.NewDecoder(source, jsontext.AllowDuplicateNames(true))
	if t, err := dec.ReadToken(); err != nil || t.Kind() != '{' {
		return source.fault(err, dec)
	}
	found := false
	for dec.PeekKind() != '}' {
		name, err := dec.ReadToken()
		if err != nil {
			return source.fault(err, dec)
		}
		if name.String() != member {
			if err := source.skip(dec); err != nil {
				return source.fault(err, dec)
			}
			continue
		}
		found = true
		if t, err := dec.ReadToken(); err != nil || t.Kind() != '[' {
			return source.fault(err, dec)
		}
		for dec.PeekKind() != ']' {
			source.spare = maxItem
			raw, err := dec.ReadValue()
			if err != nil {
				return source.fault(err, dec)
			}
			if err := fn(raw, source.lineAt(dec.InputOffset()-int64(len(raw)))); err != nil {
				return err
			}
		}
		if _, err := dec.ReadToken(); err != nil {
			return source.fault(err, dec)
		}
	}
	if !found {
		return fmt.Errorf("it has no %s: is it OCEL 2.0 in JSON?", member)
	}
	return nil
}

// jsonSource counts the lines of a JSON text and bounds what a decoder has to
// hold of it.
type jsonSource struct {
	r      io.Reader
	read   int64
	spare  int
	breaks []int64 // where the lines end that lineAt has not passed
	lines  int     // that it has
}

var errLongItem = errors.New("an item is longer than 4 MB")

// Read implements io.Reader.
func (s *jsonSource) Read(p []byte) (int, error) {
	const ahead = 64 << 10 // a decoder reads in pieces
	if s.spare < -ahead {
		return 0, errLongItem
	}
	n, err := s.r.Read(p[:min(len(p), ahead)])
	for i, c := range p[:n] {
		if c == '\n' {
			s.breaks = append(s.breaks, s.read+int64(i))
		}
	}
	s.read += int64(n)
	s.spare -= n
	return n, err
}

// lineAt returns the line of an offset, from 1. Offsets must not go back.
func (s *jsonSource) lineAt(offset int64) int {
	passed := 0
	for passed < len(s.breaks) && s.breaks[passed] < offset {
		passed++
	}
	s.lines += passed
	s.breaks = append(s.breaks[:0], s.breaks[passed:]...)
	return s.lines + 1
}

// skip reads past the next value, token by token.
func (s *jsonSource) skip(dec *jsontext.Decoder) error {
	for depth := dec.StackDepth(); ; {
		s.spare = maxItem
		if _, err := dec.ReadToken(); err != nil {
			return err
		}
		s.lineAt(dec.InputOffset())
		if dec.StackDepth() == depth {
			return nil
		}
	}
}

// fault says where reading ended, without what stands there.
func (s *jsonSource) fault(err error, dec *jsontext.Decoder) error {
	var syntax *jsontext.SyntacticError
	line := s.lineAt(dec.InputOffset())
	switch {
	case errors.Is(err, errLongItem):
		return fmt.Errorf("line %d: %w", line, errLongItem)
	case err == nil:
		return fmt.Errorf("line %d: it is not as OCEL 2.0 in JSON is", line)
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("line %d: it ends early", line)
	case errors.As(err, &syntax):
		return fmt.Errorf("line %d: it is no JSON: %s", line, jsonFault(err))
	}
	return err
}
