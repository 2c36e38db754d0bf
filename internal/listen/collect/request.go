package collect

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/klauspost/compress/gzip"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/listen/intake"
)

// request is one request being read, and the memory for the next one.
type request struct {
	h      *handler
	http   *http.Request
	way    string
	key    string // the write key, once it is known
	public bool   // the messages are mentions
	batch  intake.Batch

	body     bytes.Buffer
	unzip    gzip.Reader
	limited  io.LimitedReader
	messages [][]byte
	out      []byte
}

// keptBytes is how large a request's memory may be to be kept.
const keptBytes = 1 << 20

func (h *handler) take(hr *http.Request, way string) *request {
	r := h.requests.Get().(*request)
	r.h, r.http, r.way = h, hr, way
	r.batch = intake.Batch{Way: way, ReceivedAt: h.Clock.Now()}
	r.key = headerKey(hr)
	r.body.Reset()
	return r
}

func (h *handler) give(r *request) {
	r.http, r.batch, r.key, r.public = nil, intake.Batch{}, "", false
	r.limited.R = nil
	clear(r.messages)
	r.messages = r.messages[:0]
	if r.body.Cap() <= keptBytes && cap(r.out) <= keptBytes {
		h.requests.Put(r)
	}
}

// headerKey returns the write key of the request's header or address: the user
// name of Basic, a Bearer token, or ?writeKey=.
func headerKey(r *http.Request) string {
	if user, _, ok := r.BasicAuth(); ok {
		return user
	}
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return token
	}
	if r.URL.RawQuery != "" {
		return r.URL.Query().Get("writeKey")
	}
	return ""
}

// readBody reads the body, unpacked, up to the limit.
func (r *request) readBody() error {
	const op = "collect.readBody"
	if r.http.ContentLength > intake.MaxBatchBytes {
		return tooLarge()
	}
	from := io.Reader(r.http.Body)
	switch encoding := strings.ToLower(r.http.Header.Get("Content-Encoding")); encoding {
	case "", "identity":
	case "gzip", "x-gzip":
		if err := r.unzip.Reset(r.http.Body); err != nil {
			return cx.Errorf(cx.Invalid, op, "the body is not gzip, though Content-Encoding says so: send it as it is, or as gzip")
		}
		from = &r.unzip
	default:
		return cx.Errorf(cx.Invalid, op, "the body is packed in a way that is not known here: send it as it is, or as gzip")
	}
	r.limited = io.LimitedReader{R: from, N: intake.MaxBatchBytes + 1}
	if _, err := r.body.ReadFrom(&r.limited); err != nil {
		return cx.Errorf(cx.Invalid, op, "the body ended early or is no good gzip: send it again")
	}
	if r.body.Len() > intake.MaxBatchBytes {
		return tooLarge()
	}
	return nil
}

func tooLarge() error {
	return cx.Errorf(cx.TooLarge, "collect.readBody", "the request is larger than 500 KB: send fewer messages at once")
}

// authenticate finds the source of the write key, once there is one.
func (r *request) authenticate() (err error) {
	if r.key == "" || r.batch.Source != "" {
		return nil
	}
	r.batch.Source, err = r.h.Source(r.http.Context(), r.key)
	return cx.Wrap("collect.authenticate", err)
}

// accept hands the messages to the intake as what the write key's source sent.
func (r *request) accept() (intake.Receipt, error) {
	if r.key == "" {
		return intake.Receipt{}, cx.Errorf(cx.Unauthorized, "collect.accept", "the write key is missing: send it as the user name of Basic authentication, or as writeKey in the body")
	}
	if err := r.authenticate(); err != nil {
		return intake.Receipt{}, err
	}
	if r.public {
		return r.h.Mentions.Accept(r.http.Context(), r.batch.Source, r.batch.Way, r.messages)
	}
	r.batch.Messages = r.messages
	return r.h.Intake.Accept(r.http.Context(), r.batch)
}

// single takes the body as one message of the kind. What is wrong with it, the
// intake says.
func (r *request) single(kind cx.Kind) error {
	r.batch.Kind = kind
	body := r.body.Bytes()
	r.messages = append(r.messages, body)
	if r.key == "" {
		_ = members(body, func(name string, value jsontext.Value, _ int) {
			r.takeKey(name, value)
		})
	}
	return nil
}

