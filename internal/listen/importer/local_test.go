package importer_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/listen/importer"
	"github.com/vivencia-cx/vivencia/internal/listen/intake"
	"github.com/vivencia-cx/vivencia/internal/listen/quarantine"
	"github.com/vivencia-cx/vivencia/internal/stream"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// memory is a view of the log that remembers which messages it has; it moves
// when told.
type memory struct {
	log *stream.Log
	mu  sync.Mutex
	at  cx.Seq
	ids map[string]bool
}

func (m *memory) Name() string { return "seen" }

func (m *memory) Position(context.Context) (cx.Seq, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.at, nil
}

func (m *memory) Apply(_ context.Context, b stream.Batch) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, e := range b.Events {
		m.ids[e.Source+"\x00"+e.MessageID] = true
	}
	m.at = b.Last
	return nil
}

func (m *memory) WaitFor(ctx context.Context, seq cx.Seq) error { return m.log.CatchUp(ctx, m) }

func (m *memory) Seen(_ context.Context, source string, ids []string) ([]bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := make([]bool, len(ids))
	for i, id := range ids {
		out[i] = m.ids[source+"\x00"+id]
	}
	return out, nil
}

type house struct {
	log        *stream.Log
	quarantine *quarantine.Queue
	intake     *intake.Service
	memory     *memory
	clock      cx.Clock
}

func newHouse(t testing.TB) *house {
	t.Helper()
	logger := slog.New(slog.DiscardHandler)
	log, err := stream.Open(context.Background(), stream.Config{Dir: t.TempDir(), Logger: logger})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = log.Close() })
	q, err := quarantine.Open(context.Background(), log, quarantine.Config{})
	if err != nil {
		t.Fatal(err)
	}
	clock := cxtest.NewClock()
	return &house{log, q, intake.New(log, q, clock, logger), &memory{log: log, ids: map[string]bool{}}, clock}
}

// local returns the sink of a process that starts now.
func (h *house) local() *importer.Local {
	return importer.NewLocal(importer.LocalConfig{Intake: h.intake, Quarantine: h.quarantine, Memory: h.memory, Log: h.log, Clock: h.clock})
}

func (h *house) items(t testing.TB) []quarantine.Item {
	t.Helper()
	items, err := h.quarantine.List(context.Background(), cx.System(), 0, 500)
	if err != nil {
		t.Fatal(err)
	}
	return items
}

const local = `{"type":"track","event":"A","userId":"u","messageId":"m1","timestamp":"2026-01-01T00:00:00Z"}
{"type":"track","event":"A","userId":"u","messageId":"m1","timestamp":"2026-01-01T00:00:00Z"}
{"type":"track","event":"A","userId":"u","timestamp":"2020-01-01T00:00:00Z","sentAt":"2020-01-01T00:00:01Z","originalTimestamp":"2020-01-01T00:00:00Z"}
{"type":"track","userId":"u","messageId":"m2"}
not JSON
not JSON
`

