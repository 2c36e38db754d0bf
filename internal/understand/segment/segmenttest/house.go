package segmenttest

import (
	"context"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/stream"
	"github.com/vivencia-cx/vivencia/internal/understand/segment"
)

// Company begins the YAML of a model.
const Company = `
company: {slug: acme, name: Acme, timezone: Europe/Madrid, currency: EUR, languages: [es]}
areas: [{slug: sales, name: Ventas}, {slug: care, name: Ayuda, customers: own}]
touchpoints:
  - {slug: shop, name: Tienda, stage: during, channel: store, medium: physical, area: sales, events: [Order Completed]}
  - {slug: help, name: Ayuda, stage: after, channel: phone, medium: digital, area: care, events: [Support Called], surveys: [nps]}
`

// House is a memory, a history and the segments on them. It is safe for
// concurrent use.
type House struct {
	*remember.Memory
	Facts    history.Store
	Models   *model.Service
	Segments *segment.Service
	Clock    *cxtest.Clock

	t    testing.TB
	view *history.View

	mu  sync.Mutex
	log []cx.Event
}

// New returns a house of nobody that counts in facts, which is empty; the
// segments are the rest of its model.
func New(t testing.TB, facts history.Store, segments string) *House {
	t.Helper()
	dir := t.TempDir()
	h := &House{t: t, Facts: facts, Clock: cxtest.NewClock()}
	open := func(name string) *sqldb.DB {
		db, err := sqldb.Open(t.Context(), sqldb.Config{DSN: filepath.Join(dir, name), Synchronous: "NORMAL"})
		must(t, err)
		t.Cleanup(func() { must(t, db.Close()) })
		return db
	}
	var err error
	h.Models, err = model.OpenService(t.Context(), open("state.db"), h, h.Clock)
	must(t, err)
	logger := slog.New(slog.DiscardHandler)
	h.Memory, err = remember.Open(t.Context(), remember.Config{DB: open("views.db"), Clock: h.Clock, Salt: []byte("salt"), Models: h.Models, Log: h, Logger: logger})
	must(t, err)
	h.view = history.NewView(history.Config{Store: h.Facts, Resolver: h.Memory, Models: h.Models, Logger: logger})
	h.Segments = segment.New(h.Facts, h.Models, h.Memory, h.Clock)
	h.Model(segments)
	return h
}

// Model applies the company with these segments.
func (h *House) Model(segments string) {
	h.t.Helper()
	_, err := h.Models.Apply(h.t.Context(), cx.System(), []byte(Company+segments), "")
	must(h.t, err)
}

// Append is the log's: what it is given is remembered and counted.
func (h *House) Append(ctx context.Context, events []cx.Event) (cx.Seq, error) {
	h.mu.Lock()
	first := cx.Seq(len(h.log) + 1)
	for i := range events {
		events[i].Seq = first + cx.Seq(i)
	}
	h.log = append(h.log, events...)
	batch := stream.Batch{Events: events, Last: cx.Seq(len(h.log))}
	h.mu.Unlock()
	if err := h.Apply(ctx, batch); err != nil {
		return 0, err
	}
	return first, h.view.Apply(ctx, batch)
}

// Live remembers and counts events.
func (h *House) Live(events ...cx.Event) {
	h.t.Helper()
	_, err := h.Append(h.t.Context(), events)
	must(h.t, err)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// ID finds a customer by their userId.
func (h *House) ID(userID string) cx.CustomerID {
	h.t.Helper()
	id, err := h.Lookup(h.t.Context(), cx.System(), "userId", userID)
	must(h.t, err)
	return id
}
