package customertest

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/stream"
)

// Hostile is what a name or a word may hold: none of it may run.
const Hostile = `<script>alert(1)</script>`

const company = `
company: {slug: candil, name: Librerías Candil, timezone: Europe/Madrid, currency: EUR, languages: [es], address: tu}
areas: [{slug: stores, name: Tiendas}]
places: [{slug: goya, name: Candil Goya, kind: shop}]
touchpoints:
  - {slug: web, name: {es: Web, en: Website, pt: Site}, stage: before, channel: web, medium: digital, area: stores, icon: globe, events: [Product Viewed, Page]}
  - {slug: till, name: {es: Caja, en: Till, pt: Caixa}, stage: during, channel: store, medium: physical, area: stores, icon: banknote, events: [{name: Checkout Paid, valence: "properties.wait_min > 5.0 ? -1.0 : 1.0"}], surveys: [csat]}
`

// World is a memory and the log that it follows. It is safe for concurrent use.
type World struct {
	*remember.Memory
	t   testing.TB
	v   model.Version
	mu  sync.Mutex
	log []cx.Event
}

// New returns a memory of nobody.
func New(t testing.TB) *World {
	t.Helper()
	db, err := sqldb.Open(t.Context(), sqldb.Config{DSN: filepath.Join(t.TempDir(), "views.db"), Synchronous: "NORMAL"})
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	m, err := model.Parse([]byte(company))
	must(t, err)
	w := &World{t: t, v: model.Version{Number: 1, Model: m}}
	w.Memory, err = remember.Open(t.Context(), remember.Config{
		DB: db, Clock: cxtest.NewClock(), Salt: []byte("salt"), Models: w, Log: w, Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	must(t, err)
	return w
}

// Current is the model in force.
func (w *World) Current() model.Version { return w.v }

// Append is the log's.
func (w *World) Append(ctx context.Context, events []cx.Event) (cx.Seq, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	first := cx.Seq(len(w.log) + 1)
	for i := range events {
		events[i].Seq = first + cx.Seq(i)
	}
	w.log = append(w.log, events...)
	return first, w.Apply(ctx, stream.Batch{Events: events, Last: cx.Seq(len(w.log))})
}

// Live remembers events.
func (w *World) Live(events ...cx.Event) {
	w.t.Helper()
	_, err := w.Append(w.t.Context(), events)
	must(w.t, err)
}

// Named is a customer who said its name.
func (w *World) Named(userID, name, email string) cx.CustomerID {
	w.t.Helper()
	w.Live(cxtest.Identify(userID, "", 0, cxtest.Object{"name": name, "email": email}))
	return w.ID("userId", userID)
}

// ID finds a customer.
func (w *World) ID(kind, value string) cx.CustomerID {
	w.t.Helper()
	id, err := w.Lookup(w.t.Context(), cx.System(), kind, value)
	must(w.t, err)
	return id
}

// NobodyForgotten is a company that has forgotten no customer yet.
func NobodyForgotten(context.Context, cx.CustomerID) (cx.Time, bool, error) { return 0, false, nil }

// Answer is what somebody answered at the till.
func Answer(userID string, after time.Duration, score int, text string) cx.Event {
	at := cxtest.Epoch.Add(after)
	return cx.Event{
		Kind: cx.Answer, Name: "csat", Source: "survey", MessageID: fmt.Sprintf("answer/%s/%s", userID, after), UserID: userID, At: at, ReceivedAt: at,
		Body: fmt.Appendf(nil, `{"type":"answer","survey":"csat","answers":[{"question":"score","metric":"csat","scale":"1-5","value":%d},{"question":"text","text":%q}]}`, score, text),
	}
}

// TillClosed is a circumstance at the till of Goya, for an hour from the
// beginning.
func TillClosed(number string) cx.Event {
	return cx.Event{
		Kind: cx.Circumstance, Name: "till-closed", Source: "pos", MessageID: "closed", At: cxtest.Epoch, ReceivedAt: cxtest.Epoch,
		Body: fmt.Appendf(nil, `{"type":"circumstance","kind":"till-closed","place":"goya","touchpoint":"till","value":%q,"from":%q,"until":%q}`,
			number, cxtest.Epoch, cxtest.Epoch.Add(time.Hour)),
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
