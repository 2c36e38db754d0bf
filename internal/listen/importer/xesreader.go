package importer

import (
	"bufio"
	"bytes"
	"errors"
	"hash/maphash"
	"io"
	"regexp"
	"strings"

	"golang.org/x/text/encoding/charmap"

	"github.com/vivencia-cx/vivencia/internal/listen/intake"
)

// xesReader reads the traces of an XES log and calls emit for each event, with
// what is known of it in trace, event, name and index.
type xesReader struct {
	emit func(line int) error

	seed   maphash.Seed
	seen   map[uint64]int // hash of a trace's name → its events so far
	traces int
	keys   map[string]string // interned

	trace, event attributes
	name         string // of the trace
	named        bool   // the event stands in a trace
	index        int    // of the event among those of its trace, from 1
}

func newXESReader(emit func(line int) error) *xesReader {
	return &xesReader{emit: emit, seed: maphash.MakeSeed(), keys: map[string]string{}}
}

// file reads a whole document.
func (x *xesReader) file(in io.Reader) error {
	x.traces, x.seen = 0, map[uint64]int{}
	body, err := declaredEncoding(in)
	if err != nil {
		return err
	}
	return x.read(newXMLReader(body))
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

// bytesOf returns the text of an attribute; "" when there is none. It is valid
// until the next event or, of a trace, until the next trace.
func (a *attributes) bytesOf(key string) []byte {
	at, _ := a.find(key)
	return a.value(at)
}

// textOf is bytesOf as a string.
func (a *attributes) textOf(key string) string { return string(a.bytesOf(key)) }

func (x *xesReader) read(r *xmlReader) error {
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

func (x *xesReader) readTrace(r *xmlReader) error {
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
func (x *xesReader) beginEvents() {
	if x.named {
		return
	}
	x.named = true
	if x.name = strings.TrimSpace(x.trace.textOf("concept:name")); x.name == "" {
		x.name = "trace " + itoa(x.traces)
	}
	x.index = x.seen[maphash.String(x.seed, x.name)]
}

func (x *xesReader) endTrace() {
	if x.named {
		x.seen[maphash.String(x.seed, x.name)] = x.index
	}
}

func (x *xesReader) readEvent(r *xmlReader, line int) error {
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
func (x *xesReader) attribute(r *xmlReader, tag *xmlTag, to *attributes, prefix string) error {
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

func (x *xesReader) add(to *attributes, a attribute) {
	if _, known := to.find(a.key); !known && a.key != "" && a.to > a.from {
		to.list = append(to.list, a)
	}
}

// array appends the values within the open list as a JSON array.
func (x *xesReader) array(r *xmlReader, depth int, dst []byte) ([]byte, error) {
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

func (x *xesReader) intern(key []byte) string {
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
