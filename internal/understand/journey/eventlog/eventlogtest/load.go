package eventlogtest

import (
	"compress/gzip"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
)

// Load returns the log of a CSV or XES file, packed or not, such as
// "receipt.csv". The test is skipped where the shared data is not there.
func Load(t testing.TB, name string) *eventlog.Log {
	t.Helper()
	var b eventlog.Builder
	Each(t, name, func(cases, activity string, at time.Time) {
		must(t, b.Add(eventlog.Row{Case: cases, Activity: eventlog.Activity{Name: activity}, At: at.UnixMicro()}))
	})
	return b.Build()
}

// Names returns the names of the log's activities.
func Names(l *eventlog.Log) []string {
	out := make([]string, len(l.Activities))
	for i, a := range l.Activities {
		out[i] = a.Name
	}
	return out
}

// Each tells the events of a file in its order, with the offsets of their times.
func Each(t testing.TB, name string, tell func(cases, activity string, at time.Time)) {
	t.Helper()
	file, err := os.Open(cxtest.Data(t, "event_logs/"+name))
	must(t, err)
	defer file.Close()
	var in io.Reader = file
	if strings.HasSuffix(name, ".gz") {
		in, err = gzip.NewReader(file)
		must(t, err)
	}
	read := readCSV
	if strings.Contains(name, ".xes") {
		read = readXES
	}
	read(t, in, func(cases, activity, at string) {
		stamp, err := time.Parse(time.RFC3339, strings.Replace(at, " ", "T", 1))
		must(t, err)
		tell(cases, activity, stamp)
	})
}

func readCSV(t testing.TB, in io.Reader, tell func(cases, activity, at string)) {
	t.Helper()
	rows := csv.NewReader(in)
	head, err := rows.Read()
	must(t, err)
	column := func(names ...string) int {
		return slices.IndexFunc(head, func(h string) bool { return slices.Contains(names, h) })
	}
	cases, activity, at := column("case_id", "case:concept:name"), column("activity", "concept:name"), column("timestamp", "time:timestamp")
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return
		}
		must(t, err)
		tell(row[cases], row[activity], row[at])
	}
}

// attributed is what is read of a trace or an event.
type attributed struct {
	Attributes []struct {
		Key   string `xml:"key,attr"`
		Value string `xml:"value,attr"`
	} `xml:",any"`
}

func (a attributed) value(key string) string {
	for _, one := range a.Attributes {
		if one.Key == key {
			return one.Value
		}
	}
	return ""
}

func readXES(t testing.TB, in io.Reader, tell func(cases, activity, at string)) {
	t.Helper()
	decoder := xml.NewDecoder(in)
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		must(t, err)
		start, ok := token.(xml.StartElement)
		if !ok || start.Name.Local != "trace" {
			continue
		}
		var trace struct {
			attributed
			Events []attributed `xml:"event"`
		}
		must(t, decoder.DecodeElement(&trace, &start))
		for _, e := range trace.Events {
			tell(trace.value("concept:name"), e.value("concept:name"), e.value("time:timestamp"))
		}
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
