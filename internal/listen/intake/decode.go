package intake

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/fact"
)

// Defaults are what a message takes from its batch.
type Defaults struct {
	Source     string
	MessageID  string // when the message has none; "": one is made up
	ReceivedAt cx.Time
	SentAt     cx.Time // 0: unknown; the message's own wins
	Archive    bool    // see Batch.Archive
	Context    []byte  // JSON object or nil
	Kind       cx.Kind // 0: the message's "type"
	Own        bool    // see Batch.Own

	shared *shared // Context, parsed
}

// Decode validates one message and returns its event, whose Body (and so
// Properties, Traits and Context) may be raw's memory. The error is Invalid,
// and lists every fault in sentences that say what to do; the event's
// MessageID is then set if the message has one.
//
// Ids may be numbers and become their text. The time of an event is
// receivedAt − (sentAt − originalTimestamp), Segment's correction of the
// sender's clock; "timestamp" stands for originalTimestamp when that is
// missing, and is taken as it is when there is no sentAt.
func Decode(raw []byte, d Defaults) (cx.Event, error) { return new(decoder).decode(raw, d) }

// span is a stretch of the message; its end is 0 when absent.
type span struct{ from, to int }

func (s span) of(b []byte) []byte {
	if s.to == 0 {
		return nil
	}
	return b[s.from:s.to] // keeps its capacity: the stream finds it in the body by it
}

// moved returns s after n bytes were put in at a place.
func (s span) moved(at, n int) span {
	if s.to != 0 && s.from >= at {
		s.from, s.to = s.from+n, s.to+n
	}
	return s
}

// decoder reads one message at a time, in one pass. It can be used again.
type decoder struct {
	json         jsontext.Decoder
	buffer       bytes.Buffer
	faults       []cx.Fault
	contextNames []string // of the context's members, as JSON, when they matter
	message
}

// message is what a decoder finds in one message.
type message struct {
	raw                       []byte
	object                    span // the message itself
	empty                     bool // it has no members
	typ, event, name          string
	timestamp, original, sent instant
	properties, traits        span
	context, contextTraits    span
	contextIsObject           bool
	contextGroupID            string
	namesMatter               bool // there is a batch's context to merge
	e                         cx.Event
}

func (d *decoder) decode(raw []byte, def Defaults) (cx.Event, error) {
	d.message = message{raw: raw}
	d.faults, d.contextNames = d.faults[:0], d.contextNames[:0]
	var err error
	if def.Context != nil && def.shared == nil {
		if def.shared, err = parseContext(def.Context); err != nil {
			d.fault("context", "of the batch "+sentence(err))
		}
	}
	d.namesMatter = def.shared != nil
	d.e.Source, d.e.ReceivedAt = def.Source, def.ReceivedAt
	if len(raw) > MaxMessageBytes {
		d.fault("", "the message is larger than 32 KB: leave properties out, or send a reference to what is large")
	}
	d.buffer = *bytes.NewBuffer(raw)
	d.json.Reset(&d.buffer)
	if err := d.members(); err != nil {
		d.fault("", "the message "+sentence(err))
		return cx.Event{MessageID: d.e.MessageID}, d.invalid()
	}
	if hasNUL(raw) {
		d.fault("", `the message holds the character NUL (\u0000), which cannot be stored: leave it out`)
	}
	d.merge(def.shared)
	d.judge(&def)
	if len(d.faults) > 0 {
		return cx.Event{MessageID: d.e.MessageID}, d.invalid()
	}
	if d.e.MessageID == "" {
		if d.e.MessageID = def.MessageID; d.e.MessageID == "" {
			d.e.MessageID = rand.Text()
		}
	}
	return d.e, nil
}

func (d *decoder) fault(field, message string) {
	d.faults = append(d.faults, cx.Fault{Field: field, Message: message})
}

func (d *decoder) invalid() error {
	return cx.InvalidFaults("intake.Decode", append([]cx.Fault(nil), d.faults...))
}

// members reads the message's members once, from beginning to end. The error
// is of the JSON.
func (d *decoder) members() error {
	t, err := d.json.ReadToken()
	if err != nil {
		return err
	}
	if t.Kind() != '{' {
		return errors.New("must be a JSON object")
	}
	d.object.from = int(d.json.InputOffset()) - 1
	d.empty = d.json.PeekKind() == '}'
	for d.json.PeekKind() != '}' {
		name, err := d.readName()
		if err != nil {
			return err
		}
		if err := d.member(name); err != nil {
			return err
		}
	}
	if _, err := d.json.ReadToken(); err != nil {
		return err
	}
	d.object.to = int(d.json.InputOffset())
	if _, err := d.json.ReadToken(); !errors.Is(err, io.EOF) {
		return errors.New("must be one JSON object with nothing after it")
	}
	return nil
}

