package eventlogtest

import (
	"strings"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/listen/importer"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
)

// Load returns the log of a file of the shared data, such as "receipt.csv". The
// test is skipped where the shared data is not there.
func Load(t testing.TB, name string) *eventlog.Log {
	t.Helper()
	file := importer.LogFile{Path: cxtest.Data(t, "event_logs/"+name)}
	switch {
	case strings.Contains(name, ".xes"):
	case strings.HasSuffix(name, ".csv"): // as pm4py writes it
		file.Case, file.Activity, file.Time = "case:concept:name", "concept:name", "time:timestamp"
	default:
		file.Case, file.Activity, file.Time = "case_id", "activity", "timestamp"
	}
	var b eventlog.Builder
	report, err := file.Each(func(e importer.LogEvent) error {
		return b.Add(eventlog.Row{Case: e.Case, Activity: eventlog.Activity{Name: e.Activity}, At: int64(e.At)})
	})
	if err != nil || report.LeftOut > 0 {
		t.Fatalf("%s: %+v, %v", name, report, err)
	}
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
