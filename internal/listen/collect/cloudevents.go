package collect

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"mime"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/listen/intake"
)

// cloudEvent is an event of CloudEvents 1.0, which becomes a track message:
// name = type, messageId = source and id, timestamp = time, properties = data,
// the customer from the extensions userid and anonymousid, else from data's
// userId and anonymousId. The attributes stay in context.cloudevent.
type cloudEvent struct {
	attributes []attribute
	data       jsontext.Value // JSON; nil: none
}

type attribute struct {
	name  string
	value jsontext.Value
}

// text returns an attribute as text: a string's, or a number or boolean as it
// is written.
func (e *cloudEvent) text(name string) string {
	for _, a := range e.attributes {
		if a.name == name {
			return textOf(a.value)
		}
	}
	return ""
}

func textOf(v jsontext.Value) string {
	switch v.Kind() {
	case '"':
		text, err := jsontext.AppendUnquote(nil, v)
		if err == nil {
			return string(text)
		}
	case '0', 't', 'f':
		return string(v)
	}
	return ""
}

// readCloudEvents takes CloudEvents in binary, structured or batched mode, told
// apart by Content-Type (CloudEvents HTTP protocol binding 1.0.2, §3).
func (r *request) readCloudEvents() error {
	r.batch.Kind = cx.Track
	media, _, _ := mime.ParseMediaType(r.http.Header.Get("Content-Type"))
	body := r.body.Bytes()
	switch media {
	case "application/cloudevents+json":
		r.structured(body)
	case "application/cloudevents-batch+json":
		if jsontext.Value(body).Kind() != '[' {
			return cx.Errorf(cx.Invalid, "collect.cloudevents", "a batch of CloudEvents must be a JSON array of them")
		}
		var events [][]byte
		err := elements(lenient(body), func(from, to int) { events = append(events, body[from:to]) })
		if err != nil { // cut short: one bad message
			events = [][]byte{body}
		}
		for _, e := range events {
			r.structured(e)
		}
	default:
		if strings.HasPrefix(media, "application/cloudevents") {
			return cx.Errorf(cx.Invalid, "collect.cloudevents", "CloudEvents are read as JSON only: send application/cloudevents+json")
		}
		r.binary(media, body)
	}
	return nil
}

// structured takes an event that is one JSON object.
func (r *request) structured(raw []byte) {
	var e cloudEvent
	bad := ""
	err := members(raw, func(name string, value jsontext.Value, from int) {
		value = raw[from : from+len(value)]
		switch name {
		case "data":
			e.data = value
		case "data_base64":
			e.data = append(append([]byte(`{"data_base64":`), value...), '}')
		default:
			if v := value.Kind(); v == '{' || v == '[' {
				bad = "the attribute " + name + " must be a string, a number or a boolean"
			}
			e.attributes = append(e.attributes, attribute{name, value})
		}
	})
	if err != nil {
		r.messages = append(r.messages, raw) // the intake says what is wrong
		return
	}
	r.convert(&e, bad)
}

// binary takes an event whose attributes are headers and whose data is the
// body.
func (r *request) binary(media string, body []byte) {
	var e cloudEvent
	for name, values := range r.http.Header {
		name, ok := strings.CutPrefix(strings.ToLower(name), "ce-")
		if !ok {
			continue
		}
		value := values[0]
		if plain, err := url.PathUnescape(value); err == nil {
			value = plain
		}
		e.attributes = append(e.attributes, attribute{name, appendQuoted(nil, value)})
	}
	slices.SortFunc(e.attributes, func(a, b attribute) int { return strings.Compare(a.name, b.name) })
	isJSON := media == "" || media == "application/json" || media == "text/json" || strings.HasSuffix(media, "+json")
	switch {
	case len(bytes.TrimSpace(body)) == 0:
	case isJSON:
		e.data = bytes.TrimSpace(body)
	case utf8.Valid(body):
		e.data = append(appendQuoted([]byte(`{"data":`), string(body)), '}')
	default:
		e.data = append(appendQuoted([]byte(`{"data_base64":`), base64.StdEncoding.EncodeToString(body)), '}')
	}
	r.convert(&e, "")
}

// convert adds the event's message, and the reason to refuse it if there is
// one.
func (r *request) convert(e *cloudEvent, bad string) {
	id, source := e.text("id"), e.text("source")
	switch version := e.text("specversion"); {
	case bad != "":
	case version == "":
		bad = `specversion is missing: send a CloudEvent with id, source, type and specversion "1.0"`
	case version != "1.0":
		bad = `specversion must be "1.0": no other version of CloudEvents is read`
	case id == "":
		bad = "id is missing: a CloudEvent needs one that is unique in its source"
	case source == "":
		bad = "source is missing: a CloudEvent says what it comes from"
	case e.text("type") == "":
		bad = `type is missing: a CloudEvent says what happened, such as "com.example.order.completed"`
	}
	if bad != "" {
		if r.batch.Refuse == nil {
			r.batch.Refuse = map[int]string{}
		}
		r.batch.Refuse[len(r.messages)] = bad
	}

	userID, anonymousID := e.text("userid"), e.text("anonymousid")
	if e.data.Kind() == '{' && userID == "" && anonymousID == "" {
		_ = members(e.data, func(name string, value jsontext.Value, _ int) {
			switch name {
			case "userId":
				userID = textOf(value)
			case "anonymousId":
				anonymousID = textOf(value)
			}
		})
	}
	m := appendMember([]byte(`{"type":"track"`), "event", e.text("type"))
	for _, x := range [...]struct{ name, value string }{
		{"messageId", messageID(source, id)}, {"timestamp", e.text("time")}, {"userId", userID}, {"anonymousId", anonymousID},
	} {
		if x.value != "" {
			m = appendMember(m, x.name, x.value)
		}
	}
	if e.data != nil && e.data.Kind() != 'n' {
		m = append(m, `,"properties":`...)
		if e.data.Kind() == '{' {
			m = append(m, e.data...)
		} else {
			m = append(append(append(m, `{"data":`...), e.data...), '}')
		}
	}
	m = append(m, `,"context":{"cloudevent":{`...)
	for i, a := range e.attributes {
		if i > 0 {
			m = append(m, ',')
		}
		m = append(append(appendQuoted(m, a.name), ':'), a.value...)
	}
	r.messages = append(r.messages, append(m, "}}}"...))
}

// messageID joins what identifies a CloudEvent, or hashes it when that is too
// long. A source is a URI, so that a blank parts it from the id.
func messageID(source, id string) string {
	if source == "" || id == "" {
		return ""
	}
	joined := source + " " + id
	if utf8.RuneCountInString(joined) <= intake.MaxMessageID {
		return joined
	}
	sum := sha256.Sum256([]byte(joined))
	return "cloudevent:" + hex.EncodeToString(sum[:])
}
