package quarantine_test

import (
	"log/slog"
	"net/url"
	"strings"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/listen/intake"
	"github.com/vivencia-cx/vivencia/internal/listen/quarantine"
	"github.com/vivencia-cx/vivencia/internal/stream"
	page "github.com/vivencia-cx/vivencia/internal/web/pages/quarantine"
	"github.com/vivencia-cx/vivencia/internal/web/webtest"
)

type world struct {
	log   *stream.Log
	queue *quarantine.Queue
	gate  *intake.Service
	site  *webtest.Site
}

func open(t *testing.T) world {
	t.Helper()
	logger := slog.New(slog.DiscardHandler)
	log, err := stream.Open(t.Context(), stream.Config{Dir: t.TempDir(), Logger: logger})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = log.Close() })
	queue, err := quarantine.Open(t.Context(), log, quarantine.Config{})
	if err != nil {
		t.Fatal(err)
	}
	gate := intake.New(log, queue, cxtest.NewClock(), logger)
	return world{log, queue, gate, webtest.New(t, page.New(queue, gate))}
}

func (w world) refuse(t *testing.T, messages ...string) {
	t.Helper()
	b := intake.Batch{Source: "web", Way: "v1/track", Kind: cx.Track, ReceivedAt: cxtest.Epoch}
	for _, m := range messages {
		b.Messages = append(b.Messages, []byte(m))
	}
	receipt, err := w.gate.Accept(t.Context(), b)
	if err != nil || receipt.Accepted != 0 {
		t.Fatalf("accepted %d, %v", receipt.Accepted, err)
	}
}

func TestWhatIsRefusedIsReadMendedAndDiscarded(t *testing.T) {
	t.Parallel()
	w := open(t)
	member, admin := w.site.As(cx.Member), w.site.As(cx.Admin)
	if got := admin.Get("/quarantine").Text("h1"); got != "No hay nada por revisar" {
		t.Errorf("empty: %q", got)
	}
	w.refuse(t, `{"userId":"ana","messageId":"m1"}`, `{"event":"<b>Umbrella</b>","messageId":"m2"}`)

	list := admin.Get("/quarantine")
	if got := list.Text("h1"); got != "2 datos esperan que alguien los revise" {
		t.Errorf("title %q", got)
	}
	if got := list.Text("tbody"); !strings.Contains(got, "event: falta: di qué pasó, por ejemplo «Order Completed»") || !strings.Contains(got, "<b>Umbrella</b>") {
		t.Errorf("list: %q", got)
	}
	if got := member.Get("/quarantine").Status; got != 403 {
		t.Errorf("a member gets %d", got)
	}

	items, err := w.queue.List(t.Context(), cx.System(), 0, 10)
	if err != nil || len(items) != 2 {
		t.Fatalf("%d items, %v", len(items), err)
	}
	address := list.Attr("tbody tr:last-child a", "href")
	again := admin.Post(address+"/mend", url.Values{"raw": {`{"userId":"ana"}`}})
	if again.Status != 422 || !strings.Contains(again.Text("[role=alert]"), "falta") {
		t.Errorf("mended badly: %d %q", again.Status, again.Text("[role=alert]"))
	}
	if got := admin.Post(address+"/mend", url.Values{"raw": {`{"userId":"ana","event":"Umbrella Found"}`}}).Status; got != 303 {
		t.Errorf("mended: %d", got)
	}
	var kept cx.Event
	err = w.log.Read(t.Context(), 0, func(b stream.Batch) error { kept = b.Events[0]; return nil })
	if err != nil || kept.Name != "Umbrella Found" || kept.MessageID != "m1" || kept.ReceivedAt != cxtest.Epoch {
		t.Errorf("in the log: %v %v %v %v", kept.Name, kept.MessageID, kept.ReceivedAt, err)
	}
	if got := admin.Get(address).Status; got != 404 {
		t.Errorf("a mended item still answers %d", got)
	}
	rest := admin.Get("/quarantine").Attr("tbody a", "href")
	if got := admin.Post(rest+"/discard", nil).Status; got != 303 {
		t.Errorf("discard: %d", got)
	}
	if n, _ := w.queue.Len(t.Context()); n != 0 {
		t.Errorf("%d items are left", n)
	}
}
