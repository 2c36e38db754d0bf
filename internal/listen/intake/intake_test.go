package intake_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/listen/intake"
	"github.com/vivencia-cx/vivencia/internal/listen/quarantine"
	"github.com/vivencia-cx/vivencia/internal/stream"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type house struct {
	log        *stream.Log
	quarantine *quarantine.Queue
	intake     *intake.Service
}

func newHouse(t testing.TB, reserve int64) house {
	t.Helper()
	logger := slog.New(slog.DiscardHandler)
	log, err := stream.Open(t.Context(), stream.Config{Dir: t.TempDir(), Reserve: reserve, Logger: logger})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = log.Close() })
	q, err := quarantine.Open(t.Context(), log, quarantine.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return house{log, q, intake.New(log, q, cxtest.NewClock(), logger)}
}

// lines returns what is in the log, an event a line.
func (h house) lines(t testing.TB) (out []string) {
	t.Helper()
	err := h.log.Read(t.Context(), 0, func(b stream.Batch) error {
		for _, e := range b.Events {
			out = append(out, fmt.Sprintf("%d %s %s %s %s", e.Seq, e.Kind, e.Source, e.MessageID, e.Body))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func messages(s ...string) (out [][]byte) {
	for _, m := range s {
		out = append(out, []byte(m))
	}
	return out
}

func TestAcceptKeepsTheGoodAndSetsTheBadAside(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 0)
	r, err := h.intake.Accept(t.Context(), intake.Batch{
		Source: "web", Way: "v1/batch", SentAt: cxtest.Epoch, Context: []byte(`{"ip":"::1"}`),
		Messages: messages(`{"type":"page","userId":"u","messageId":"m-0"}`, `{"type":"page","messageId":"m-1"}`, `{"type":`, `{"type":"page","userId":"u","messageId":"m-3"}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	want := intake.Receipt{Accepted: 2, First: 1, Last: 2, Refused: []intake.Refusal{
		{Index: 1, MessageID: "m-1", Reason: "userId: is missing, and so is anonymousId: send one of them, so that it is known who lived this"},
		{Index: 2, Reason: "the message is JSON cut short: send the whole object"},
	}}
	if diff := cmp.Diff(want, r); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{
		`1 page web m-0 {"context":{"ip":"::1"},"type":"page","userId":"u","messageId":"m-0"}`,
		`2 page web m-3 {"context":{"ip":"::1"},"type":"page","userId":"u","messageId":"m-3"}`,
	}, h.lines(t)); diff != "" {
		t.Error(diff)
	}
	items, err := h.quarantine.List(t.Context(), cx.System(), 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(quarantine.Item{
		ID: 1, Source: "web", Way: "v1/batch", Reason: want.Refused[0].Reason, ReceivedAt: cxtest.Epoch, SentAt: cxtest.Epoch,
		MessageID: "m-1", Context: []byte(`{"ip":"::1"}`), Raw: []byte(`{"type":"page","messageId":"m-1"}`),
	}, items[1]); diff != "" || len(items) != 2 {
		t.Error(len(items), diff)
	}
}

func TestMessagesOfSeveralSourcesStayInOrder(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 0)
	_, err := h.intake.Accept(t.Context(), intake.Batch{
		Sources: []string{"web", "till", "web"}, Way: "simulation", Kind: cx.Page,
		Messages: messages(`{"userId":"u","messageId":"1"}`, `{"messageId":"2"}`, `{"userId":"u","messageId":"3"}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{`1 page web 1 {"userId":"u","messageId":"1"}`, `2 page web 3 {"userId":"u","messageId":"3"}`}, h.lines(t)); diff != "" {
		t.Error(diff)
	}
	if item, err := h.quarantine.Get(t.Context(), cx.System(), 1); err != nil || item.Source != "till" {
		t.Errorf("%+v, %v", item, err)
	}
}

func TestMend(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 0)
	_, err := h.intake.Accept(t.Context(), intake.Batch{
		Source: "web", Way: "v1/page", Kind: cx.Page, Context: []byte(`{"ip":"::1"}`), SentAt: cxtest.Epoch.Add(60e9),
		Messages: messages(`{"messageId":"m-1","timestamp":"2026-03-02T09:00:00Z"}`, `{}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	lead := cx.Principal{ID: "person:1", Role: cx.Lead}
	if _, err := h.intake.Mend(t.Context(), cx.Principal{ID: "person:2", Role: cx.Member}, 1, nil); cx.KindOf(err) != cx.Forbidden {
		t.Errorf("a member: %v", err)
	}
	r, err := h.intake.Mend(t.Context(), lead, 1, nil)
	if err != nil || r.Accepted != 0 || len(r.Refused) != 1 || r.Refused[0].MessageID != "m-1" {
		t.Errorf("as it is: %+v, %v", r, err)
	}
	for id, mended := range map[uint64]string{1: `{"userId":"u","timestamp":"2026-03-02T09:00:00Z"}`, 2: `{"userId":"u"}`} {
		if r, err = h.intake.Mend(t.Context(), lead, id, []byte(mended)); err != nil || r.Accepted != 1 || r.First == 0 {
			t.Errorf("mended: %+v, %v", r, err)
		}
		if _, err := h.intake.Mend(t.Context(), lead, id, []byte(mended)); cx.KindOf(err) != cx.NotFound {
			t.Errorf("mended twice: %v", err)
		}
	}
	if n, err := h.quarantine.Len(t.Context()); n != 0 || err != nil {
		t.Errorf("Len = %d, %v", n, err)
	}
	got := map[string]cx.Time{}
	if err := h.log.Read(t.Context(), 0, func(b stream.Batch) error {
		for _, e := range b.Events {
			if e.ReceivedAt != cxtest.Epoch || string(e.Context) != `{"ip":"::1"}` || e.Kind != cx.Page || e.Source != "web" {
				t.Errorf("%+v", e)
			}
			got[string([]byte(e.MessageID))] = e.At
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]cx.Time{"m-1": cxtest.Epoch.Add(-60e9), "quarantine:2": cxtest.Epoch}, got); diff != "" {
		t.Error(diff)
	}
}

func TestAcceptRefusesWhole(t *testing.T) {
	t.Parallel()
	many := make([][]byte, intake.MaxBatchMessages+1)
	large := make([][]byte, 400)
	for i := range large {
		large[i] = []byte(`{"type":"page","userId":"u"}`)
	}
	context := []byte(`{"x":"` + strings.Repeat("x", 30<<10) + `"}`)
	for _, c := range []struct {
		name    string
		reserve int64
		batch   intake.Batch
		want    cx.ErrorKind
	}{
		{"too many", 0, intake.Batch{Messages: many}, cx.TooLarge},
		{"too large once merged", 0, intake.Batch{Messages: large, Context: context}, cx.TooLarge},
		{"no room", 1 << 60, intake.Batch{Messages: large[:1]}, cx.Full},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, c.reserve)
			if _, err := h.intake.Accept(t.Context(), c.batch); cx.KindOf(err) != c.want {
				t.Errorf("error = %v", err)
			}
			if got := h.lines(t); got != nil {
				t.Errorf("the log holds %v", got)
			}
		})
	}
}

func BenchmarkDecode(b *testing.B) {
	raw := []byte(`{"type":"track","event":"Product Viewed","userId":"customer-123456","anonymousId":"0d3f9f52-5f0c-4a3e-9f0a-1c2d3e4f5a6b","messageId":"ajs-next-1772442000000-0d3f9f52-5f0c-4a3e","timestamp":"2026-03-02T08:59:59.120Z","sentAt":"2026-03-02T09:00:00.000Z","properties":{"product_id":"978-84-376-0494-7","text":"` +
		strings.Repeat("leer es vivir ", 30) + `","price":12.5},"context":{"ip":"::1","locale":"es-ES","page":{"path":"/libro/123","url":"https://candil.example/libro/123","title":"Un libro"},"library":{"name":"analytics.js","version":"1.84.3"}}}`)
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	d := intake.Defaults{Source: "web", ReceivedAt: cxtest.Epoch}
	for b.Loop() {
		if _, err := intake.Decode(raw, d); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAccept(b *testing.B) {
	h := newHouse(b, 0)
	var batch [][]byte
	for i := range 100 {
		batch = append(batch, fmt.Appendf(nil, `{"type":"track","event":"Product Viewed","userId":"customer-%d","messageId":"m-%d","timestamp":"2026-03-02T08:59:59.120Z","properties":{"text":%q}}`, i, i, strings.Repeat("leer es vivir ", 50)))
	}
	b.SetParallelism(8)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := h.intake.Accept(b.Context(), intake.Batch{Source: "web", Messages: batch}); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64(h.log.LastSeq())/b.Elapsed().Seconds(), "events/s")
}