// readBatch takes the messages of {"batch":[…],"sentAt":…,"context":{…}}. A
// body that is no JSON goes to the intake as one message, to be refused there
// and set aside.
func (r *request) readBatch() error {
	const op = "collect.readBatch"
	body := r.body.Bytes()
	var sentAt jsontext.Value
	found := false
	err := membersOf(body, func(d *jsontext.Decoder, name string) error {
		if name == "batch" && d.PeekKind() == '[' {
			found, r.messages = true, r.messages[:0]
			return elements(d, func(from, to int) { r.messages = append(r.messages, body[from:to]) })
		}
		value, err := d.ReadValue()
		if err != nil {
			return err
		}
		from := int(d.InputOffset()) - len(value)
		switch name {
		case "batch":
			found = false
		case "context":
			r.batch.Context = body[from : from+len(value)]
		case "sentAt":
			sentAt = body[from : from+len(value)]
		}
		r.takeKey(name, value)
		return nil
	})
	if err != nil {
		r.messages = append(r.messages[:0], body) // the gate says what is wrong with it
		return nil                                //nolint:nilerr // refused as a message, not as a request
	}
	if !found {
		return cx.Errorf(cx.Invalid, op, `"batch" is missing: send {"batch":[{"type":"track",…},…]}`)
	}
	if sentAt != nil && sentAt.Kind() != 'n' && string(sentAt) != `""` {
		text, err := jsontext.AppendUnquote(nil, sentAt)
		if err == nil {
			r.batch.SentAt, err = intake.ParseTime(string(text))
		}
		if err != nil {
			return cx.Errorf(cx.Invalid, op, "sentAt must be the time at which the batch was sent, such as 2026-03-02T09:00:00.000Z; or leave it out")
		}
	}
	return nil
}

// readCircumstances takes one circumstance, an array of them, or
// {"circumstances":[…]}.
func (r *request) readCircumstances() error {
	r.batch.Kind = cx.Circumstance
	r.readList("circumstances")
	return nil
}

// readMentions takes one mention, an array of them, or {"mentions":[…]}.
func (r *request) readMentions() error {
	r.public = true
	r.readList("mentions")
	return nil
}

// readList takes one object, an array of them, or an object that holds the
// array under a name.
func (r *request) readList(of string) {
	body := r.body.Bytes()
	list, at := jsontext.Value(bytes.TrimSpace(body)), 0
	if len(list) > 0 && list[0] == '{' {
		list = nil
		err := members(body, func(name string, value jsontext.Value, from int) {
			if name == of && value.Kind() == '[' {
				list, at = body[from:from+len(value)], from
			}
			r.takeKey(name, value)
		})
		if err != nil {
			list = nil
		}
	}
	if list.Kind() != '[' {
		r.messages = append(r.messages, body)
		return
	}
	if at == 0 {
		at = bytes.IndexByte(body, '[')
	}
	err := elements(lenient(list), func(from, to int) {
		r.messages = append(r.messages, body[at+from:at+to])
	})
	if err != nil { // cut short: one bad message
		r.messages = append(r.messages[:0], body)
	}
}

// takeKey takes the write key from the body unless the header has one.
func (r *request) takeKey(name string, value jsontext.Value) {
	if name == "writeKey" && r.key == "" && value.Kind() == '"' {
		if text, err := jsontext.AppendUnquote(nil, value); err == nil {
			r.key = string(text)
		}
	}
}

// lenient reads what is around messages: whether they are good is for the
// intake to say, of each.
func lenient(body []byte) *jsontext.Decoder {
	return jsontext.NewDecoder(bytes.NewBuffer(body), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

// members calls fn with the members of the object body and the offset of each
// value. The value is valid only during the call.
func members(body []byte, fn func(name string, value jsontext.Value, from int)) error {
	return membersOf(body, func(d *jsontext.Decoder, name string) error {
		value, err := d.ReadValue()
		if err == nil {
			fn(name, value, int(d.InputOffset())-len(value))
		}
		return err
	})
}

// membersOf calls read with the name of each member of the object body, to read
// its value.
func membersOf(body []byte, read func(d *jsontext.Decoder, name string) error) error {
	d := lenient(body)
	if t, err := d.ReadToken(); err != nil || t.Kind() != '{' {
		return errors.Join(err, errors.New("no object"))
	}
	for d.PeekKind() != '}' {
		t, err := d.ReadToken()
		if err != nil {
			return err
		}
		if err := read(d, t.String()); err != nil {
			return err
		}
	}
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the object")
	}
	return nil
}

// elements reads an array and calls fn with where each element begins and ends.
func elements(d *jsontext.Decoder, fn func(from, to int)) error {
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	for d.PeekKind() != ']' {
		value, err := d.ReadValue()
		if err != nil {
			return err
		}
		to := int(d.InputOffset())
		fn(to-len(value), to)
	}
	_, err := d.ReadToken()
	return err
}
