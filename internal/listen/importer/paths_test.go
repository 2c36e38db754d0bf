package importer_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/listen/importer"
)

const smallMap = `source: shop
root: ${VIVENCIA_DATA}/shop
files: {sales: {file: sales.csv, join: [{file: people.csv, on: who}]}}
customer: {userId: who, traits: {city: city}}
events: [{name: Bought, at: day, id: n}]
`

func TestWhereFilesAreLookedFor(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	if err := os.Mkdir(filepath.Join(data, "shop"), 0o700); err != nil {
		t.Fatal(err)
	}
	write := func(path, text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	sales := func(n string) string { return "n,who,day\n" + n + ",a,2026-01-01\n" }
	write(filepath.Join(data, "shop", "sales.csv"), sales("root"))
	beside := folder(t, map[string]string{"sales.csv": sales("beside"), "people.csv": "who,city\na,Goya\n", "map.yaml": smallMap})
	other := folder(t, map[string]string{"sales.csv": sales("given")})
	env := func(name string) string { return map[string]string{"VIVENCIA_DATA": data}[name] }

	for _, c := range []struct {
		name   string
		getenv func(string) string
		root   string
		given  []string
		want   string
	}{
		{"under the map's root, the rest beside the map", env, "", nil, "root"},
		{"beside the map without VIVENCIA_DATA", noEnv, "", nil, "beside"},
		{"under the root given", env, other, nil, "given"},
		{"the file given", noEnv, "", []string{filepath.Join(other, "sales.csv")}, "given"},
	} {
		m, err := importer.LoadMap(filepath.Join(beside, "map.yaml"), c.getenv)
		if err != nil {
			t.Fatal(err)
		}
		k := &keeper{}
		o := options(k)
		o.Root = c.root
		_, err = importer.CSV(context.Background(), m, c.given, o)
		if err != nil || len(k.messages) != 1 || k.messages[0].MessageID != "track:Bought:"+c.want || k.messages[0].Context.Traits["city"] != "Goya" {
			t.Errorf("%s: %+v, %v", c.name, k.messages, err)
		}
	}

	m, err := importer.ParseMap([]byte(strings.ReplaceAll(smallMap, "people", "absent")), beside, noEnv)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = importer.CSV(context.Background(), m, nil, options(&keeper{})); cx.KindOf(err) != cx.NotFound || !strings.Contains(err.Error(), "absent.csv") {
		t.Errorf("a missing file: %v", err)
	}
	if _, err = importer.CSV(context.Background(), m, []string{"x/unknown.csv"}, options(&keeper{})); cx.KindOf(err) != cx.Invalid || !strings.Contains(err.Error(), "unknown.csv") {
		t.Errorf("a file that the map does not name: %v", err)
	}
	if _, err = importer.ParseMap([]byte("source: s\nroot: $HOME/x\n"), ".", env); cx.KindOf(err) != cx.Invalid {
		t.Errorf("another variable in root: %v", err)
	}
}

func TestFilesAsTheyCome(t *testing.T) {
	t.Parallel()
	const bare = "source: shop\ncustomer: {userId: who}\nevents: [{name: Bought, at: day, id: n, properties: {note: note}}]\n"
	for name, c := range map[string]struct{ text, more, note, err string }{
		"windows-1252":    {"n,who,day,note\n1,a,2026-01-01,ni\xf1o \x80\n", "encoding: windows-1252\n", "niño €", ""},
		"latin-1":         {"n,who,day,note\n1,a,2026-01-01,ni\xf1o\n", "encoding: latin-1\n", "niño", ""},
		"no header":       {"exported today\n1,a,2026-01-01,x\n", "columns: [n, who, day, note]\nskip: 1\n", "x", ""},
		"tabs":            {" n \twho\tday\tnote\n1\ta\t2026-01-01\tx y\n", "delimiter: \"\\t\"\n", "x y", ""},
		"blanks":          {" n  who day   note\n 1 a 2026-01-01   x\r\n", "delimiter: \" \"\n", "x", ""},
		"UTF-16":          {utf16("\ufeffn,who,day,note\n1,a,2026-01-01,niño €\n"), "", "niño €", ""},
		"empty":           {"", "", "", "it has no header line"},
		"wrong delimiter": {"n;who;day;note\n", "", "", "does the map need a delimiter?"},
	} {
		dir := folder(t, map[string]string{"f.csv": c.text})
		m, err := importer.ParseMap([]byte(bare+c.more), dir, noEnv)
		if err != nil {
			t.Fatal(name, err)
		}
		k := &keeper{}
		_, err = importer.CSV(context.Background(), m, []string{filepath.Join(dir, "f.csv")}, options(k))
		switch {
		case c.err != "":
			if cx.KindOf(err) != cx.Invalid || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%s: %v", name, err)
			}
		case err != nil || len(k.messages) != 1 || k.messages[0].Properties["note"] != c.note:
			t.Errorf("%s: %+v, %v", name, k.messages, err)
		}
	}
}

func TestSeveralFilesByOneMap(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{
		"jan.csv": "n,who,day\n1,a,2026-01-01\n,b,2026-01-02\n", "feb.csv": "n,who,day\n1,a,2026-02-01\n2,b,2026-02-02\n", "city.csv": "who,city\na,Goya\n",
	})
	m, err := importer.ParseMap([]byte("source: shop\njoin: [{file: city.csv, on: who}]\ncustomer: {userId: who, traits: {city: city}}\nevents: [{name: Bought, at: day, id: n}, {name: Seen, at: day}]\n"), t.TempDir(), noEnv)
	if err != nil {
		t.Fatal(err)
	}
	k := &keeper{}
	files := []string{filepath.Join(dir, "jan.csv"), filepath.Join(dir, "feb.csv")}
	report, err := importer.CSV(context.Background(), m, files, options(k))
	if err != nil || report.Read != 8 || report.Accepted != 6 || report.Duplicates != 1 || report.Quarantined != 1 {
		t.Errorf("%+v, %v", report, err)
	}
	if _, err := importer.CSV(context.Background(), m, nil, options(k)); cx.KindOf(err) != cx.Invalid {
		t.Errorf("no file at all: %v", err)
	}
}

// utf16 writes a text as Excel's "Unicode text" is, the low byte first.
func utf16(s string) string {
	var b []byte
	for _, r := range s {
		b = append(b, byte(r), byte(r>>8))
	}
	return string(b)
}
