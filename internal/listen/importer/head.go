package importer

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
	"unsafe"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Head is how a table begins and how it is written, as far as a look at it
// tells: what a map says of its file.
type Head struct {
	Kind      string   // csv, excel, parquet
	Sheets    []string // of a workbook
	Sheet     string   // the one that was read
	Delimiter byte
	Encoding  string   // as a map names it; "" is UTF-8
	Skip      int      // lines before the first record, or before the header when Named
	Columns   []string // each name once
	Named     bool     // the names are the header's, as it has them; else the map must give them
	Doubtful  []string // columns whose header is empty or stands twice, as they are called here
	Rows      [][]string
	Faulty    []string // what is wrong with lines among those read, with their number; at most 5
}

// mostHeld is about how many bytes of rows a Head holds: however wide they are.
const mostHeld = 8 << 20

// ReadHead reads at most n records of the table at path, and, after the first, no
// more than some 8 MB of them. Sheet is that of a
// workbook; "" is the first that holds anything. A table without a header gets
// names such as "Columna A". The error is Invalid and says what to do.
func ReadHead(path, sheet string, n int) (Head, error) {
	const op = "importer.ReadHead"
	h := Head{Kind: "csv", Sheet: sheet, Delimiter: ','}
	if told := notATable(path); told != "" {
		return h, cx.Errorf(cx.Invalid, op, "%s: %s", base(path), told)
	}
	switch {
	case isParquet(path):
		h.Kind = "parquet"
		return h, cx.Wrap(op, h.readNamed(path, n))
	case isExcel(path):
		h.Kind = "excel"
		f, err := openWorkbook(path)
		if err != nil {
			return h, err
		}
		h.Sheets = f.GetSheetList()
		if h.Sheet, err = sheetOf(f, sheet); err == nil {
			err = f.Close()
		} else {
			err = errors.Join(fileError(path, err), f.Close())
		}
		if err != nil {
			return h, err
		}
	default:
		var err error
		if h.Encoding, err = encodingOf(path); err != nil {
			return h, err
		}
		if h.Delimiter, err = delimiterOf(path, h.Encoding); err != nil {
			return h, err
		}
	}
	return h, cx.Wrap(op, h.readBare(path, n))
}

// format is the head's as a map says it.
func (h Head) format() format {
	return format{delimiter: h.Delimiter, encoding: h.Encoding, sheet: h.Sheet}
}

func (h *Head) readNamed(path string, n int) error {
	in, from, names, err := header(path, h.format(), &meter{})
	if err != nil {
		return err
	}
	defer in.Close()
	h.Columns, h.Named = names, true
	return h.read(path, from, n)
}

// look is how many records are read to find the header.
const look = 60

// readBare reads a table whose header is still to be found.
func (h *Head) readBare(path string, n int) error {
	f := h.format()
	f.columns = []string{} // there is no header to read yet
	in, from, _, err := header(path, f, &meter{})
	if err != nil {
		return err
	}
	defer in.Close()
	var first []row
	for len(first) < look {
		rec, err := from.next()
		var bad *lineError
		if errors.As(err, &bad) {
			h.fault(bad.line, bad.reason)
			continue
		}
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return fileError(path, err)
		}
		rec.fields = slices.Clone(rec.fields)
		first = append(first, rec)
	}
	if len(first) == 0 {
		return cx.Errorf(cx.Invalid, "", "%s: it is empty: there is no row in it", base(path))
	}
	at := headerOf(first)
	names := first[at].fields
	for len(names) > 1 && names[len(names)-1] == "" && h.Kind == "excel" {
		names = names[:len(names)-1]
	}
	if len(names) > maxColumns {
		return cx.Errorf(cx.Invalid, "", "%s: it has %d columns: keep the %d that say what was lived", base(path), len(names), maxColumns)
	}
	h.Named = !isData(names)
	h.Skip = first[at].line - 1
	data := first[at:]
	if h.Named {
		data = first[at+1:]
	} else {
		names = make([]string, len(names))
	}
	h.name(names)
	if h.Named = h.Named && len(h.Doubtful) == 0; !h.Named && len(data) < len(first)-at {
		h.Skip = first[at].line
	}
	for _, rec := range data {
		h.add(rec)
	}
	return h.read(path, from, n)
}

// name gives each column a name of its own.
func (h *Head) name(names []string) {
	seen := map[string]bool{}
	for _, n := range names {
		seen[strings.TrimSpace(n)] = true
	}
	used := map[string]bool{}
	for i, n := range names {
		n = strings.TrimSpace(n)
		if n == "" || used[n] || strings.HasPrefix(n, "_") && (n == "_line" || n == "_file") {
			called := strings.TrimSpace(n + " " + letters(i))
			if n == "" {
				called = "Columna " + letters(i)
			}
			for seen[called] || used[called] {
				called += "'"
			}
			n = called
			h.Doubtful = append(h.Doubtful, n)
		}
		used[n] = true
		h.Columns = append(h.Columns, n)
	}
}