// readName returns the next member's name as JSON, in quotes; one that is
// written with escapes is written plainly.
func (d *decoder) readName() (jsontext.Value, error) {
	name, err := d.json.ReadValue()
	if err != nil || bytes.IndexByte(name, '\\') < 0 {
		return name, err
	}
	plain, err := jsontext.AppendUnquote(nil, name)
	if err != nil {
		return nil, err
	}
	return jsontext.AppendQuote(nil, plain)
}

func (d *decoder) member(name jsontext.Value) error {
	switch string(name) {
	case `"type"`:
		return d.text("type", &d.typ)
	case `"event"`:
		return d.text("event", &d.event)
	case `"name"`:
		return d.text("name", &d.name)
	case `"userId"`:
		return d.text("userId", &d.e.UserID)
	case `"anonymousId"`:
		return d.text("anonymousId", &d.e.AnonymousID)
	case `"groupId"`:
		return d.text("groupId", &d.e.GroupID)
	case `"previousId"`:
		return d.text("previousId", &d.e.PreviousID)
	case `"messageId"`:
		return d.text("messageId", &d.e.MessageID)
	case `"timestamp"`:
		return d.time("timestamp", &d.timestamp)
	case `"originalTimestamp"`:
		return d.time("originalTimestamp", &d.original)
	case `"sentAt"`:
		return d.time("sentAt", &d.sent)
	case `"properties"`:
		return d.part("properties", &d.properties)
	case `"traits"`:
		return d.part("traits", &d.traits)
	case `"context"`:
		return d.readContext()
	}
	return d.json.SkipValue()
}

// text reads a string, or a number as its text; null is "".
func (d *decoder) text(field string, to *string) error {
	v, err := d.json.ReadValue()
	if err != nil {
		return err
	}
	switch v.Kind() {
	case '"':
		if bytes.IndexByte(v, '\\') < 0 {
			*to = string(v[1 : len(v)-1])
			break
		}
		plain, err := jsontext.AppendUnquote(nil, v)
		if err != nil {
			return err
		}
		*to = string(plain)
	case '0':
		*to = string(v)
	case 'n':
	default:
		d.fault(field, "must be a string")
	}
	return nil
}

// part notes where an object stands; null is absent.
func (d *decoder) part(field string, to *span) error {
	v, err := d.json.ReadValue()
	if err != nil {
		return err
	}
	switch v.Kind() {
	case '{':
		end := int(d.json.InputOffset())
		*to = span{end - len(v), end}
	case 'n':
	default:
		d.fault(field, `must be an object, such as {"key": "value"}`)
	}
	return nil
}

// readContext notes where the context and its traits stand.
func (d *decoder) readContext() error {
	if d.json.PeekKind() != '{' {
		v, err := d.json.ReadValue()
		if err != nil {
			return err
		}
		end := int(d.json.InputOffset())
		d.context = span{end - len(v), end}
		if v.Kind() != 'n' {
			d.fault("context", `must be an object, such as {"ip": "…"}`)
		}
		return nil
	}
	if _, err := d.json.ReadToken(); err != nil {
		return err
	}
	d.contextIsObject = true
	d.context.from = int(d.json.InputOffset()) - 1
	for d.json.PeekKind() != '}' {
		name, err := d.readName()
		if err != nil {
			return err
		}
		if d.namesMatter {
			d.contextNames = append(d.contextNames, string(name))
		}
		switch string(name) {
		case `"traits"`:
			err = d.part("context.traits", &d.contextTraits)
		case `"groupId"`:
			err = d.text("context.groupId", &d.contextGroupID)
		default:
			err = d.json.SkipValue()
		}
		if err != nil {
			return err
		}
	}
	if _, err := d.json.ReadToken(); err != nil {
		return err
	}
	d.context.to = int(d.json.InputOffset())
	return nil
}

// judge sets what the event is and finds what is wrong or missing.
func (d *decoder) judge(def *Defaults) {
	e := &d.e
	if e.Kind = def.Kind; e.Kind == 0 {
		e.Kind = d.kind(def.Own)
	}
	e.At = d.lived(def)
	e.Properties = d.properties.of(e.Body)
	if e.Kind == cx.Identify || e.Kind == cx.Group {
		e.Traits = d.traits.of(e.Body)
	} else {
		e.Traits = d.contextTraits.of(e.Body)
	}
	if d.contextIsObject {
		e.Context = d.context.of(e.Body)
	}
	if e.Kind != cx.Group {
		e.GroupID = d.contextGroupID
	}
	if e.Kind != cx.Alias {
		e.PreviousID = ""
	}
	for _, id := range [...]*string{&e.UserID, &e.AnonymousID, &e.PreviousID, &e.GroupID} {
		if strings.TrimSpace(*id) == "" { // blanks are nobody's id
			*id = ""
		}
	}
	d.nameIt()

	missing := func(field, message string) {
		for _, f := range d.faults {
			if f.Field == field {
				return
			}
		}
		d.fault(field, message)
	}
	switch {
	case e.Kind == cx.Alias:
		if e.UserID == "" {
			missing("userId", "is missing: an alias needs the id that the customer has from now on")
		}
		if e.PreviousID == "" {
			missing("previousId", "is missing: an alias needs the id that the customer had before")
		}
	case e.Kind.OfCustomer() && e.UserID == "" && e.AnonymousID == "":
		missing("userId", "is missing, and so is anonymousId: send one of them, so that it is known who lived this")
	}
	if e.Kind == cx.Group && e.GroupID == "" {
		missing("groupId", "is missing: a group call needs the id of the company, school or other account")
	}
	d.short("name", e.Name)
	d.short("userId", e.UserID)
	d.short("anonymousId", e.AnonymousID)
	d.short("groupId", e.GroupID)
	d.short("previousId", e.PreviousID)
	if len(e.MessageID) > MaxMessageID && utf8.RuneCountInString(e.MessageID) > MaxMessageID {
		d.fault("messageId", "is longer than 100 characters: send a shorter one, or none")
	}
}

