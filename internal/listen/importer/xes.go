package importer

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"hash/maphash"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/encoding/charmap"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/expr"
	"github.com/vivencia-cx/vivencia/internal/listen/intake"
)

// XES imports an event log (IEEE 1849). A trace is one run of a journey; each
// of its events becomes a track event:
//
//   - name: concept:name; with the map's xes.append_lifecycle, NAME+TRANSITION;
//   - at: time:timestamp; an event without one is counted as empty;
//   - customer: the trace's concept:name, or what the map's customer says, whose
//     columns are the properties below;
//   - properties: the event's other attributes under their keys; case_id, the
//     trace's name; the trace's other attributes as case_KEY; an attribute
//     within another as OUTER.INNER; lists as arrays. Of equal keys the first
//     counts.
//   - messageId: name, the trace's name, the event's number in it and its time.
//
// What stands outside traces (globals, classifiers, the log's attributes) is
// not read. A trace without a name is called by its number. An event that
// cannot be mapped waits in quarantine as a JSON object of its attributes. The
// attributes of a trace stand before its events, as the standard has it.
//
// O.Map may be nil; its files and entries are not for event logs. Without a
// source, the first file's name makes one.
func XES(ctx context.Context, files []string, o Options) (Report, error) {
	const op = "importer.XES"
	m := o.Map
	if m == nil {
		m = &Map{zone: time.UTC, decimal: '.', layout: &layout{}}
	}
	if len(m.entries) > 0 {
		return Report{}, cx.Errorf(cx.Invalid, op, "the map has events, answers or circumstances, which are for CSV: an event log needs source, timezone, customer and xes")
	}
	x := xesLog{lifecycle: m.lifecycle, seed: maphash.MakeSeed(), keys: map[string]string{}}
	x.bind(m)
	report, err := eachFile(ctx, "import xes", files, o.source(m.source, files), o, func(r *run, in io.Reader) error {
		x.run, x.traces, x.seen = r, 0, map[uint64]int{}
		body, err := declaredEncoding(in)
		if err == nil {
			err = x.read(newXMLReader(body))
		}
		r.report.MovedTimes = x.line.moved
		return err
	})
	return report, cx.Wrap(op, err)
}

var declared = regexp.MustCompile(`^\s*<\?xml[^>]*encoding\s*=\s*["']([A-Za-z0-9._-]+)["']`)

// declaredEncoding decodes what the XML declaration says.
func declaredEncoding(r io.Reader) (io.Reader, error) {
	b := bufio.NewReader(r)
	head, _ := b.Peek(256)
	found := declared.FindSubmatch(head)
	if found == nil {
		return b, nil
	}
	switch name := strings.ToLower(string(found[1])); name {
	case "utf-8", "utf8", "us-ascii", "ascii":
		return b, nil
	case "iso-8859-1", "latin1", "latin-1":
		return charmap.ISO8859_1.NewDecoder().Reader(b), nil
	case "windows-1252":
		return charmap.Windows1252.NewDecoder().Reader(b), nil
	default:
		return nil, errors.New("the encoding " + name + " is not known: save it as UTF-8")
	}
}

type xesLog struct {
	*run
	lifecycle bool
	line      line
	customer  *customer // nil: the trace
	wanted    []string  // the columns it reads
	cel       bool
	seed      maphash.Seed
	seen      map[uint64]int // hash of a trace's name → its events so far
	traces    int
	keys      map[string]string // interned

	trace, event attributes
	name         string // of the trace
	named        bool
	index        int
}

// attributes are those of one trace or event.
type attributes struct {
	text  []byte
	list  []attribute
	large bool // more than a message may hold: the rest was left out
}

type attribute struct {
	key      string
	kind     byte // as cell's
	from, to int  // in text
}

func (a *attributes) reset() { a.text, a.list, a.large = a.text[:0], a.list[:0], false }

func (a *attributes) value(at attribute) []byte { return a.text[at.from:at.to] }

func (a *attributes) find(key string) (attribute, bool) {
	for _, at := range a.list {
		if at.key == key {
			return at, true
		}
	}
	return attribute{}, false
}

// textOf returns the text of an attribute; "" when there is none.
func (a *attributes) textOf(key string) string {
	at, _ := a.find(key)
	return string(a.value(at))
}

func (x *xesLog) bind(m *Map) {
	x.line = line{times: &times{zone: m.zone}, layout: m.layout, decimal: m.decimal}
	if m.customer == nil {
		return
	}
	b := &binder{index: map[string]int{}, zone: m.zone, open: true}
	x.customer = &customer{m.customer.at, b.value(m.customer.userID), b.value(m.customer.anonymousID), b.fields(m.customer.traits)}
	x.wanted, x.cel = b.names, b.cel != nil
	x.line.columns = make([]string, len(x.wanted))
}

