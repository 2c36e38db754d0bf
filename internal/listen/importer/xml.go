package importer

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"
)

// Bounds of an XML file. What goes past them ends the import with an error: no
// event log comes near.
const (
	maxTag   = 1 << 20
	maxDepth = 64
)

// xmlReader reads the tags of an XML document one after another, without
// holding it: elements with their attributes, nothing between them (XES has no
// text). It is three times as fast as encoding/xml on event logs. A DOCTYPE is
// refused, so there are no entities but XML's own five.
type xmlReader struct {
	r        io.Reader
	buf      []byte
	pos, end int
	err      error
	line     int

	stack []string // open elements
	names map[string]string
	tag   xmlTag
	ended bool // the tag was <x/>: its end comes next
	root  bool // the root element was closed
}

// xmlTag is a start or an end. Attribute values are valid until the next tag.
type xmlTag struct {
	name  string // without prefix
	start bool
	depth int // of the element: the root's is 1
	line  int
	attrs []xmlAttr
}

type xmlAttr struct {
	name  string
	value []byte
}

func (t *xmlTag) attr(name string) []byte {
	for _, a := range t.attrs {
		if a.name == name {
			return a.value
		}
	}
	return nil
}

func newXMLReader(r io.Reader) *xmlReader {
	return &xmlReader{r: r, buf: make([]byte, 64<<10), line: 1, names: map[string]string{}}
}

func (x *xmlReader) errorf(format string, args ...any) error {
	return fmt.Errorf("line %d: %s", x.line, fmt.Sprintf(format, args...))
}

// next returns the next tag; io.EOF after the root element.
func (x *xmlReader) next() (*xmlTag, error) {
	if x.ended {
		x.ended = false
		return x.close(x.stack[len(x.stack)-1])
	}
	for {
		if err := x.skipText(); err != nil {
			return nil, err
		}
		switch {
		case x.has("<?"):
			if err := x.skipPast("?>"); err != nil {
				return nil, err
			}
		case x.has("<!--"):
			x.advance(4)
			if err := x.skipPast("-->"); err != nil {
				return nil, err
			}
		case x.has("<![CDATA["):
			if err := x.skipPast("]]>"); err != nil {
				return nil, err
			}
		case x.has("<!"):
			return nil, x.errorf("a DOCTYPE or declaration, which event logs do not have: remove it")
		default:
			return x.element()
		}
	}
}

// element reads the tag at pos.
func (x *xmlReader) element() (*xmlTag, error) {
	if x.root {
		return nil, x.errorf("something follows the end of the document")
	}
	n, err := x.tagEnd()
	if err != nil {
		return nil, err
	}
	b := x.buf[x.pos : x.pos+n]
	if !utf8.Valid(b) {
		return nil, x.errorf("it is not UTF-8, which the document says it is")
	}
	if b[1] == '/' {
		name, rest := x.name(b[2 : n-1])
		if name == "" || len(bytes.TrimLeft(rest, " \t\r\n")) > 0 {
			return nil, x.errorf("a closing tag is malformed")
		}
		x.advance(n)
		return x.close(name)
	}
	b = b[1 : n-1]
	if x.ended = len(b) > 0 && b[len(b)-1] == '/'; x.ended {
		b = b[:len(b)-1]
	}
	name, rest := x.name(b)
	if name == "" {
		return nil, x.errorf("< begins no tag: write &lt; for the character")
	}
	if len(x.stack) == maxDepth {
		return nil, x.errorf("elements are nested deeper than %d", maxDepth)
	}
	x.tag = xmlTag{name: name, start: true, depth: len(x.stack) + 1, line: x.line, attrs: x.tag.attrs[:0]}
	x.line += bytes.Count(b, []byte{'\n'}) // before references are replaced
	x.pos += n
	x.stack = append(x.stack, name)
	return &x.tag, x.attributes(rest)
}

func (x *xmlReader) close(name string) (*xmlTag, error) {
	depth := len(x.stack)
	if depth == 0 || x.stack[depth-1] != name {
		return nil, x.errorf("</%s> closes what is not open", name)
	}
	x.stack = x.stack[:depth-1]
	x.root = depth == 1
	x.tag = xmlTag{name: name, depth: depth, line: x.line, attrs: x.tag.attrs[:0]}
	return &x.tag, nil
}

// name reads a name and leaves its prefix out.
func (x *xmlReader) name(b []byte) (name string, rest []byte) {
	n := 0
	for n < len(b) && !space(b[n]) && b[n] != '=' && b[n] != '/' && b[n] != '<' && b[n] != '"' && b[n] != '\'' {
		n++
	}
	full := b[:n]
	if colon := bytes.IndexByte(full, ':'); colon > 0 && colon+1 < len(full) {
		full = full[colon+1:]
	}
	name, ok := x.names[string(full)]
	if !ok {
		name = string(full)
		if len(x.names) < 1000 {
			x.names[name] = name
		}
	}
	return name, b[n:]
}

