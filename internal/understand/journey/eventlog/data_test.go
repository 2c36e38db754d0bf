package eventlog_test

import (
	"compress/gzip"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
)

// source is a file of event logs and the columns to read.
type source struct{ file, cases, activity, at string }

func open(t testing.TB, name string) io.Reader {
	t.Helper()
	f, err := os.Open(cxtest.Data(t, "event_logs/"+name))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	if !strings.HasSuffix(name, ".gz") {
		return f
	}
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// load reads a log; local drops the offsets of its times.
func load(t testing.TB, s source, local bool) *eventlog.Log {
	t.Helper()
	var b eventlog.Builder
	add := func(cases, activity, at string) {
		stamp, err := time.Parse(time.RFC3339, strings.Replace(at, " ", "T", 1))
		if err != nil {
			t.Fatal(err)
		}
		us := stamp.UnixMicro()
		if _, offset := stamp.Zone(); local {
			us += int64(offset) * 1e6
		}
		if err := b.Add(eventlog.Row{Case: cases, Activity: eventlog.Activity{Name: activity}, At: us}); err != nil {
			t.Fatal(err)
		}
	}
	if strings.Contains(s.file, ".xes") {
		readXES(t, open(t, s.file), add)
	} else {
		readCSV(t, open(t, s.file), s, add)
	}
	return b.Build()
}

func readCSV(t testing.TB, r io.Reader, s source, add func(cases, activity, at string)) {
	t.Helper()
	rows := csv.NewReader(r)
	head, err := rows.Read()
	if err != nil {
		t.Fatal(err)
	}
	column := map[string]int{}
	for i, name := range head {
		column[name] = i
	}
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		add(row[column[s.cases]], row[column[s.activity]], row[column[s.at]])
	}
}

// readXES reads what these tests need of XES: names and times.
func readXES(t testing.TB, r io.Reader, add func(cases, activity, at string)) {
	t.Helper()
	type event struct {
		Attributes []struct {
			Key   string `xml:"key,attr"`
			Value string `xml:"value,attr"`
		} `xml:",any"`
	}
	attribute := func(e event, key string) string {
		for _, a := range e.Attributes {
			if a.Key == key {
				return a.Value
			}
		}
		return ""
	}
	decoder := xml.NewDecoder(r)
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == "trace" {
			var trace struct {
				event
				Events []event `xml:"event"`
			}
			if err := decoder.DecodeElement(&trace, &start); err != nil {
				t.Fatal(err)
			}
			for _, e := range trace.Events {
				add(attribute(trace.event, "concept:name"), attribute(e, "concept:name"), attribute(e, "time:timestamp"))
			}
		}
	}
}

var (
	running  = source{"running-example.csv", "case:concept:name", "concept:name", "time:timestamp"}
	receipt  = source{"receipt.csv", "case:concept:name", "concept:name", "time:timestamp"}
	receiptX = source{file: "receipt.xes.gz"}
	sepsis   = source{"sepsis.csv.gz", "case_id", "activity", "timestamp"}
	fines    = source{"traffic_fines.csv.gz", "case_id", "activity", "timestamp"}
	bpic2012 = source{file: "bpic2012.xes.gz"}
)