func (d *decoder) kind(own bool) cx.Kind {
	const known = "send one of identify, track, page, screen, group, alias, answer, circumstance"
	k, ok := cx.ParseKind(d.typ)
	switch {
	case d.typ == "":
		d.fault("type", "is missing: "+known)
	case k == cx.Decision, k == cx.Redacted:
		d.fault("type", strconv.Quote(d.typ)+" is written by Vivencia alone: "+known)
		k = 0
	case (k == cx.Team || k == cx.Mention) && !own:
		d.fault("type", strconv.Quote(d.typ)+` has a way in of its own (mentions: POST /api/v1/mentions): `+known)
		k = 0
	case !ok:
		d.fault("type", "is not known: "+known)
	}
	return k
}

// nameIt gives the event its name, and checks what only answers and
// circumstances have.
func (d *decoder) nameIt() {
	e := &d.e
	switch e.Kind {
	case cx.Track:
		if e.Name = d.event; strings.TrimSpace(e.Name) == "" {
			d.fault("event", `is missing: say what happened, such as "Order Completed"`)
		}
	case cx.Page, cx.Screen:
		if e.Name = d.name; e.Name == "" {
			e.Name = map[cx.Kind]string{cx.Page: "Page", cx.Screen: "Screen"}[e.Kind]
		}
	case cx.Identify:
		e.Name = "Identify"
	case cx.Group:
		e.Name = "Group"
	case cx.Alias:
		e.Name = "Alias"
	case cx.Answer, cx.Team:
		a, err := fact.ParseAnswer(*e)
		e.Name = a.Survey
		d.faults = append(d.faults, cx.FaultsOf(err)...)
		if e.Kind == cx.Team {
			e.UserID, e.AnonymousID, e.GroupID = "", "", ""
		}
	case cx.Mention:
		if e.Properties == nil {
			d.fault("properties", "is missing: it holds the mention")
			return
		}
		m, err := fact.ParseMention(e.Properties)
		e.Name, e.At = "Mention", m.At
		e.UserID, e.AnonymousID, e.GroupID = "", "", ""
		d.faults = append(d.faults, cx.FaultsOf(err)...)
	case cx.Circumstance:
		c, err := fact.ParseCircumstance(*e)
		e.Name, e.At = c.Kind, c.From
		e.UserID, e.AnonymousID, e.GroupID = "", "", ""
		d.faults = append(d.faults, cx.FaultsOf(err)...)
	}
}

func (d *decoder) short(field, s string) {
	if len(s) > MaxText && utf8.RuneCountInString(s) > MaxText {
		d.fault(field, "is longer than 255 characters: send a shorter one")
	}
}

// sentence says what is wrong with a JSON text.
func sentence(err error) string {
	var syntax *jsontext.SyntacticError
	switch {
	case errors.Is(err, jsontext.ErrDuplicateName):
		name := ""
		if errors.As(err, &syntax) && len(syntax.JSONPointer) < MaxText {
			name = " " + syntax.JSONPointer.LastToken()
		}
		return "has the key" + name + " twice in one object: keep one of them"
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return "is JSON cut short: send the whole object"
	case errors.As(err, &syntax) && strings.Contains(syntax.Err.Error(), "UTF-8"):
		return "is not UTF-8: send text as UTF-8"
	case errors.As(err, &syntax):
		return "is not JSON: " + syntax.Err.Error()
	}
	return err.Error()
}

// hasNUL tells whether a JSON text holds the escape \u0000.
func hasNUL(b []byte) bool {
	for from := 0; ; {
		i := bytes.Index(b[from:], []byte(`\u0000`))
		if i < 0 {
			return false
		}
		at := from + i
		slashes := 0
		for at-slashes-1 >= 0 && b[at-slashes-1] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return true
		}
		from = at + 1
	}
}
