package importer

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/big"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"
	parquetformat "github.com/parquet-go/parquet-go/format"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Parquet imports Parquet files by the same maps as CSV; files that a map joins
// may be of either kind. A row is a line (the first is 1) and a column a column:
//
//   - a column within another is OUTER.INNER; a list is a JSON array;
//   - times are as RFC 3339 writes them, without a zone where the file's are
//     local; dates as 2006-01-02: a map needs no time_format for them;
//   - decimals keep their digits; bytes that are no text are hexadecimal;
//   - null is empty.
//
// Rows are streamed; of each column one page is held, and its dictionary.
func Parquet(ctx context.Context, m *Map, given []string, o Options) (Report, error) {
	report, err := tables(ctx, "import parquet", m, given, o)
	return report, cx.Wrap("importer.Parquet", err)
}

// isParquet tells whether the file at path begins as Parquet files do.
func isParquet(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	var magic [4]byte
	_, err = io.ReadFull(f, magic[:])
	return err == nil && string(magic[:]) == "PAR1"
}

// parquetReader reads the rows of a Parquet file as records. Their raw text is a
// CSV record with commas.
type parquetReader struct {
	file    *os.File
	columns []parquetColumn
	groups  []parquet.RowGroup // still to come
	rows    parquet.Rows
	buffer  []parquet.Row
	at, n   int // in buffer
	line    int
	fields  []string
	raw     []byte
}

type parquetColumn struct {
	name string
	list bool
	cell func(v parquet.Value) cell
}

// countedAt is counted for readers that go back and forth.
type countedAt struct {
	io.ReaderAt
	m *meter
}

func (c countedAt) ReadAt(p []byte, off int64) (int, error) {
	n, err := c.ReaderAt.ReadAt(p, off)
	c.m.read += int64(n)
	return n, err
}

// openParquet opens the file and reads what its columns are.
func openParquet(path string, m *meter) (p *parquetReader, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, cx.Errorf(cx.Invalid, "importer.Open", "%s cannot be read: %w", path, err)
	}
	defer func() {
		if err = errors.Join(err, damaged(recover())); err != nil {
			file.Close()
			p, err = nil, fileError(path, err)
		}
	}()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	f, err := parquet.OpenFile(countedAt{file, m}, info.Size(), parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return nil, err
	}
	p = &parquetReader{file: file, groups: f.RowGroups(), buffer: make([]parquet.Row, 64)}
	for _, at := range f.Schema().Columns() {
		leaf, _ := f.Schema().Lookup(at...)
		column := parquetColumn{strings.Join(at, "."), leaf.MaxRepetitionLevel > 0, cellOf(leaf.Node.Type())}
		if n := len(at) - 2; n > 0 && column.list && at[n] == "list" { // how the format writes a list of the name before
			column.name = strings.Join(at[:n], ".")
		}
		p.columns = append(p.columns, column)
	}
	return p, nil
}

// damaged is the error for what the format's reader panicked with, as it does
// on some damaged files; nil for nil.
func damaged(panicked any) error {
	if panicked == nil {
		return nil
	}
	return fmt.Errorf("it is damaged: %v", panicked)
}

// Close closes the file.
func (p *parquetReader) Close() error {
	if p.rows != nil {
		p.rows.Close()
	}
	return p.file.Close()
}

func (p *parquetReader) names() []string {
	names := make([]string, len(p.columns))
	for i, c := range p.columns {
		names[i] = c.name
	}
	return names
}

// next implements records.
func (p *parquetReader) next() (rec row, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = damaged(r)
		}
	}()
	for p.at == p.n {
		if p.rows == nil {
			if len(p.groups) == 0 {
				return row{}, io.EOF
			}
			p.rows, p.groups = p.groups[0].Rows(), p.groups[1:]
		}
		p.at = 0
		p.n, err = p.rows.ReadRows(p.buffer)
		if err != nil && !errors.Is(err, io.EOF) {
			return row{}, err
		}
		if p.n == 0 {
			if err = p.rows.Close(); err != nil {
				return row{}, err
			}
			p.rows = nil
		}
	}
	p.read(p.buffer[p.at])
	p.at++
	p.line++
	return row{p.line, p.raw, p.fields}, nil
}

// read fills fields and raw with a row, whose values stand by column.
func (p *parquetReader) read(values parquet.Row) {
	p.fields, p.raw = make([]string, len(p.columns)), p.raw[:0]
	i := 0
	for c, column := range p.columns {
		var list []byte
		for ; i < len(values) && values[i].Column() == c; i++ {
			if values[i].IsNull() {
				continue
			}
			switch cell := column.cell(values[i]); {
			case cell.kind == 0:
			case column.list:
				list = cell.appendJSON(append(list, ','))
			default:
				p.fields[c] = cell.text
			}
		}
		if list != nil {
			list[0] = '['
			p.fields[c] = string(append(list, ']'))
		}
		if c > 0 {
			p.raw = append(p.raw, ',')
		}
		p.raw = appendField(p.raw, p.fields[c])
	}
}