func (x *xesLog) read(r *xmlReader) error {
	for {
		tag, err := r.next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case !tag.start:
			continue
		case tag.depth == 1 && tag.name != "log":
			return errors.New("it is no event log: the document's element is " + tag.name + ", not log")
		case tag.depth == 2 && tag.name == "trace":
			err = x.readTrace(r)
		case tag.depth == 2 && tag.name == "event":
			x.name, x.named = "", false
			x.trace.reset()
			err = x.readEvent(r, tag.line)
		case tag.depth == 2:
			err = skip(r, tag.depth)
		}
		if err != nil {
			return err
		}
	}
}

func (x *xesLog) readTrace(r *xmlReader) error {
	x.trace.reset()
	x.traces++
	x.name, x.named, x.index = "", false, 0
	for {
		tag, err := r.next()
		switch {
		case err != nil:
			return err
		case tag.depth == 2:
			x.endTrace()
			return nil
		case tag.name == "event":
			x.beginEvents()
			err = x.readEvent(r, tag.line)
		default:
			err = x.attribute(r, tag, &x.trace, "")
		}
		if err != nil {
			return err
		}
	}
}

// beginEvents settles the trace's name before its first event.
func (x *xesLog) beginEvents() {
	if x.named {
		return
	}
	x.named = true
	if x.name = strings.TrimSpace(x.trace.textOf("concept:name")); x.name == "" {
		x.name = "trace " + itoa(x.traces)
	}
	x.index = x.seen[maphash.String(x.seed, x.name)]
}

func (x *xesLog) endTrace() {
	if x.named {
		x.seen[maphash.String(x.seed, x.name)] = x.index
	}
}

func (x *xesLog) readEvent(r *xmlReader, line int) error {
	x.event.reset()
	depth := len(r.stack)
	for {
		tag, err := r.next()
		if err == nil && tag.depth == depth {
			break
		}
		if err == nil {
			err = x.attribute(r, tag, &x.event, "")
		}
		if err != nil {
			return err
		}
	}
	x.index++
	return x.emit(line)
}

// attribute reads the attribute that begins with tag, and those within it.
func (x *xesLog) attribute(r *xmlReader, tag *xmlTag, to *attributes, prefix string) error {
	depth := tag.depth
	switch tag.name {
	case "string", "date", "int", "float", "boolean", "id", "list", "container":
	default:
		return skip(r, depth)
	}
	key := x.intern(tag.attr("key"))
	if prefix != "" {
		key = prefix + "." + key
	}
	if to.large = to.large || len(to.text) > 2*intake.MaxMessageBytes || len(to.list) > 2000; to.large {
		return skip(r, depth)
	}
	from := len(to.text)
	if tag.name == "list" || tag.name == "container" {
		var err error
		if to.text, err = x.array(r, depth, to.text); err != nil {
			return err
		}
		x.add(to, attribute{key, 'v', from, len(to.text)})
		return nil
	}
	kind, text := typed(tag.name, tag.attr("value"))
	to.text = append(to.text, text...)
	x.add(to, attribute{key, kind, from, len(to.text)})
	for {
		inner, err := r.next()
		if err == nil && inner.depth == depth {
			return nil
		}
		if err == nil {
			err = x.attribute(r, inner, to, key)
		}
		if err != nil {
			return err
		}
	}
}

func (x *xesLog) add(to *attributes, a attribute) {
	if _, known := to.find(a.key); !known && a.key != "" && a.to > a.from {
		to.list = append(to.list, a)
	}
}

// array appends the values within the open list as a JSON array.
func (x *xesLog) array(r *xmlReader, depth int, dst []byte) ([]byte, error) {
	dst = append(dst, '[')
	first := len(dst)
	for {
		tag, err := r.next()
		if err != nil {
			return dst, err
		}
		if tag.depth == depth {
			return append(dst, ']'), nil
		}
		if !tag.start || tag.name == "values" || len(dst) > 2*intake.MaxMessageBytes {
			continue
		}
		if len(dst) > first {
			dst = append(dst, ',')
		}
		if tag.name == "list" || tag.name == "container" {
			if dst, err = x.array(r, tag.depth, dst); err != nil {
				return dst, err
			}
			continue
		}
		kind, text := typed(tag.name, tag.attr("value"))
		dst = cell{kind, string(text)}.appendJSON(dst)
	}
}

// typed returns the JSON kind of an attribute's value.
func typed(element string, value []byte) (kind byte, text []byte) {
	switch element {
	case "int", "float":
		if n, ok := number(string(bytes.TrimSpace(value)), '.'); ok {
			return 'v', []byte(n)
		}
	case "boolean":
		switch v := string(bytes.TrimSpace(value)); v {
		case "true", "false":
			return 'v', []byte(v)
		}
	}
	return 't', value
}

