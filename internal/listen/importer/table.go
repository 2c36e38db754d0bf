package importer

import (
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Table is a table that an analyst brings: CSV (its delimiter and encoding are found
// out, and whether it is gzipped), Parquet or Excel.
type Table struct{ Path string }

// TableColumn is a column that is wanted, and what asks for it, such as --score.
type TableColumn struct{ For, Name string }

// TableReport tells what was read.
type TableReport struct {
	Rows    int       // given to the caller
	LeftOut int       // lines that are no row of the table
	Faults  []LogLine // the first of them, at most MaxLogFaults
}

// Each calls fn with the wanted columns' values of every row, without the blanks
// around them, in the order of the file; the slice is used again. Lines with more or
// fewer fields than the header are left out and told. The error is Invalid when a
// column is missing (it lists those there are) or there is no row. An error of fn
// ends the reading and is returned.
func (f Table) Each(columns []TableColumn, fn func(line int, values []string) error) (TableReport, error) {
	report, err := f.each(columns, fn)
	if err == nil && report.Rows == 0 {
		err = cx.Errorf(cx.Invalid, "", "%s has no row: it is empty", base(f.Path))
		if report.LeftOut > 0 {
			err = cx.Errorf(cx.Invalid, "", "%s has no row: of %d lines; line %d: %s", base(f.Path), report.LeftOut, report.Faults[0].Line, report.Faults[0].Reason)
		}
	}
	return report, cx.Wrap("importer.Table.Each", err)
}

func (f Table) each(columns []TableColumn, fn func(line int, values []string) error) (TableReport, error) {
	var report TableReport
	encoding := ""
	if !isParquet(f.Path) && !isExcel(f.Path) {
		var err error
		if encoding, err = encodingOf(f.Path); err != nil {
			return report, err
		}
	}
	in, records, names, err := delimited(f.Path, encoding, columns)
	if err != nil {
		return report, err
	}
	defer in.Close()
	values, at := make([]string, len(columns)), make([]int, len(columns))
	for i, c := range columns {
		at[i] = slices.Index(names, c.Name)
	}
	for {
		rec, err := records.next()
		if err == nil && len(rec.fields) != len(names) {
			err = &lineError{rec.line, rec.raw, ragged(len(rec.fields), len(names))}
		}
		var bad *lineError
		switch {
		case errors.Is(err, io.EOF):
			return report, nil
		case errors.As(err, &bad):
			if report.LeftOut++; len(report.Faults) < MaxLogFaults {
				report.Faults = append(report.Faults, LogLine{bad.line, bad.reason})
			}
			continue
		case err != nil:
			return report, fileError(f.Path, err)
		}
		for i, c := range at {
			values[i] = strings.TrimSpace(rec.fields[c])
		}
		report.Rows++
		if err := fn(rec.line, values); err != nil {
			return report, err
		}
	}
}

// delimited opens the table: its delimiter is the one by which it has the columns.
func delimited(path, encoding string, wanted []TableColumn) (io.Closer, records, []string, error) {
	var faults []cx.Fault
	columns := 0
	for _, comma := range []byte{',', ';', '\t', '|'} {
		in, records, names, err := header(path, format{delimiter: comma, encoding: encoding}, &meter{})
		if err != nil {
			return nil, nil, nil, err
		}
		var missing []cx.Fault
		for _, w := range wanted {
			switch {
			case w.Name == "":
				missing = append(missing, cx.Fault{Field: w.For, Message: "name the column; there are " + listed(names)})
			case !slices.Contains(names, w.Name):
				missing = append(missing, cx.Fault{Field: w.For, Message: "there is no column " + quote(w.Name) + "; there are " + listed(names)})
			}
		}
		if missing == nil {
			return in, records, names, nil
		}
		if len(names) > columns {
			columns, faults = len(names), missing
		}
		in.Close()
	}
	return nil, nil, nil, cx.InvalidFaults("", faults)
}
