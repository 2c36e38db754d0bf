package importer

import (
	"errors"
	"io"
	"path/filepath"
)

// records are the lines of a table one after another.
type records interface {
	// next returns the next line; io.EOF at the end; a *lineError for one that
	// is none.
	next() (row, error)
}

// header opens a table and reads up to its first record: the columns of a CSV
// file come from the map, or from the first line.
func header(path string, f format, m *meter) (io.Closer, records, []string, error) {
	if isParquet(path) {
		p, err := openParquet(path, m)
		if err != nil {
			return nil, nil, nil, err
		}
		return p, p, p.names(), nil
	}
	if isExcel(path) {
		x, err := openExcel(path, f.sheet, m)
		if err != nil {
			return nil, nil, nil, err
		}
		names, err := x.header(f)
		if err != nil {
			return nil, nil, nil, errors.Join(fileError(path, err), x.Close())
		}
		return x, x, names, nil
	}
	in, err := open(path, f.encoding, m)
	if err != nil {
		return nil, nil, nil, err
	}
	r := newCSVReader(in, f.delimiter)
	if err = r.skipLines(f.skip); err == nil && f.columns == nil {
		var first row
		if first, err = r.next(); err == nil {
			return in, r, trimmed(first.fields), nil
		}
	}
	var bad *lineError
	switch {
	case err == nil:
		return in, r, f.columns, nil
	case errors.Is(err, io.EOF):
		err = errors.New("it has no header line")
	case errors.As(err, &bad):
		err = errors.New("its header cannot be read: " + bad.reason)
	}
	in.Close()
	return nil, nil, nil, fileError(path, err)
}

// table is a joined file, held in memory: the text of its lines one after
// another, and where the line of each key begins.
type table struct {
	text  []byte
	lines map[string]span
	comma byte
	cells []string
}

type span struct{ from, to int }

// loadTable reads a joined file by one of its columns. Lines that are none go
// to refuse.
func loadTable(path string, f format, key int, m *meter, refuse func(line int, raw []byte, reason string) error) (*table, error) {
	in, r, names, err := header(path, f, m)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	t := &table{lines: map[string]span{}, comma: f.delimiter}
	if _, ok := r.(*parquetReader); ok {
		t.comma = ','
	}
	for {
		rec, err := r.next()
		if err == nil && len(rec.fields) != len(names) {
			err = &lineError{rec.line, rec.raw, ragged(len(rec.fields), len(names))}
		}
		var bad *lineError
		switch {
		case errors.Is(err, io.EOF):
			return t, nil
		case errors.As(err, &bad):
			if err := refuse(bad.line, bad.raw, bad.reason); err != nil {
				return nil, err
			}
			continue
		case err != nil:
			return nil, fileError(path, err)
		}
		id := rec.fields[key]
		if _, known := t.lines[id]; known || id == "" {
			continue
		}
		from := len(t.text)
		t.text = append(t.text, rec.raw...)
		t.lines[string([]byte(id))] = span{from, len(t.text)}
	}
}

// find returns the fields of the line with the key; nil when there is none.
// They are valid until the next call.
func (t *table) find(key string) []string {
	at, ok := t.lines[key]
	if !ok {
		return nil
	}
	t.cells = splitRecord(t.cells[:0], string(t.text[at.from:at.to]), t.comma)
	return t.cells
}

func ragged(got, want int) string {
	return "the line has " + itoa(got) + " fields where the header has " + itoa(want)
}

func base(path string) string { return filepath.Base(path) }
