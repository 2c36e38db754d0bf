package importer

import (
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

type read struct {
	Line   int
	Fields []string
	Bad    string
}

func readAll(t *testing.T, r io.Reader, comma byte) []read {
	t.Helper()
	c := newCSVReader(r, comma)
	var out []read
	for {
		rec, err := c.next()
		var bad *lineError
		switch {
		case errors.Is(err, io.EOF):
			return out
		case errors.As(err, &bad):
			out = append(out, read{Line: bad.line, Bad: string(bad.raw)})
		case err != nil:
			t.Fatal(err)
		default:
			out = append(out, read{Line: rec.line, Fields: append([]string(nil), rec.fields...)})
		}
	}
}

func TestCSVReader(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		in    string
		comma byte
		want  []read
	}{
		"plain, CRLF, no end of line": {"a,b\r\n\r\n1,\n,2", ',', []read{{1, []string{"a", "b"}, ""}, {3, []string{"1", ""}, ""}, {4, []string{"", "2"}, ""}}},
		"quoted over lines":           {"a,\"b\nc\"\nd,\"e \"\"f\"\"\"\n", ',', []read{{1, []string{"a", "b\nc"}, ""}, {3, []string{"d", `e "f"`}, ""}}},
		"a quote within a field":      {"5\" disk,x\n", ',', []read{{1, []string{`5" disk`, "x"}, ""}}},
		"text after a quote":          {"\"a\"b,c\nd,e\n", ',', []read{{Line: 1, Bad: `"a"b,c`}, {2, []string{"d", "e"}, ""}}},
		"a quote never closed":        {"a,b\n\"c,d\ne,f\n", ',', []read{{1, []string{"a", "b"}, ""}, {Line: 2, Bad: `"c,d`}, {3, []string{"e", "f"}, ""}}},
		"not UTF-8":                   {"a\n\xff\nb\n", ',', []read{{1, []string{"a"}, ""}, {Line: 2, Bad: "\xff"}, {3, []string{"b"}, ""}}},
		"blanks":                      {"  a  b\tc \r\n 1 2 3\n  \n", ' ', []read{{1, []string{"a", "b", "c"}, ""}, {2, []string{"1", "2", "3"}, ""}}},
		"semicolons":                  {"a;\"b;c\";\n", ';', []read{{1, []string{"a", "b;c", ""}, ""}}},
		"a huge line":                 {"a\n" + strings.Repeat("x", 3<<20) + "\nb", ',', []read{{1, []string{"a"}, ""}, {Line: 2, Bad: strings.Repeat("x", MaxRaw)}, {3, []string{"b"}, ""}}},
		"empty":                       {"\n\n", ',', nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.want, readAll(t, strings.NewReader(c.in), c.comma)); diff != "" {
				t.Error(diff)
			}
			if len(c.in) < 1000 {
				if diff := cmp.Diff(c.want, readAll(t, iotest.OneByteReader(strings.NewReader(c.in)), c.comma)); diff != "" {
					t.Error("byte by byte:", diff)
				}
			}
		})
	}
}

func TestCSVReaderBoundsAQuoteThatSwallowsTheFile(t *testing.T) {
	t.Parallel()
	in := "\"open\n" + strings.Repeat("a,b\n", 5000)
	got := readAll(t, strings.NewReader(in), ',')
	if len(got) != 5001 || got[0].Bad == "" || got[5000].Line != 5001 {
		t.Errorf("%d records, first %+v", len(got), got[0])
	}
}

func TestCSVReaderTellsWhenAFileEndsEarly(t *testing.T) {
	t.Parallel()
	c := newCSVReader(io.MultiReader(strings.NewReader("a,b\nc,"), iotest.ErrReader(io.ErrUnexpectedEOF)), ',')
	if _, err := c.next(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.next(); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("err = %v", err)
	}
}

// FuzzCSVReader holds the reader against encoding/csv wherever that one reads
// the whole input, and else asks only that every line is accounted for.
func FuzzCSVReader(f *testing.F) {
	for _, s := range []string{"a,b\n1,2\n", "\"a\"\"b\",\"c\nd\"\r\n", "\"a\nb", "a\"b,c\r", "\"\"\n,\n\"\"x", "\xff\n", "\r\r\n\"\r\"\r\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		ours := readAll(t, strings.NewReader(in), ',')
		if diff := cmp.Diff(ours, readAll(t, iotest.HalfReader(strings.NewReader(in)), ',')); diff != "" {
			t.Fatal("depends on how it is read:", diff)
		}
		theirs := csv.NewReader(strings.NewReader(in))
		theirs.FieldsPerRecord = -1
		want, err := theirs.ReadAll()
		if err != nil || strings.Contains(in, "\r") {
			return // theirs turns \r\n within quotes into \n
		}
		var got [][]string
		for _, r := range ours {
			if r.Bad != "" {
				if strings.ToValidUTF8(in, "") == in {
					t.Fatalf("line %d is set aside, encoding/csv reads it", r.Line)
				}
				return
			}
			got = append(got, r.Fields)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	})
}
