package importer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Excel imports workbooks (.xlsx, .xlsm) by the same maps as CSV; files that a
// map joins may be of either kind. A row is a line, numbered as Excel does, and
// a column a column:
//
//   - one sheet is read: the map's `sheet`, else the first that holds anything;
//   - times are as 2006-01-02T15:04:05 says them, without a zone: a map needs no
//     time_format, whatever the workbook shows and whichever year it counts from;
//   - numbers keep the digits that are stored, not those that are shown;
//   - of a formula its last result is read; nothing is computed.
//
// Rows are streamed. A workbook that unpacks to more than 1 GB is refused; parts
// above 16 MB are unpacked beside it while it is read.
func Excel(ctx context.Context, m *Map, given []string, o Options) (Report, error) {
	report, err := tables(ctx, "import excel", m, given, o)
	return report, cx.Wrap("importer.Excel", err)
}

const (
	maxUnzipped = 1 << 30
	maxInMemory = 16 << 20
	maxColumns  = 1000 // of a workbook; a table of facts has tens
)

// isExcel tells whether the file at path begins as workbooks do (and other
// archives).
func isExcel(path string) bool { return bytes.Equal(beginning(path, 4), []byte("PK\x03\x04")) }

// beginning returns the first n bytes of a file; fewer when it has fewer.
func beginning(path string, n int64) []byte {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	b, _ := io.ReadAll(io.LimitReader(f, n)) // what cannot be read begins as nothing does
	return b
}

// notATable says what to do with a file that is known and holds no table; ""
// when it may.
func notATable(path string) string {
	head := beginning(path, 1<<20)
	utf16 := func(s string) []byte { return []byte(strings.Join(strings.Split(s, ""), "\x00") + "\x00") }
	switch {
	case bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0")):
		info, err := os.Stat(path)
		if err == nil && info.Size() > int64(len(head)) && info.Size() <= 256<<20 {
			head = beginning(path, info.Size())
		}
		if bytes.Contains(head, utf16("EncryptedPackage")) {
			return "it is protected by a password: open it in Excel, take the password off and save it again"
		}
		return "it is a workbook of an old Excel (.xls): open it and save it as .xlsx or CSV"
	case bytes.HasPrefix(head, []byte("PK\x03\x04")) && bytes.Contains(head[:min(len(head), 200)], []byte("opendocument")):
		return "it is an OpenDocument sheet: open it and save it as .xlsx or CSV"
	case bytes.HasPrefix(head, []byte("%PDF")):
		return "it is a PDF: save the table as .xlsx or CSV"
	}
	return ""
}

// excelReader reads the rows of one sheet as records. Their raw text is a CSV
// record with commas. What is stored and what is shown are read side by side:
// only together do they tell a date from a number.
type excelReader struct {
	file          *excelize.File
	stored, shown *excelize.Rows
	from1904      bool
	width         int
	line          int
	raw           []byte
	meter         *meter
	size          int64
}

// openExcel opens a sheet; "" is the first that holds anything.
func openExcel(path, sheet string, m *meter) (x *excelReader, err error) {
	f, err := openWorkbook(path)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(fileError(path, err), f.Close())
		}
	}()
	if sheet, err = sheetOf(f, sheet); err != nil {
		return nil, err
	}
	x = &excelReader{file: f, meter: m}
	if info, err := os.Stat(path); err == nil {
		x.size = info.Size()
	}
	if props, err := f.GetWorkbookProps(); err == nil && props.Date1904 != nil {
		x.from1904 = *props.Date1904
	}
	if x.stored, err = f.Rows(sheet); err != nil {
		return nil, err
	}
	if x.shown, err = f.Rows(sheet); err != nil {
		return nil, errors.Join(err, x.stored.Close())
	}
	return x, nil
}

func openWorkbook(path string) (f *excelize.File, err error) {
	defer func() {
		if err = errors.Join(err, damaged(recover())); err != nil {
			err = fileError(path, err)
		}
	}()
	if told := notATable(path); told != "" {
		return nil, cx.Errorf(cx.Invalid, "importer.Open", "%s: %s", base(path), told)
	}
	f, err = excelize.OpenFile(path, excelize.Options{UnzipSizeLimit: maxUnzipped, UnzipXMLSizeLimit: maxInMemory, TmpDir: filepath.Dir(path)})
	switch {
	case err == nil:
		return f, nil
	case strings.Contains(err.Error(), "unzip size exceeds"):
		return nil, cx.Errorf(cx.TooLarge, "importer.Open", "%s: it unpacks to more than 1 GB: save the sheet as CSV", base(path))
	}
	return nil, cx.Errorf(cx.Invalid, "importer.Open", "%s: it is no workbook that can be read: save it again as .xlsx or CSV", base(path))
}

