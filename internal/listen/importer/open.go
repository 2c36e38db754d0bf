package importer

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"path/filepath"

	"github.com/klauspost/compress/gzip"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// meter counts the bytes read of all files of an import, as they lie on the
// disk.
type meter struct{ read, total int64 }

// opened is an open file: unzipped, decoded to UTF-8, without byte order mark.
type opened struct {
	io.Reader
	file *os.File
}

// Close closes the file.
func (in *opened) Close() error { return in.file.Close() }

type counted struct {
	r io.Reader
	m *meter
}

func (c counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.m.read += int64(n)
	return n, err
}

// open opens path for reading. Gzip is known by its first bytes, whatever the
// name. Encoding is "" or "utf-8", "utf-16", "latin-1" or "windows-1252"; UTF-16 is
// known by its first bytes, too.
func open(path, encoding string, m *meter) (*opened, error) {
	f, err := os.Open(path)
	switch {
	case os.IsNotExist(err):
		return nil, cx.Errorf(cx.NotFound, "importer.Open", "there is no file %s", path)
	case err != nil:
		return nil, cx.Errorf(cx.Invalid, "importer.Open", "%s cannot be read: %w", path, err)
	}
	r, err := decode(counted{f, m}, encoding)
	if err != nil {
		f.Close()
		return nil, cx.Errorf(cx.Invalid, "importer.Open", "%s: %w", filepath.Base(path), err)
	}
	return &opened{Reader: r, file: f}, nil
}

func decode(raw io.Reader, encoding string) (io.Reader, error) {
	const window = 64 << 10
	buffered := bufio.NewReaderSize(raw, window)
	if magic, _ := buffered.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(buffered)
		if err != nil {
			return nil, err
		}
		buffered = bufio.NewReaderSize(z, window)
	}
	switch encoding {
	case "latin-1":
		return charmap.ISO8859_1.NewDecoder().Reader(buffered), nil
	case "windows-1252":
		return charmap.Windows1252.NewDecoder().Reader(buffered), nil
	}
	mark, _ := buffered.Peek(3)
	if bytes.Equal(mark, []byte("\xef\xbb\xbf")) {
		_, _ = buffered.Discard(3)
	}
	if encoding == "utf-16" || bytes.HasPrefix(mark, []byte{0xff, 0xfe}) || bytes.HasPrefix(mark, []byte{0xfe, 0xff}) {
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Reader(buffered), nil
	}
	return buffered, nil
}

// size adds a file's bytes to what there is to read; NotFound when there is no
// file.
func (m *meter) size(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return cx.Errorf(cx.NotFound, "importer.Open", "there is no file %s", path)
	}
	m.total += info.Size()
	return nil
}