func (x *xesLog) intern(key []byte) string {
	if s, ok := x.keys[string(key)]; ok {
		return s
	}
	s := string(key)
	if len(x.keys) < 10_000 {
		x.keys[s] = s
	}
	return s
}

// skip reads to the end of the element that is open at depth.
func skip(r *xmlReader, depth int) error {
	for {
		tag, err := r.next()
		if err != nil {
			return err
		}
		if !tag.start && tag.depth == depth {
			return nil
		}
	}
}

// emit maps the event that was read.
func (x *xesLog) emit(line int) error {
	name := strings.TrimSpace(x.event.textOf("concept:name"))
	if transition := x.event.textOf("lifecycle:transition"); x.lifecycle && transition != "" {
		name += "+" + transition
	}
	stamp := x.event.textOf("time:timestamp")
	if stamp == "" {
		x.empty()
		return nil
	}
	at, ok := x.line.usual(strings.TrimSpace(stamp))
	b := builder{dst: x.scratch[:0]}
	var reason string
	switch {
	case !x.named:
		reason = "the event stands outside any trace"
	case name == "":
		reason = "the event has no concept:name"
	case !ok:
		reason = "time:timestamp is no time"
	case x.event.large || x.trace.large:
		reason = "the event has more attributes than a message may hold"
	default:
		reason = x.body(&b, name)
	}
	x.scratch = b.dst
	if reason != "" {
		return x.refuse(line, "", x.raw(), reason)
	}
	id := messageID("track", name, x.name, itoa(x.index), strconv.FormatInt(at.UnixMicro(), 10))
	return x.message(line, id, nil, func(dst []byte) []byte {
		dst = append(dst, `{"type":"track","messageId":`...)
		dst = appendString(dst, id)
		dst = append(dst, `,"timestamp":"`...)
		dst = at.UTC().AppendFormat(dst, time.RFC3339Nano)
		dst = append(dst, '"')
		dst = append(dst, b.dst...)
		return append(dst, '}')
	})
}

func (x *xesLog) body(b *builder, name string) (reason string) {
	b.text("event", name)
	userID, anonymousID := x.name, ""
	if x.customer != nil {
		f := found{}
		x.columns()
		if reason := f.find(&entry{kind: cx.Track, name: &value{typ: "text", constant: name}, customer: x.customer}, &x.line); reason != "" {
			return reason
		}
		userID, anonymousID = f.userID, f.anonymousID
	}
	b.text("userId", userID)
	b.text("anonymousId", anonymousID)
	b.dst = append(b.dst, `,"properties":{`...)
	x.each(func(prefix, key string, c byte, text []byte) {
		if b.dst[len(b.dst)-1] != '{' {
			b.dst = append(b.dst, ',')
		}
		b.dst = append(appendString(b.dst, prefix+key), ':')
		b.dst = cell{c, string(text)}.appendJSON(b.dst)
	})
	b.dst = append(b.dst, '}')
	if x.customer != nil && len(x.customer.traits) > 0 {
		before := len(b.dst)
		b.dst = append(b.dst, `,"context":{"traits":`...)
		some, reason := b.members(x.customer.traits, &x.line, '{')
		if reason != "" {
			return reason
		}
		if b.dst = append(b.dst, "}}"...); !some {
			b.dst = b.dst[:before]
		}
	}
	return ""
}

// each calls fn for each property of the event, none twice.
func (x *xesLog) each(fn func(prefix, key string, kind byte, text []byte)) {
	fn("", "case_id", 't', []byte(x.name))
	for _, a := range x.trace.list {
		if a.key != "concept:name" && a.key != "id" {
			fn("case_", a.key, a.kind, x.trace.value(a))
		}
	}
	for _, a := range x.event.list {
		if a.key == "concept:name" || a.key == "time:timestamp" {
			continue
		}
		if rest, clash := strings.CutPrefix(a.key, "case_"); clash {
			if _, taken := x.trace.find(rest); taken || rest == "id" {
				continue
			}
		}
		fn("", a.key, a.kind, x.event.value(a))
	}
}

// columns fills what the customer's values read.
func (x *xesLog) columns() {
	if x.cel {
		x.line.vars = expr.Vars{Row: map[string]string{}}
	}
	clear(x.line.columns)
	x.each(func(prefix, key string, _ byte, text []byte) {
		for i, name := range x.wanted {
			if rest, ok := strings.CutPrefix(name, prefix); ok && rest == key {
				x.line.columns[i] = string(text)
			}
		}
		if x.cel {
			x.line.vars.Row[prefix+key] = string(text)
		}
	})
}

// raw is the event as a JSON object of its attributes.
func (x *xesLog) raw() []byte {
	b := []byte{'{'}
	for i, a := range x.event.list {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, a.key), ':')
		b = cell{a.kind, string(x.event.value(a))}.appendJSON(b)
	}
	return append(b, '}')
}
