package importer_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/listen/importer"
)

// FuzzParseMap: whatever the map says, reading it and importing by it ends in
// faults or in a report that adds up.
func FuzzParseMap(f *testing.F) {
	f.Add(shopMap)
	f.Add("source: s\ncustomer: {anonymousId: _line}\nevents: [{name: A, at: {value: 2020-01-01}}]\n")
	f.Add("source: s\nfiles: {a: {file: data.csv, join: [{file: data.csv, on: n, prefix: p_}]}}\ncustomer: {userId: {cel: row.n + 'x'}}\nanswers: [{survey: a, scale: 1-5, score: n, at: day}]\n")
	f.Add("a: &a [*a]\n")
	f.Fuzz(func(t *testing.T, src string) {
		dir := folder(t, map[string]string{"data.csv": "n,day,client\n1,2020-01-01,c\n2,,\n"})
		m, err := importer.ParseMap([]byte(src), dir, noEnv)
		if err != nil {
			if cx.KindOf(err) != cx.Invalid || len(cx.FaultsOf(err)) == 0 {
				t.Fatal(err)
			}
			return
		}
		importOne(t, m, filepath.Join(dir, "data.csv"))
	})
}

func importOne(t *testing.T, m *importer.Map, path string) {
	k := &strict{}
	report, err := importer.CSV(context.Background(), m, []string{path}, options(k))
	if err != nil && cx.KindOf(err) != cx.Invalid && cx.KindOf(err) != cx.NotFound {
		t.Fatal(err)
	}
	addsUp(t, report)
}

func addsUp(t *testing.T, r importer.Report) {
	t.Helper()
	if r.Read != r.Accepted+r.Duplicates+r.Empty+r.Skipped+r.Quarantined {
		t.Fatalf("the counts do not add up: %+v", r)
	}
}

// strict is a Sink that knows nothing and asks that messages are JSON with the
// messageId beside them.
type strict struct{}

func (strict) Write(_ context.Context, records []importer.Record) (importer.Result, error) {
	res := importer.Result{Reasons: map[string]int{}}
	for _, r := range records {
		if r.Message == nil {
			res.Quarantined++
			continue
		}
		res.Accepted++
		var m struct {
			MessageID string `json:"messageId"`
		}
		if err := json.Unmarshal(r.Message, &m); err != nil || m.MessageID != r.MessageID || r.MessageID == "" {
			return res, cx.Errorf(cx.Internal, "", "%s: %v", r.Message, err)
		}
	}
	return res, nil
}

// FuzzCSV imports whatever text by one map.
func FuzzCSV(f *testing.F) {
	const header = "n;client;what;day;until;total;paid;nps;note\n"
	f.Add("1;c1;Bought;2026-03-29 02:30:00;;1.234,50;sí;9;\"He said \"\"hi\"\"\nand left\"\r\n")
	f.Add(";;;;;;;;\n\"\n1;c;\xff;1;1;1;1;1;1")
	f.Add("8;c1;x;1534332633;;1e999;t;-0;\x00")
	f.Fuzz(func(t *testing.T, text string) {
		dir := folder(t, map[string]string{"sales.csv": header + text, "clients.csv": "client,city,mail,since\nc1,M,a@b.es,\n"})
		m, err := importer.ParseMap([]byte(shopMap), dir, noEnv)
		if err != nil {
			t.Fatal(err)
		}
		importOne(t, m, filepath.Join(dir, "sales.csv"))
	})
}

// FuzzJSONL reads whatever lines.
func FuzzJSONL(f *testing.F) {
	f.Add(segmentLines)
	f.Add("{\"messageId\":\"\",\"a\":1}\n\n[]\n{\"messageId\":7}\r\n\xff\n{\"messageId\":\"m\",\"messageId\":\"n\"}")
	f.Fuzz(func(t *testing.T, text string) {
		path := filepath.Join(t.TempDir(), "lines.jsonl")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		report, err := importer.JSONL(context.Background(), []string{path}, options(&strict{}))
		if err != nil && cx.KindOf(err) != cx.Invalid {
			t.Fatal(err)
		}
		addsUp(t, report)
	})
}

// FuzzXES reads whatever XML.
func FuzzXES(f *testing.F) {
	f.Add(nestedLog)
	f.Add("<log><trace><event><date key='time:timestamp' value='2020-01-01'/><string key='concept:name' value='&#65;'/></event></trace></log>")
	f.Add("<log><event/><trace><list key='x'><values><int key='a' value='1'/></values></list><event></event></trace>")
	f.Fuzz(func(t *testing.T, text string) {
		path := filepath.Join(t.TempDir(), "log.xes")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		report, err := importer.XES(context.Background(), []string{path}, options(&strict{}))
		if err != nil && cx.KindOf(err) != cx.Invalid {
			t.Fatal(err)
		}
		addsUp(t, report)
	})
}
