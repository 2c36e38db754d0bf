package importer_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/listen/importer"
)

func TestTable(t *testing.T) {
	t.Parallel()
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, _ = z.Write([]byte("a,b\n1,2\n"))
	_ = z.Close()
	columns := []importer.TableColumn{{For: "--score", Name: "b"}, {For: "--by", Name: "a"}}
	for _, c := range []struct {
		name, file string
		want       []string // line: values
		leftOut    int
		err        string
	}{
		{"plain", "a,b,c\n1, 2 ,3\n\n4,,\"x\ny\"\n5,6,7\n", []string{"2:2,1", "4:,4", "6:6,5"}, 0, ""},
		{"semicolons, with a mark of UTF-8", "\ufeffa;b\n1,5;2\n", []string{"2:2,1,5"}, 0, ""},
		{"Windows-1252", "a,b\nma\xf1ana,2\n", []string{"2:2,mañana"}, 0, ""},
		{"gzip", zipped.String(), []string{"2:2,1"}, 0, ""},
		{"a line too long", "a,b\n1,2,3\n3,4\n", []string{"3:4,3"}, 1, ""},
		{"no row", "a,b\n", nil, 0, "has no row: it is empty"},
		{"no line that is one", "a,b\n1\n", nil, 1, "line 2: the line has 1 fields"},
		{"another column", "a;c\n1;2\n", nil, 0, `--score: there is no column "b"; there are a, c`},
		{"nothing", "", nil, 0, "it has no header line"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "t.csv")
			if err := os.WriteFile(path, []byte(c.file), 0o600); err != nil {
				t.Fatal(err)
			}
			var got []string
			report, err := importer.Table{Path: path}.Each(columns, func(line int, values []string) error {
				got = append(got, fmt.Sprint(line, ":", strings.Join(values, ",")))
				return nil
			})
			if c.err == "" && err != nil || c.err != "" && (err == nil || !strings.Contains(err.Error()+fmt.Sprint(cx.FaultsOf(err)), c.err)) {
				t.Fatalf("the error is %v, want %q", err, c.err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" || report.LeftOut != c.leftOut || report.Rows != len(got) {
				t.Errorf("%+v (-want +got):\n%s", report, diff)
			}
		})
	}
}
