package eventlogtest

import (
	"compress/gzip"
	"encoding/csv"
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

// Load returns the log of a CSV file, packed or not, such as "receipt.csv". The
// test is skipped where the shared data is not there.
func Load(t testing.TB, name string) *eventlog.Log {
	t.Helper()
	file, err := os.Open(cxtest.Data(t, "event_logs/"+name))
	must(t, err)
	defer file.Close()
	var in io.Reader = file
	if strings.HasSuffix(name, ".gz") {
		in, err = gzip.NewReader(file)
		must(t, err)
	}
	rows := csv.NewReader(in)
	head, err := rows.Read()
	must(t, err)
	column := func(names ...string) int {
		return slices.IndexFunc(head, func(h string) bool { return slices.Contains(names, h) })
	}
	cases, activity, at := column("case_id", "case:concept:name"), column("activity", "concept:name"), column("timestamp", "time:timestamp")
	var b eventlog.Builder
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return b.Build()
		}
		must(t, err)
		stamp, err := time.Parse(time.RFC3339, strings.Replace(row[at], " ", "T", 1))
		must(t, err)
		must(t, b.Add(eventlog.Row{Case: row[cases], Activity: eventlog.Activity{Name: row[activity]}, At: stamp.UnixMicro()}))
	}
}

// Names returns the names of the log's activities.
func Names(l *eventlog.Log) []string {
	out := make([]string, len(l.Activities))
	for i, a := range l.Activities {
		out[i] = a.Name
	}
	return out
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
