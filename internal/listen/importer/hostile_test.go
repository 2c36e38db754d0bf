package importer_test

import (
	"compress/gzip"
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/listen/importer"
)

// A small file that unpacks to something huge, or that names what is not in it,
// ends in a fault or in refusals, at once and in little memory.
func TestHostileFilesCostLittle(t *testing.T) {
	const unpacked = 48 << 20
	for name, c := range map[string]struct {
		head, again, tail string
		file              string
		fault             string // "" when the lines are refused one by one
	}{
		"one endless field of a CSV":   {"n;client;what;day;until;total;paid;nps;note\n1;c;", "x", "", "sales.csv.gz", ""},
		"one endless quoted field":     {"n;client;what;day;until;total;paid;nps;note\n1;c;\"", "x", "", "sales.csv.gz", ""},
		"one endless heading of a CSV": {"n;", "client;", "", "sales.csv.gz", "1 MB"},
		"one endless line of JSON":     {`{"a":"`, "x", `"}`, "lines.jsonl.gz", ""},
		"one endless attribute of XES": {`<log><trace><string key="`, "x", `"/></trace></log>`, "log.xes.gz", "longer than 1 MB"},
		"endless depth of XES":         {`<log>`, "<list>", "", "log.xes.gz", "deeper than 64"},
		"one endless text of OCEL":     {`{"objects": [{"id": "`, "x", `"}], "events": []}`, "objects.json.gz", "longer than 4 MB"},
		"one endless object of OCEL":   {`{"objects": [{"attributes": [1`, ",1", `]}], "events": []}`, "objects.json.gz", "longer than 4 MB"},
		"endless depth of OCEL":        {`{"events": `, "[", ``, "objects.json.gz", "it is no JSON"},
		"endless names of OCEL":        {`{"ocel"`, ` `, `: 1}`, "objects.json.gz", "longer than 4 MB"},
		"endless children of XES":      {`<log><trace><event><list key="l"><values>`, `<int key="a" value="1"/>`, `</values></list></event></trace></log>`, "log.xes.gz", ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir := folder(t, map[string]string{"clients.csv": "client,city,mail,since\n"})
			path := filepath.Join(dir, c.file)
			bomb(t, path, c.head, c.again, c.tail, unpacked)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			report, err := read(t, dir, path)
			runtime.ReadMemStats(&after)
			if c.fault != "" && (cx.KindOf(err) != cx.Invalid || !strings.Contains(err.Error(), c.fault)) || c.fault == "" && err != nil && cx.KindOf(err) != cx.Invalid {
				t.Errorf("%+v, %v", report, err)
			}
			if report.Accepted > 0 {
				t.Errorf("accepted %d", report.Accepted)
			}
			if grew := int64(after.HeapSys) - int64(before.HeapSys); grew > 32<<20 {
				t.Errorf("took %d MB", grew>>20)
			}
		})
	}
	for name, text := range map[string]string{
		"billion laughs": `<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;"><!ENTITY lol3 "&lol2;&lol2;&lol2;">]><log><trace><string key="concept:name" value="&lol3;"/></trace></log>`,
		"external file":  `<?xml version="1.0"?><!DOCTYPE log [<!ENTITY file SYSTEM "file:///etc/passwd">]><log><trace><string key="concept:name" value="&file;"/></trace></log>`,
		"external DTD":   `<!DOCTYPE log SYSTEM "http://127.0.0.1:1/x.dtd"><log/>`,
		"entity alone":   `<log><trace><string key="a" value="&file;"/></trace></log>`,
	} {
		path := filepath.Join(t.TempDir(), "log.xes")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := importer.XES(context.Background(), []string{path}, options(&strict{}))
		if cx.KindOf(err) != cx.Invalid || !strings.Contains(err.Error(), "DOCTYPE") && !strings.Contains(err.Error(), "&file;") || strings.Contains(err.Error(), "root:") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func read(t *testing.T, dir, path string) (importer.Report, error) {
	t.Helper()
	o := options(&strict{})
	switch {
	case strings.Contains(path, ".csv"):
		m, err := importer.ParseMap([]byte(strings.ReplaceAll(shopMap, "sales.csv", "sales.csv.gz")), dir, noEnv)
		if err != nil {
			t.Fatal(err)
		}
		return importer.CSV(context.Background(), m, []string{path}, o)
	case strings.Contains(path, "objects.json"):
		return importer.OCEL(context.Background(), []string{path}, o)
	case strings.Contains(path, ".jsonl"):
		return importer.JSONL(context.Background(), []string{path}, o)
	}
	return importer.XES(context.Background(), []string{path}, o)
}

// bomb writes a gzip file that unpacks to so many bytes of the same.
func bomb(t *testing.T, path, head, again, tail string, unpacked int) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	z, _ := gzip.NewWriterLevel(f, gzip.BestSpeed)
	chunk := []byte(strings.Repeat(again, (1<<20)/len(again)))
	_, err = z.Write([]byte(head))
	for n := 0; n < unpacked && err == nil; n += len(chunk) {
		_, err = z.Write(chunk)
	}
	if err == nil {
		_, err = z.Write([]byte(tail))
	}
	if err == nil {
		err = z.Close()
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}