func TestLocalChangesNothingTheSecondTime(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	path := filepath.Join(folder(t, map[string]string{"e.jsonl": local}), "e.jsonl")
	sink := h.local()
	run := func(sink importer.Sink) importer.Report {
		t.Helper()
		report, err := importer.JSONL(context.Background(), []string{path}, options(sink))
		if err != nil {
			t.Fatal(err)
		}
		return report
	}
	first := run(sink)
	reasons := map[string]int{"the line is no JSON object": 2}
	for r := range first.Reasons {
		if strings.Contains(r, "event") {
			reasons[r] = 1
		}
	}
	want := importer.Report{Read: 6, Result: importer.Result{Accepted: 2, Duplicates: 1, Quarantined: 3, Reasons: reasons, LastSeq: 2}}
	if diff := cmp.Diff(want, first); diff != "" {
		t.Error(diff)
	}
	want.Accepted, want.Duplicates, want.LastSeq = 0, 3, 0
	check := func(when string, sink importer.Sink) {
		t.Helper()
		if diff := cmp.Diff(want, run(sink)); diff != "" {
			t.Error(when, diff)
		}
		if last, items := h.log.LastSeq(), h.items(t); last != 2 || len(items) != 3 {
			t.Errorf("%s: last seq %d, %d in quarantine", when, last, len(items))
		}
	}
	check("before memory applied it", sink)
	if err := h.memory.WaitFor(context.Background(), 0); err != nil {
		t.Fatal(err)
	}
	check("after", sink)
	check("in another process", h.local())
	h.memory.at, h.memory.ids = 0, map[string]bool{}
	check("in a process whose memory is behind", h.local())

	for _, it := range h.items(t) {
		if it.File != "e.jsonl" || it.Way != "import jsonl" || it.Source != "e" || it.Line < 4 || it.Reason == "" || len(it.Raw) == 0 {
			t.Errorf("%+v", it)
		}
		if it.MessageID == "m2" {
			receipt, err := h.intake.Mend(context.Background(), cx.System(), it.ID, []byte(`{"type":"track","event":"B","userId":"u","messageId":"m2"}`))
			if err != nil || receipt.Accepted != 1 {
				t.Fatal(receipt, err)
			}
		}
	}
	again := run(h.local())
	if again.Accepted != 0 || again.Duplicates != 4 || again.Quarantined != 2 {
		t.Errorf("after mending: %+v", again)
	}
	err := h.log.Read(context.Background(), 0, func(b stream.Batch) error {
		for _, e := range b.Events {
			if e.Seq == 2 && e.At.String() != "2020-01-01T00:00:00Z" {
				t.Errorf("an archived line moved to %v", e.At)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestLocalTakesTwoImportsOfOneFileAtOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	text := strings.Repeat(`{"type":"track","event":"A","userId":"u","timestamp":"2026-01-01T00:00:00Z"}`+"\n", 3000)
	path := filepath.Join(folder(t, map[string]string{"e.jsonl": text}), "e.jsonl")
	sink := h.local()
	var wg sync.WaitGroup
	reports := make([]importer.Report, 2)
	for i := range reports {
		wg.Go(func() {
			var err error
			if reports[i], err = importer.JSONL(context.Background(), []string{path}, options(sink)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if reports[0].Accepted+reports[1].Accepted != 3000 || h.log.LastSeq() != 3000 {
		t.Errorf("%+v", reports)
	}
}

func TestLocalSetsAsideWhatIntakeRefuses(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	dir := folder(t, map[string]string{"r.csv": "id,who,stars,day\n1,a,4,2026-01-01\n2,a,9,2026-01-02\n3,b,x,2026-01-02\n1,a,4,2026-01-01\n"})
	m, err := importer.ParseMap([]byte("source: shop\ncustomer: {userId: who}\nanswers: [{survey: csat, scale: 1-5, score: stars, at: day, id: id}]\n"), dir, noEnv)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		report, err := importer.CSV(context.Background(), m, []string{filepath.Join(dir, "r.csv")}, options(h.local()))
		if err != nil || report.Quarantined != 2 || report.Accepted+report.Duplicates != 2 {
			t.Errorf("%+v, %v", report, err)
		}
	}
	items := h.items(t)
	if len(items) != 2 {
		t.Fatalf("%+v", items)
	}
	for _, it := range items {
		if it.File != "r.csv" || (it.Line != 3 && it.Line != 4) || it.Way != "import csv" {
			t.Errorf("%+v", it)
		}
	}
}

// BenchmarkLocal is a whole import but for the views: reading, mapping, the gate
// and the durable log.
func BenchmarkLocal(b *testing.B) {
	path := filepath.Join(cxtest.Data(b, "event_logs"), "bpic2012.xes.gz")
	for b.Loop() {
		h := newHouse(b)
		report, err := importer.XES(context.Background(), []string{path}, options(h.local()))
		if err != nil || report.Accepted != 262_200 {
			b.Fatal(report, err)
		}
	}
	b.ReportMetric(262_200*float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

func BenchmarkXES(b *testing.B) {
	path := filepath.Join(cxtest.Data(b, "event_logs"), "bpic2012.xes.gz")
	for b.Loop() {
		if _, err := importer.XES(context.Background(), []string{path}, options(&keeper{count: true})); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(262_200*float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

func BenchmarkCSV(b *testing.B) {
	cxtest.Data(b, "olist")
	m, err := importer.LoadMap("../../../examples/olist/map.yaml", os.Getenv)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := importer.CSV(context.Background(), m, nil, options(&keeper{count: true})); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(8993*float64(b.N)/b.Elapsed().Seconds(), "records/s")
}
