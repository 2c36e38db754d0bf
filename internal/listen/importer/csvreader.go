package importer

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Bounds of one record of a CSV file. What goes past them is set aside and
// reading goes on with the next line.
const (
	maxRecord      = 1 << 20
	maxRecordLines = 1000
)

// csvReader reads records as RFC 4180 has them, and what people really send: any
// delimiter, quotes inside an unquoted field as they stand, CRLF or LF. Unlike
// encoding/csv it keeps each record's text and finds its way back after a line
// that is no record: that line is set aside and the next one is tried.
type csvReader struct {
	r     io.Reader
	comma byte // ' ' separates by any run of blanks and knows no quotes

	buf      []byte
	pos, end int
	err      error // of r, once it ended
	line     int   // of the byte at pos, from 1

	fields []string
}

func newCSVReader(r io.Reader, comma byte) *csvReader {
	return &csvReader{r: r, comma: comma, buf: make([]byte, 64<<10), line: 1}
}

// lineError is one line that is no record. Reading can go on.
type lineError struct {
	line   int
	raw    []byte // valid until the next read
	reason string
}

func (e *lineError) Error() string { return fmt.Sprintf("line %d: %s", e.line, e.reason) }

// row is one record: its fields and its text without the line's end. Raw is
// valid until the next read; the fields are the caller's, in a slice that is
// used again.
type row struct {
	line   int
	raw    []byte
	fields []string
}

// next returns the next record that is not an empty line; io.EOF at the end; a
// *lineError for a line that is none.
func (c *csvReader) next() (row, error) {
	if err := c.skipEmpty(); err != nil {
		return row{}, err
	}
	var (
		n    int // bytes of the record
		skip int // bytes of its line's end
		bad  string
	)
	for {
		n, skip, bad = scanRecord(c.buf[c.pos:c.end], c.comma, c.err != nil)
		if skip >= 0 {
			break
		}
		if c.end-c.pos > maxRecord {
			n, bad = 0, "the record is longer than 1 MB: is a quote missing?"
			break
		}
		c.fill()
	}
	if c.err != nil && !errors.Is(c.err, io.EOF) && c.pos+n+max(skip, 0) >= c.end {
		return row{}, c.err
	}
	if bad != "" {
		return row{}, c.setAside(bad)
	}
	raw := c.buf[c.pos : c.pos+n]
	rec := row{line: c.line, raw: raw}
	c.advance(n + skip)
	if !utf8.Valid(raw) {
		return row{}, &lineError{rec.line, raw, "the line is not UTF-8: save the file as UTF-8, or give its encoding in the map"}
	}
	c.fields = splitRecord(c.fields[:0], string(raw), c.comma)
	rec.fields = c.fields
	return rec, nil
}

// scanRecord finds the record at the start of b: its length and that of the
// line's end after it. Skip < 0 asks for more bytes; bad says why it is none.
func scanRecord(b []byte, comma byte, atEnd bool) (n, skip int, bad string) {
	if comma == ' ' {
		return lineEnd(b, 0, atEnd)
	}
	i, lines := 0, 1
	for {
		if i < len(b) && b[i] == '"' { // a quoted field
			for i++; ; {
				q := bytes.IndexByte(b[i:], '"')
				if q < 0 {
					if atEnd {
						return 0, 0, "a quote is never closed"
					}
					return 0, -1, ""
				}
				lines += bytes.Count(b[i:i+q], []byte{'\n'})
				if lines > maxRecordLines {
					return 0, 0, fmt.Sprintf("a quoted field has more than %d lines: is a quote missing?", maxRecordLines)
				}
				i += q + 1
				if i == len(b) && !atEnd {
					return 0, -1, ""
				}
				if i == len(b) || b[i] != '"' {
					break
				}
				i++
			}
			switch {
			case i == len(b):
				return i, 0, ""
			case b[i] == comma:
				i++
				continue
			case b[i] == '\n':
				return lineEnd(b, i, atEnd)
			case b[i] == '\r' && i+1 == len(b) && !atEnd:
				return 0, -1, ""
			case b[i] == '\r' && (i+1 == len(b) || b[i+1] == '\n'):
				return lineEnd(b, i, atEnd)
			}
			return 0, 0, "text goes on after a closing quote"
		}
		for i < len(b) && b[i] != comma && b[i] != '\n' {
			i++
		}
		if i < len(b) && b[i] == comma {
			i++
			if i == len(b) && !atEnd {
				return 0, -1, ""
			}
			continue
		}
		return lineEnd(b, i, atEnd)
	}
}

