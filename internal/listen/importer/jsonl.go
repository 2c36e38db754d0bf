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
// text. Without a source, the first file's name makes one.
func JSONL(ctx context.Context, files []string, o Options) (Report, error) {
	report, err := eachFile(ctx, "import jsonl", files, o.source("", files), o, func(r *run, _ string, in io.Reader) error {
		lines := newLineReader(in)
		for {
			raw, reason, err := lines.next()
			switch {
			case errors.Is(err, io.EOF):
				return nil
			case err != nil:
				return err
			}
			var m jsonLine
			if reason == "" {
				m, reason = jsonMessage(raw, func() string { return lineID("line", "", r.file, lines.line, raw) })
			}
			if reason != "" {
				err = r.refuse(lines.line, "", raw, reason)
			} else {
				err = r.message(lines.line, m.id, raw, func(dst []byte) []byte { return append(dst, m.text...) })
			}
			if err != nil {
				return err
			}
		}
	})
	return report, cx.Wrap("importer.JSONL", err)
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
	cut := span{-1, -1} // an empty messageId, with the comma before it
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
		switch {
		case name == "type":
			m.kind = text
		case name == "messageId" && text != "":
			m.id = text
		case name == "messageId" && value.Kind() != 'n' && value.Kind() != '"':
			return m, "messageId is no text"
		case name == "messageId":
			cut = span{int(from), int(dec.InputOffset())}
		}
		from = dec.InputOffset()
	}
	if _, err := dec.ReadToken(); err != nil {
		return m, malformed + ": " + jsonFault(err)
	}
	if len(bytes.TrimSpace(raw[dec.InputOffset():])) > 0 {
		return m, "the line has more than one JSON object"
	}
	if m.text = raw; m.id == "" {
		m.identify(cut, newID())
	}
	return m, ""
}

// identify gives the message an id, in place of the empty one cut out.
func (m *jsonLine) identify(cut span, id string) {
	raw := m.text
	at := bytes.IndexByte(raw, '{') + 1
	rest := raw[at:]
	if cut.from >= 0 {
		rest = append(bytes.Clone(raw[at:cut.from]), raw[cut.to:]...)
	}
	rest = bytes.TrimLeft(rest, " \t\r\n,")
	m.id = id
	m.text = appendString([]byte(`{"messageId":`), id)
	if rest[0] != '}' {
		m.text = append(m.text, ',')
	}
	m.text = append(m.text, rest...)
}

// jsonFault says what is wrong without saying the text.
func jsonFault(err error) string {
	var s *jsontext.SyntacticError
	if errors.As(err, &s) && s.Err != nil {
		return s.Err.Error()
	}
	return "it ends early"
}
