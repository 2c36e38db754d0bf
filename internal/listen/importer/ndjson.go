package importer

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/listen/intake"
)

// envelope is a line of POST /api/v1/import that is no bare message:
//
//	{"type":"import","source":"olist","file":"orders.csv","line":7,"messageId":"…","message":{…}}
//	{"type":"quarantine","source":"olist","file":"orders.csv","line":8,"reason":"…","raw":"…"}
type envelope struct {
	Type      string         `json:"type"`
	Source    string         `json:"source,omitempty"`
	Way       string         `json:"way,omitempty"`
	File      string         `json:"file,omitempty"`
	Line      int            `json:"line,omitempty"`
	MessageID string         `json:"messageId,omitempty"`
	Reason    string         `json:"reason,omitempty"`
	Raw       string         `json:"raw,omitempty"`
	RawBytes  []byte         `json:"raw_base64,omitempty"` // of raw that is not UTF-8
	Message   jsontext.Value `json:"message,omitempty"`
}

// NDJSON is the media type of the wire format.
const NDJSON = "application/x-ndjson"

// EncodeNDJSON appends the records to dst, one JSON object a line.
func EncodeNDJSON(dst []byte, records []Record) []byte {
	for i := range records {
		r := &records[i]
		kind := "import"
		if r.Message == nil {
			kind = "quarantine"
		}
		dst = append(append(append(dst, `{"type":"`...), kind...), '"')
		text := func(name, s string) {
			if s != "" {
				dst = append(append(append(dst, `,"`...), name...), `":`...)
				dst = appendString(dst, s)
			}
		}
		text("source", r.Source)
		text("way", r.Way)
		text("file", r.File)
		if r.Line > 0 {
			dst = append(append(dst, `,"line":`...), itoa(r.Line)...)
		}
		text("messageId", r.MessageID)
		text("reason", r.Reason)
		switch {
		case r.Message != nil:
			dst = append(append(dst, `,"message":`...), oneLine(r.Message)...)
		case utf8.Valid(r.Raw):
			text("raw", string(r.Raw))
		default:
			dst = base64.StdEncoding.AppendEncode(append(dst, `,"raw_base64":"`...), r.Raw)
			dst = append(dst, '"')
		}
		dst = append(dst, "}\n"...)
	}
	return dst
}

// oneLine replaces line ends: in JSON they can stand between tokens only.
func oneLine(message []byte) []byte {
	if bytes.IndexByte(message, '\n') < 0 {
		return message
	}
	return bytes.ReplaceAll(message, []byte{'\n'}, []byte{' '})
}

// DecodeNDJSON reads what EncodeNDJSON wrote, and bare messages: a line whose
// type is neither import nor quarantine is a message of source itself. It calls
// emit with batches of at most BatchRecords; they are valid during the call. A
// line that is no JSON object becomes a record for quarantine. Envelopes name
// their source; the others, and those that name none, are of source. The error
// is emit's, the reader's, or Invalid when a source is missing or no slug.
func DecodeNDJSON(r io.Reader, source string, emit func([]Record) error) error {
	const op = "importer.DecodeNDJSON"
	lines := newLineReader(r)
	var batch []Record
	size := 0
	flush := func() error {
		if len(batch) == 0 {
			return nil
		}
		err := emit(batch)
		batch, size = batch[:0], 0
		return err
	}
	for {
		raw, bad, err := lines.next()
		if errors.Is(err, io.EOF) {
			return flush()
		}
		if err != nil {
			return cx.Wrap(op, err)
		}
		rec := Record{Source: source, Way: "import", Line: lines.line, Reason: bad}
		if bad != "" {
			rec.Raw = bytes.Clone(raw[:min(len(raw), MaxRaw)])
		} else {
			rec.decode(bytes.Clone(raw))
		}
		if !slug.MatchString(rec.Source) {
			return cx.Errorf(cx.Invalid, op, "line %d: the source must be a slug (?source=… or \"source\" in the line): lower-case letters, digits, - and _", lines.line)
		}
		batch = append(batch, rec)
		if size += len(rec.Message) + len(rec.Raw); len(batch) == BatchRecords || size > BatchBytes-intake.MaxMessageBytes {
			if err := flush(); err != nil {
				return err
			}
		}
	}
}

// decode fills the record from a line.
func (r *Record) decode(raw []byte) {
	enveloped := bytes.HasPrefix(raw, []byte(`{"type":"import"`)) || bytes.HasPrefix(raw, []byte(`{"type":"quarantine"`))
	if !enveloped {
		m, reason := jsonMessage(raw, func() string { return lineID("line", "", "", r.Line, raw) })
		if reason == "" && m.kind != "import" && m.kind != "quarantine" {
			if len(m.text) > intake.MaxMessageBytes {
				reason = tooLarge
			} else {
				r.MessageID, r.Message = m.id, m.text
				return
			}
		}
		if reason != "" {
			r.Reason, r.Raw = reason, raw[:min(len(raw), MaxRaw)]
			return
		}
	}
	var e envelope
	if err := json.Unmarshal(raw, &e); err != nil {
		r.Reason, r.Raw = "the line is no import or quarantine object", raw[:min(len(raw), MaxRaw)]
		return
	}
	r.envelope(e)
}

func (r *Record) envelope(e envelope) {
	r.File, r.Line, r.MessageID = e.File, max(e.Line, 0), e.MessageID
	if e.Source != "" {
		r.Source = e.Source
	}
	if e.Way != "" {
		r.Way = e.Way
	}
	if e.Type == "import" && e.Message.Kind() == '{' {
		if len(e.Message) > intake.MaxMessageBytes {
			r.Reason, r.Raw = tooLarge, e.Message[:MaxRaw]
			return
		}
		r.Message = e.Message
		if r.MessageID == "" {
			m, reason := jsonMessage(e.Message, func() string { return lineID("line", "", e.File, e.Line, e.Message) })
			r.MessageID, r.Message, r.Reason = m.id, m.text, reason
		}
		return
	}
	if r.Reason = e.Reason; r.Reason == "" || e.Type == "import" {
		r.Reason = "the line has no message"
	}
	if r.Raw = []byte(e.Raw); e.RawBytes != nil {
		r.Raw = e.RawBytes
	}
	r.Raw = r.Raw[:min(len(r.Raw), MaxRaw)]
}