// lineEnd finds the end of the line at or after b[i].
func lineEnd(b []byte, i int, atEnd bool) (n, skip int, bad string) {
	nl := bytes.IndexByte(b[i:], '\n')
	switch {
	case nl >= 0:
		n, skip = i+nl, 1
	case atEnd:
		n = len(b)
	default:
		return 0, -1, ""
	}
	if n > 0 && b[n-1] == '\r' {
		n, skip = n-1, skip+1
	}
	return n, skip, ""
}

// splitRecord appends the fields of a record that scanRecord found.
func splitRecord(fields []string, s string, comma byte) []string {
	if comma == ' ' {
		return append(fields, strings.Fields(s)...)
	}
	for {
		if len(s) > 0 && s[0] == '"' {
			i, escaped := 1, false
			for {
				i += strings.IndexByte(s[i:], '"')
				if i+1 < len(s) && s[i+1] == '"' {
					i, escaped = i+2, true
					continue
				}
				break
			}
			field := s[1:i]
			if escaped {
				field = strings.ReplaceAll(field, `""`, `"`)
			}
			fields = append(fields, field)
			if i+1 == len(s) || s[i+1] != comma {
				return fields
			}
			s = s[i+2:]
			continue
		}
		i := strings.IndexByte(s, comma)
		if i < 0 {
			return append(fields, s)
		}
		fields, s = append(fields, s[:i]), s[i+1:]
	}
}

// setAside returns the line at pos as an error and goes on to the next.
func (c *csvReader) setAside(reason string) error {
	e := &lineError{line: c.line, reason: reason}
	keep := make([]byte, 0, 256)
	for {
		nl := bytes.IndexByte(c.buf[c.pos:c.end], '\n')
		n := c.end - c.pos
		if nl >= 0 {
			n = nl + 1
		}
		if room := MaxRaw - len(keep); room > 0 {
			keep = append(keep, c.buf[c.pos:c.pos+min(n, room)]...)
		}
		c.advance(n)
		if nl >= 0 || c.err != nil {
			break
		}
		c.fill()
	}
	e.raw = bytes.TrimRight(keep, "\r\n")
	return e
}

func (c *csvReader) skipEmpty() error {
	for {
		for c.pos < c.end && (c.buf[c.pos] == '\n' || c.comma == ' ' && blank(c.buf[c.pos])) {
			c.advance(1)
		}
		switch {
		case c.pos < c.end && c.buf[c.pos] != '\r':
			return nil
		case c.pos+1 < c.end && c.buf[c.pos+1] != '\n':
			return nil
		case c.pos+1 < c.end:
			c.advance(2)
		case c.err != nil && c.pos < c.end: // a last carriage return
			c.advance(1)
		case c.err != nil:
			return c.err
		default:
			c.fill()
		}
	}
}

func blank(b byte) bool { return b == ' ' || b == '\t' || b == '\r' }

// skipLines leaves out the next n lines.
func (c *csvReader) skipLines(n int) error {
	for range n {
		for {
			nl := bytes.IndexByte(c.buf[c.pos:c.end], '\n')
			if nl >= 0 {
				c.advance(nl + 1)
				break
			}
			c.advance(c.end - c.pos)
			if c.err != nil {
				return c.err
			}
			c.fill()
		}
	}
	return nil
}

func (c *csvReader) advance(n int) {
	c.line += bytes.Count(c.buf[c.pos:c.pos+n], []byte{'\n'})
	c.pos += n
}

// fill reads more, moving what is left to the front and growing when it fills
// the buffer.
func (c *csvReader) fill() {
	if c.pos > 0 {
		c.end = copy(c.buf, c.buf[c.pos:c.end])
		c.pos = 0
	}
	if c.end == len(c.buf) {
		c.buf = append(c.buf, make([]byte, len(c.buf))...)
	}
	for range 100 {
		n, err := c.r.Read(c.buf[c.end:])
		c.end += n
		if err != nil {
			c.err = err
		}
		if n > 0 || err != nil {
			return
		}
	}
	c.err = io.ErrNoProgress
}
