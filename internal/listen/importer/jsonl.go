package importer

import (
	"bytes"
	"context"
	"errors"
	"io"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// JSONL imports lines of messages: Segment's, answers and circumstances, one
// JSON object a line. A line without a messageId gets one from its place and
// text; a sentAt is left out, for it would move times that are long settled:
// the line's timestamp (or originalTimestamp) is when it was lived. The source
// is o.Source, else made of the file's name.
func JSONL(ctx context.Context, path string, o Options) (Report, error) {
	const op = "importer.JSONL"
	source := o.Source
	if source == "" {
		source = sourceOf(path)
	}
	if !slug.MatchString(source) {
		return Report{}, cx.Errorf(cx.Invalid, op, "the source must be a slug: lower-case letters, digits, - and _")
	}
	input := &meter{}
	input.size(path)
	in, err := open(path, "", input)
	if err != nil {
		return Report{}, cx.Wrap(op, err)
	}
	defer in.Close()
	r := start(ctx, o, "import jsonl", source, input)
	r.file = base(path)
	lines := newLineReader(in)
	for err == nil {
		var raw []byte
		var bad string
		if raw, bad, err = lines.next(); err != nil {
			break
		}
		if bad != "" {
			err = r.refuse(lines.line, "", raw, bad)
			continue
		}
		m, reason := jsonMessage(raw, func() string { return lineID("line", "", r.file, lines.line, raw) })
		if reason != "" {
			err = r.refuse(lines.line, "", raw, reason)
			continue
		}
		err = r.message(lines.line, m.id, raw, func(dst []byte) []byte { return append(dst, m.text...) })
	}
	if err == io.EOF {
		err = nil
	} else if err != nil {
		err = fileError(path, err)
	}
	report, err := r.finish(err)
	return report, cx.Wrap(op, err)
}

// jsonLine is a message as intake takes it.
type jsonLine struct {
	id, kind string
	text     []byte
}

// jsonMessage reads a line that should be a message. Only an object's own
// members are looked at: intake judges the rest.
func jsonMessage(raw []byte, newID func() string) (m jsonLine, reason string) {
	const malformed = "the line is no JSON object"
	dec := jsontext.NewDecoder(bytes.NewBuffer(raw))
	if t, err := dec.ReadToken(); err != nil || t.Kind() != '{' {
		return m, malformed
	}
	var cuts []span // members to leave out, each with the comma before it
	from := dec.InputOffset()
	for dec.PeekKind() != '}' {
		token, err := dec.ReadToken()
		if err != nil {
			return m, malformed + ": " + jsonFault(err)
		}
		name := token.String()
		value, err := dec.ReadValue()
		if err != nil {
			return m, malformed + ": " + jsonFault(err)
		}
		text := ""
		if value.Kind() == '"' && (name == "messageId" || name == "type") {
			unquoted, _ := jsontext.AppendUnquote(nil, value)
			text = string(unquoted)
		}
		cut := false
		switch name {
		case "messageId":
			m.id = text
			cut = text == "" && (value.Kind() == 'n' || value.Kind() == '"')
		case "type":
			m.kind = text
		case "sentAt":
			cut = true
		}
		if cut {
			cuts = append(cuts, span{int(from), int(dec.InputOffset())})
		}
		from = dec.InputOffset()
	}
	if _, err := dec.ReadToken(); err != nil {
		return m, malformed + ": " + jsonFault(err)
	}
	if len(bytes.TrimSpace(raw[dec.InputOffset():])) > 0 {
		return m, "the line has more than one JSON object"
	}
	if m.text = raw; len(cuts) > 0 || m.id == "" {
		m.rebuild(cuts, newID)
	}
	return m, ""
}

// rebuild leaves members out and adds a messageId when there is none.
func (m *jsonLine) rebuild(cuts []span, newID func() string) {
	raw := bytes.TrimSpace(m.text)
	at := bytes.IndexByte(raw, '{') + 1
	var kept []byte
	for _, c := range cuts {
		kept = append(kept, raw[at:c.from]...)
		at = c.to
	}
	kept = bytes.TrimSpace(append(kept, raw[at:len(raw)-1]...))
	kept = bytes.TrimSpace(bytes.TrimPrefix(kept, []byte{','}))
	m.text = []byte{'{'}
	if m.id == "" {
		m.id = newID()
		m.text = appendString(append(m.text, `"messageId":`...), m.id)
		if len(kept) > 0 {
			m.text = append(m.text, ',')
		}
	}
	m.text = append(append(m.text, kept...), '}')
}

// jsonFault says what is wrong without saying the text.
func jsonFault(err error) string {
	var s *jsontext.SyntacticError
	if errors.As(err, &s) && s.Err != nil {
		return s.Err.Error()
	}
	return "it ends early"
}
