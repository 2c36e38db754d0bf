package importer

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"unicode/utf8"
)

// lineReader reads lines that are not empty, however long the hostile ones are.
type lineReader struct {
	r    *bufio.Reader
	line int // of the last one, from 1
}

// maxLine is the longest line that is taken whole; what is longer is set aside.
const maxLine = 1 << 20

func newLineReader(r io.Reader) *lineReader { return &lineReader{r: bufio.NewReaderSize(r, maxLine)} }

// next returns the next line, valid until the following call; io.EOF at the end.
// Bad says why it cannot be one message; raw is then its beginning.
func (l *lineReader) next() (raw []byte, bad string, err error) {
	for {
		raw, err = l.r.ReadSlice('\n')
		l.line++
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			raw = bytes.Clone(raw[:MaxRaw])
			for errors.Is(err, bufio.ErrBufferFull) {
				_, err = l.r.ReadSlice('\n')
			}
			if err == nil || errors.Is(err, io.EOF) {
				return raw, "the line is longer than 1 MB", nil
			}
			return nil, "", err
		case err != nil && (err != io.EOF || len(raw) == 0):
			return nil, "", err
		}
		if raw = bytes.TrimSpace(raw); len(raw) == 0 {
			continue
		}
		if !utf8.Valid(raw) {
			bad = "the line is not UTF-8"
		}
		return raw, bad, nil
	}
}