func (x *xmlReader) attributes(b []byte) error {
	for {
		trimmed := bytes.TrimLeft(b, " \t\r\n")
		if len(trimmed) == 0 {
			return nil
		}
		if len(trimmed) == len(b) {
			return x.errorf("attributes need a blank between them")
		}
		var a xmlAttr
		a.name, b = x.name(trimmed)
		b = bytes.TrimLeft(b, " \t\r\n")
		if a.name == "" || len(b) == 0 || b[0] != '=' {
			return x.errorf("an attribute has no value")
		}
		b = bytes.TrimLeft(b[1:], " \t\r\n")
		if len(b) == 0 || (b[0] != '"' && b[0] != '\'') {
			return x.errorf("the value of the attribute %s has no quotes", a.name)
		}
		end := bytes.IndexByte(b[1:], b[0]) // tagEnd saw to it that there is one
		value, err := unescape(b[1 : 1+end])
		if err != nil {
			return x.errorf("the attribute %s %s", a.name, err)
		}
		a.value, b = value, b[end+2:]
		x.tag.attrs = append(x.tag.attrs, a)
	}
}

// unescape replaces references to characters; in place, for they only shrink.
func unescape(b []byte) ([]byte, error) {
	if bytes.IndexByte(b, '<') >= 0 {
		return nil, errors.New("has a bare <: write &lt;")
	}
	amp := bytes.IndexByte(b, '&')
	if amp < 0 {
		return b, nil
	}
	out := b[:0]
	for ; amp >= 0; amp = bytes.IndexByte(b, '&') {
		out = append(out, b[:amp]...)
		b = b[amp+1:]
		end := bytes.IndexByte(b[:min(len(b), 12)], ';')
		if end < 0 {
			return nil, errors.New("has a bare &: write &amp;")
		}
		r, ok := reference(string(b[:end]))
		if !ok {
			return nil, fmt.Errorf("has &%s;, which is no character", b[:end])
		}
		out = utf8.AppendRune(out, r)
		b = b[end+1:]
	}
	return append(out, b...), nil
}

func reference(s string) (rune, bool) {
	switch s {
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "amp":
		return '&', true
	case "quot":
		return '"', true
	case "apos":
		return '\'', true
	}
	if len(s) < 2 || s[0] != '#' {
		return 0, false
	}
	digits, radix := s[1:], 10
	if digits[0] == 'x' {
		digits, radix = digits[1:], 16
	}
	n, err := strconv.ParseUint(digits, radix, 32)
	r := rune(n)
	legal := r == '\t' || r == '\n' || r == '\r' || r >= 0x20 && r <= 0xd7ff || r >= 0xe000 && r <= 0xfffd || r >= 0x10000 && r <= utf8.MaxRune
	return r, err == nil && n <= utf8.MaxRune && legal
}

// tagEnd returns the length of the tag at pos, up to the > outside quotes.
func (x *xmlReader) tagEnd() (int, error) {
	i := 1
	var quote byte
	for {
		b := x.buf[x.pos:x.end]
		for i < len(b) {
			c := b[i]
			i++
			switch {
			case quote != 0:
				n := bytes.IndexByte(b[i-1:], quote)
				if n < 0 {
					i = len(b)
				} else {
					i, quote = i+n, 0
				}
			case c == '"' || c == '\'':
				quote = c
			case c == '>':
				if i < 3 {
					return 0, x.errorf("<> is no tag")
				}
				return i, nil
			}
		}
		if len(b) > maxTag {
			return 0, x.errorf("a tag is longer than 1 MB")
		}
		if err := x.fill(); err != nil {
			return 0, err
		}
	}
}

// skipText goes to the next <.
func (x *xmlReader) skipText() error {
	for {
		if lt := bytes.IndexByte(x.buf[x.pos:x.end], '<'); lt >= 0 {
			x.advance(lt)
			return nil
		}
		x.advance(x.end - x.pos)
		if err := x.fill(); err != nil {
			if errors.Is(err, io.ErrUnexpectedEOF) && x.root {
				return io.EOF
			}
			return err
		}
	}
}

// skipPast goes behind the next occurrence of what.
func (x *xmlReader) skipPast(what string) error {
	for {
		b := x.buf[x.pos:x.end]
		if at := bytes.Index(b, []byte(what)); at >= 0 {
			x.advance(at + len(what))
			return nil
		}
		x.advance(max(0, len(b)-len(what)+1))
		if err := x.fill(); err != nil {
			return err
		}
	}
}

// has tells whether the text at pos begins with s.
func (x *xmlReader) has(s string) bool {
	for x.end-x.pos < len(s) {
		if x.fill() != nil {
			break
		}
	}
	return bytes.HasPrefix(x.buf[x.pos:x.end], []byte(s))
}

func (x *xmlReader) advance(n int) {
	x.line += bytes.Count(x.buf[x.pos:x.pos+n], []byte{'\n'})
	x.pos += n
}

// fill reads more; io.ErrUnexpectedEOF when there is nothing left.
func (x *xmlReader) fill() error {
	if x.err == nil {
		if x.pos > 0 {
			x.end = copy(x.buf, x.buf[x.pos:x.end])
			x.pos = 0
		}
		if x.end == len(x.buf) {
			x.buf = append(x.buf, make([]byte, len(x.buf))...)
		}
		for range 100 {
			var n int
			n, x.err = x.r.Read(x.buf[x.end:])
			x.end += n
			if n > 0 {
				return nil
			}
			if x.err != nil {
				break
			}
		}
	}
	if x.err == nil {
		x.err = io.ErrNoProgress
	}
	if errors.Is(x.err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return x.err
}

func space(b byte) bool { return b == ' ' || b == '\t' || b == '\n' || b == '\r' }