// sheetOf returns the sheet of that name; of none, the first with a row.
func sheetOf(f *excelize.File, name string) (string, error) {
	sheets := f.GetSheetList()
	if name != "" {
		if !slices.Contains(sheets, name) {
			return "", cx.Errorf(cx.Invalid, "", "there is no sheet %s%s", quote(name), didYouMean(name, sheets))
		}
		return name, nil
	}
	for _, sheet := range sheets {
		rows, err := f.Rows(sheet)
		if err != nil {
			continue // a chart has no rows
		}
		any := rows.Next()
		if err := rows.Close(); any && err == nil {
			return sheet, nil
		}
	}
	return "", cx.Errorf(cx.Invalid, "", "no sheet holds a row")
}

// Close closes the file and removes what was unpacked.
func (x *excelReader) Close() error {
	return errors.Join(x.stored.Close(), x.shown.Close(), x.file.Close())
}

// next implements records. Rows without any value are left out, as empty lines
// are.
func (x *excelReader) next() (rec row, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = damaged(r)
		}
	}()
	for x.stored.Next() && x.shown.Next() {
		x.line++
		stored, err := x.stored.Columns(excelize.Options{RawCellValue: true})
		if err != nil {
			return row{}, err
		}
		shown, err := x.shown.Columns()
		if err != nil {
			return row{}, err
		}
		fields := make([]string, max(x.width, len(stored)))
		some := false
		for i, s := range stored {
			if i < len(shown) {
				s = x.told(s, shown[i])
			}
			fields[i] = strings.ToValidUTF8(s, string(utf8.RuneError))
			some = some || s != ""
		}
		if !some {
			continue
		}
		if n := len(fields); x.width > 0 && n > x.width && strings.Join(fields[x.width:], "") == "" {
			fields = fields[:x.width]
		}
		x.raw = x.raw[:0]
		for i, field := range fields {
			if i > 0 {
				x.raw = append(x.raw, ',')
			}
			x.raw = appendField(x.raw, field)
		}
		return row{x.line, x.raw, fields}, nil
	}
	x.meter.read, x.size = x.meter.read+x.size, 0
	if err := errors.Join(x.stored.Error(), x.shown.Error()); err != nil {
		return row{}, err
	}
	return row{}, io.EOF
}

// header reads the columns' names: those of the map, or of the row after skip.
func (x *excelReader) header(f format) ([]string, error) {
	for range f.skip {
		if !x.stored.Next() || !x.shown.Next() {
			return nil, errors.New("it has no header line")
		}
		x.line++
	}
	names := f.columns
	if names == nil {
		first, err := x.next()
		if errors.Is(err, io.EOF) {
			return nil, errors.New("it has no header line")
		} else if err != nil {
			return nil, err
		}
		names = trimmed(first.fields)
	}
	if len(names) > maxColumns {
		return nil, fmt.Errorf("it has %d columns: keep the %d that say what was lived", len(names), maxColumns)
	}
	x.width = len(names) // 0: a look at what is there
	return names, nil
}

// dated finds day, month and year in what a cell shows, in any order.
var dated = regexp.MustCompile(`(?:^|\D)\d{1,4}\s?(?:[-/.]|de |\s)\s?(?:\d{1,2}|\pL{3,12}\.?)\s?(?:[-/.,]|de |\s)\s?\d{2,4}(?:\D|$)|\pL{3,12}\.?\s\d{1,2},?\s\d{4}`)

// told returns what a cell says: a date when a number is shown as one, a word
// for a bool, else what is stored.
func (x *excelReader) told(stored, shown string) string {
	if stored == shown {
		return stored
	}
	serial, err := strconv.ParseFloat(stored, 64)
	switch {
	case err != nil, shown == "TRUE", shown == "FALSE":
		return shown
	case serial < 1 || serial >= 2_958_466: // from 1900 to 9999
		if strings.Contains(shown, ":") { // an hour alone
			return shown
		}
		return stored
	}
	at, err := excelize.ExcelDateToTime(serial, x.from1904)
	if err != nil || !dated.MatchString(shown) || !strings.Contains(shown, at.Format("06")) || !strings.Contains(shown, strconv.Itoa(at.Day())) {
		return stored
	}
	if at = at.Round(time.Second); at.Equal(at.Truncate(24 * time.Hour)) {
		return at.Format(time.DateOnly)
	}
	return at.Format("2006-01-02T15:04:05")
}