// appendField appends a field of a CSV record, in quotes where it needs them.
func appendField(dst []byte, field string) []byte {
	if !strings.ContainsAny(field, ",\"\r\n") {
		return append(dst, field...)
	}
	dst = append(dst, '"')
	dst = append(dst, strings.ReplaceAll(field, `"`, `""`)...)
	return append(dst, '"')
}

// cellOf returns how the values of a type are written.
func cellOf(t parquet.Type) func(parquet.Value) cell {
	logical := t.LogicalType()
	if logical != nil {
		switch l := logical.Value.(type) {
		case *parquetformat.TimestampType:
			unit, layout := l.Unit.Value.Duration(), "2006-01-02T15:04:05.999999999"
			if l.IsAdjustedToUTC {
				layout += "Z"
			}
			return func(v parquet.Value) cell { return cell{'t', since1970(v.Int64(), unit).Format(layout)} }
		case *parquetformat.DateType:
			return func(v parquet.Value) cell {
				return cell{'t', time.Unix(int64(v.Int32())*24*60*60, 0).UTC().Format(time.DateOnly)}
			}
		case *parquetformat.TimeType:
			unit := l.Unit.Value.Duration()
			return func(v parquet.Value) cell {
				return cell{'t', since1970(integer(v).Int64(), unit).Format("15:04:05.999999999")}
			}
		case *parquetformat.DecimalType:
			return func(v parquet.Value) cell { return cell{'v', decimalText(integer(v), int(l.Scale))} }
		case *parquetformat.IntType:
			if !l.IsSigned {
				return func(v parquet.Value) cell {
					if v.Kind() == parquet.Int32 {
						return cell{'v', strconv.FormatUint(uint64(v.Uint32()), 10)}
					}
					return cell{'v', strconv.FormatUint(v.Uint64(), 10)}
				}
			}
		case *parquetformat.UUIDType:
			return func(v parquet.Value) cell {
				b := v.ByteArray()
				return cell{'t', fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])}
			}
		}
	}
	switch t.Kind() {
	case parquet.Boolean:
		return func(v parquet.Value) cell { return cell{'v', strconv.FormatBool(v.Boolean())} }
	case parquet.Int32, parquet.Int64:
		return func(v parquet.Value) cell { return cell{'v', integer(v).String()} }
	case parquet.Int96: // a time as old writers have it: the nanoseconds of a Julian day
		return func(v parquet.Value) cell {
			const julian1970 = 2_440_588
			i := v.Int96()
			at := time.Unix((int64(i[2])-julian1970)*24*60*60, int64(uint64(i[1])<<32|uint64(i[0]))).UTC() //nolint:gosec // nanoseconds of a day
			return cell{'t', at.Format(time.RFC3339Nano)}
		}
	case parquet.Float:
		return func(v parquet.Value) cell { return real(float64(v.Float()), 32) }
	case parquet.Double:
		return func(v parquet.Value) cell { return real(v.Double(), 64) }
	}
	return func(v parquet.Value) cell {
		if b := v.ByteArray(); !utf8.Valid(b) {
			return cell{'t', hex.EncodeToString(b)}
		}
		return cell{'t', string(v.ByteArray())}
	}
}

func since1970(n int64, unit time.Duration) time.Time {
	perSecond := int64(time.Second / unit)
	return time.Unix(n/perSecond, n%perSecond*int64(unit)).UTC()
}

// real writes a number; one that JSON cannot write is nothing.
func real(f float64, bits int) cell {
	text := strconv.FormatFloat(f, 'g', -1, bits)
	if _, ok := number(text, '.'); !ok {
		return cell{}
	}
	return cell{'v', text}
}

// integer returns the value of a type whose values are whole numbers: also
// two's complement of any length, the highest byte first.
func integer(v parquet.Value) *big.Int {
	switch v.Kind() {
	case parquet.Int32:
		return big.NewInt(int64(v.Int32()))
	case parquet.Int64:
		return big.NewInt(v.Int64())
	}
	b := v.ByteArray()
	n := new(big.Int).SetBytes(b)
	if len(b) > 0 && b[0] >= 0x80 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b)))) //nolint:gosec // a length
	}
	return n
}

// decimalText writes n with so many digits after the point.
func decimalText(n *big.Int, scale int) string {
	digits, sign := new(big.Int).Abs(n).String(), ""
	if n.Sign() < 0 {
		sign = "-"
	}
	if scale <= 0 {
		return sign + digits
	}
	if pad := scale + 1 - len(digits); pad > 0 {
		digits = strings.Repeat("0", pad) + digits
	}
	return sign + digits[:len(digits)-scale] + "." + digits[len(digits)-scale:]
}
