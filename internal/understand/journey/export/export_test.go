package export_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/listen/importer"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/export"
)

// named calls cases by their names; two in three have a customer.
func named(l *eventlog.Log) export.Cases {
	return func(from, to int) ([]export.Case, error) {
		out := make([]export.Case, 0, to-from)
		for c := from; c < to; c++ {
			of := export.Case{ID: l.Names[c], State: "completed"}
			if c%3 > 0 {
				of.Customer = fmt.Sprintf("customer %d", c/6)
			}
			out = append(out, of)
		}
		return out, nil
	}
}

func read(t testing.TB, path string) *eventlog.Log {
	t.Helper()
	var b eventlog.Builder
	_, err := importer.LogFile{Path: path}.Each(func(e importer.LogEvent) error {
		phase := map[string]eventlog.Phase{"start": eventlog.Begun, "complete": eventlog.Done}[e.Transition]
		return b.Add(eventlog.Row{Case: e.Case, Activity: eventlog.Activity{Name: e.Activity}, At: int64(e.At), Phase: phase})
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.Build()
}

func written(t testing.TB, name string, write func(*bytes.Buffer) error) (path string) {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestXESIsReadBack: what is written is read as the same log.
func TestXESIsReadBack(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"running-example.xes", "receipt.xes.gz", "07_bpic2013_incidents.xes.gz"} {
		l := read(t, filepath.Join(cxtest.Data(t, "event_logs"), file))
		path := written(t, "l.xes", func(b *bytes.Buffer) error { return export.XES(b, l, file, named(l)) })
		if d := cmp.Diff(l, read(t, path)); d != "" {
			t.Errorf("%s: %s", file, d)
		}
	}
}

// collector is a Sink that keeps messages.
type collector struct{ messages []message }

type message struct {
	Event      string         `json:"event"`
	UserID     string         `json:"userId"`
	Timestamp  string         `json:"timestamp"`
	Properties map[string]any `json:"properties"`
}

func (k *collector) Write(_ context.Context, records []importer.Record) (importer.Result, error) {
	for _, r := range records {
		var m message
		if r.Message == nil {
			return importer.Result{}, cx.Errorf(cx.Internal, "", "%s", r.Reason)
		}
		if err := json.Unmarshal(r.Message, &m); err != nil {
			return importer.Result{}, err
		}
		k.messages = append(k.messages, m)
	}
	return importer.Result{Accepted: len(records)}, nil
}

// anyLog draws a small log with awkward names; its activities have touchpoints.
func anyLog(t *rapid.T) *eventlog.Log {
	name := rapid.SampledFrom([]string{"Order Completed", `<"&'>`, "Mañana\n\tlíneas", "NA", "a\u2028b", "x"})
	var b eventlog.Builder
	for range rapid.IntRange(1, 20).Draw(t, "events") {
		err := b.Add(eventlog.Row{
			Case:     rapid.SampledFrom([]string{"1", "NA", `"<&`, "ñ"}).Draw(t, "case"),
			Activity: eventlog.Activity{Name: name.Draw(t, "event"), Touchpoint: rapid.SampledFrom([]string{"web", "shop"}).Draw(t, "touchpoint")},
			Context:  eventlog.Context{Channel: rapid.SampledFrom([]string{"", "mail"}).Draw(t, "channel"), Place: `Vigo "1"`},
			At:       rapid.Int64Range(0, 4e15).Draw(t, "at"),
			Phase:    rapid.SampledFrom([]eventlog.Phase{eventlog.Begun, eventlog.Done}).Draw(t, "phase"),
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	l := b.Build()
	l.Valence = make([]int16, l.Events())
	for e := range l.Valence {
		l.Valence[e] = rapid.SampledFrom([]int16{eventlog.NoValence, -2000, 1500}).Draw(t, "valence")
	}
	return l
}

// TestOCELIsReadBack: whatever the log, each event comes back with its time, its
// case, its customer and its details; and XES has as many of everything.
func TestOCELIsReadBack(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		l := anyLog(t)
		var b bytes.Buffer
		if err := export.OCEL(&b, l, "Sales Order", named(l)); err != nil {
			t.Fatal(err)
		}
		if !json.Valid(b.Bytes()) {
			t.Fatalf("no JSON: %s", b.Bytes())
		}
		path := filepath.Join(dir, "l.json")
		if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		var k collector
		report, err := importer.OCEL(context.Background(), []string{path}, importer.Options{Sink: &k, Clock: cxtest.NewClock(), Source: "s"})
		if err != nil || report.Accepted != l.Events() {
			t.Fatalf("%+v, %v", report, err)
		}
		e := 0
		for c := range l.Cases() {
			cases, _ := named(l)(c, c+1)
			for from, to := l.Span(c); from < to; from++ {
				m, a := k.messages[e], l.Activities[l.Activity[from]]
				valence, felt := m.Properties["valence"].(float64)
				if m.Properties["sales_order_id"] != cases[0].ID || m.Properties["event"] != a.Name || m.Properties["touchpoint"] != a.Touchpoint ||
					m.Properties["place"] != `Vigo "1"` || felt != (l.Valence[from] != eventlog.NoValence) || felt && int16(valence*1000) != l.Valence[from] {
					t.Fatalf("event %d is %+v, want %+v of %+v", e, m, a, cases[0])
				}
				if customer, _ := m.Properties["customer_id"].(string); customer != cases[0].Customer {
					t.Fatalf("event %d is of %q, want %q", e, customer, cases[0].Customer)
				}
				e++
			}
		}
		b.Reset()
		if err := export.XES(&b, l, `any "log"`, named(l)); err != nil {
			t.Fatal(err)
		}
		path = filepath.Join(dir, "l.xes")
		if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		var events int
		if _, err := (importer.LogFile{Path: path}).Each(func(importer.LogEvent) error { events++; return nil }); err != nil || events != l.Events() {
			t.Fatalf("%d of %d events, %v", events, l.Events(), err)
		}
	})
}

// TestErrorsEndTheExport: what cases or the writer fail with is returned.
func TestErrorsEndTheExport(t *testing.T) {
	t.Parallel()
	l := read(t, filepath.Join(cxtest.Data(t, "event_logs"), "running-example.xes"))
	failing := func(int, int) ([]export.Case, error) { return nil, cx.Errorf(cx.Unavailable, "", "gone") }
	for name, err := range map[string]error{
		"XES cases":   export.XES(&bytes.Buffer{}, l, "l", failing),
		"OCEL cases":  export.OCEL(&bytes.Buffer{}, l, "order", failing),
		"XES writer":  export.XES(full{}, l, "l", named(l)),
		"OCEL writer": export.OCEL(full{}, l, "order", named(l)),
	} {
		if cx.KindOf(err) != cx.Unavailable {
			t.Errorf("%s: %v", name, err)
		}
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, cx.Errorf(cx.Unavailable, "", "full") }