// letters names a column as a spreadsheet does: A, B, … Z, AA.
func letters(i int) string {
	s := ""
	for i++; i > 0; i = (i - 1) / 26 {
		s = string(rune('A'+(i-1)%26)) + s
	}
	return s
}

func (h *Head) read(path string, from records, n int) error {
	for held := 0; len(h.Rows) < n && held < mostHeld; {
		rec, err := from.next()
		var bad *lineError
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.As(err, &bad):
			h.fault(bad.line, bad.reason)
		case err != nil:
			return fileError(path, err)
		default:
			held += h.add(rec)
		}
	}
	return nil
}

// add keeps a row that fits, and tells how many bytes it takes.
func (h *Head) add(rec row) (size int) {
	fields := slices.Clone(rec.fields)
	if h.Kind == "excel" {
		for len(fields) < len(h.Columns) {
			fields = append(fields, "")
		}
		for len(fields) > len(h.Columns) && fields[len(fields)-1] == "" {
			fields = fields[:len(fields)-1]
		}
	}
	if len(fields) != len(h.Columns) {
		h.fault(rec.line, ragged(len(fields), len(h.Columns)))
		return 0
	}
	h.Rows = append(h.Rows, fields)
	for _, f := range fields {
		size += len(f) + int(unsafe.Sizeof(f))
	}
	return size
}

func (h *Head) fault(line int, reason string) {
	if len(h.Faulty) < 5 {
		h.Faulty = append(h.Faulty, fmt.Sprintf("%d: %s", line, reason))
	}
}

// headerOf returns the first row that is as full as the others: what stands
// above is a title.
func headerOf(rows []row) int {
	full := make([]int, 0, len(rows))
	for _, r := range rows {
		full = append(full, filled(r.fields))
	}
	sorted := slices.Sorted(slices.Values(full))
	usual := sorted[len(sorted)/2]
	for i, n := range full {
		if n*10 >= usual*6 {
			return i
		}
	}
	return 0
}

func filled(fields []string) (n int) {
	for _, f := range fields {
		if strings.TrimSpace(f) != "" {
			n++
		}
	}
	return n
}

// isData tells whether a row holds values rather than the names of columns:
// three of ten are numbers or dates.
func isData(fields []string) bool {
	values := 0
	for _, f := range fields {
		f = strings.TrimSpace(f)
		if _, err := strconv.ParseFloat(strings.ReplaceAll(f, ",", "."), 64); err == nil || dated.MatchString(f) || strings.Contains(f, "@") {
			values++
		}
	}
	return values > 0 && values*10 >= filled(fields)*3
}

// encodingOf reads the file once: what is not UTF-8 from end to end is taken
// for Windows-1252, as spreadsheets write it.
func encodingOf(path string) (string, error) {
	if b := beginning(path, 2); len(b) == 2 && (b[0] == 0xff && b[1] == 0xfe || b[0] == 0xfe && b[1] == 0xff) {
		return "utf-16", nil
	}
	in, err := open(path, "", &meter{})
	if err != nil {
		return "", err
	}
	defer in.Close()
	buf := make([]byte, 256<<10)
	for kept := 0; ; {
		n, err := in.Read(buf[kept:])
		b := buf[:kept+n]
		for len(b) > 0 {
			r, size := utf8.DecodeRune(b)
			if r == utf8.RuneError && size == 1 {
				if utf8.FullRune(b) || err != nil {
					return "windows-1252", nil
				}
				break
			}
			b = b[size:]
		}
		kept = copy(buf, b)
		if errors.Is(err, io.EOF) {
			return "", nil
		} else if err != nil {
			return "", fileError(path, err)
		}
	}
}

// delimiterOf returns what parts the first records into the most columns that
// all of them have.
func delimiterOf(path, encoding string) (byte, error) {
	best, most := byte(','), 0.0
	for _, comma := range []byte{',', ';', '\t', '|', ' '} {
		in, err := open(path, encoding, &meter{})
		if err != nil {
			return 0, err
		}
		r := newCSVReader(in, comma)
		widths, n := map[int]int{}, 0
		for n < look {
			rec, err := r.next()
			var bad *lineError
			if err != nil && !errors.As(err, &bad) {
				break
			}
			widths[len(rec.fields)]++
			n++
		}
		in.Close()
		for width, times := range widths {
			same := float64(times) / float64(n)
			if width < 2 || comma == ' ' && (same < 1 || most > 0) {
				continue
			}
			if score := same * same * (1 + float64(width)/1000); score > most {
				best, most = comma, score
			}
		}
	}
	return best, nil
}
