package voice_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/sqldb/sqldbtest"
	"github.com/vivencia-cx/vivencia/internal/stream"
	"github.com/vivencia-cx/vivencia/internal/understand/voice"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const company = `
company: {slug: shop, name: Shop, timezone: Europe/Madrid, currency: EUR, languages: [es], address: tu}
areas: [{slug: stores, name: Stores}, {slug: web, name: Web}]
places: [{slug: goya, name: Goya, kind: shop}, {slug: retiro, name: Retiro, kind: shop}]
suppliers: [{slug: veloz, name: Veloz}]
touchpoints:
  - {slug: web, name: Web, stage: before, channel: web, medium: digital, area: web, events: [Product Viewed, Complaint Sent, Review Written, Mention Published]}
  - {slug: till, name: Till, stage: during, channel: store, medium: physical, area: stores, events: [Checkout Paid], surveys: [csat, pulse]}
# What they talk about.
topics:
  - {slug: queue, name: Cola, area: stores, examples: {es: [la cola era eterna, esperé mucho en la caja], en: [the queue was endless]}}
  - {slug: staff, name: Trato, area: stores, examples: {es: [muy amables todos]}}
`

// world is a company's log with memory and voice that follow it, all real.
type world struct {
	t      testing.TB
	clock  *cxtest.Clock
	log    *stream.Log
	models *model.Service
	memory *remember.Memory
	state  *sqldb.DB
	db     *sqldb.DB
	dir    string
	*voice.Service
	n         int
	elsewhere *voice.Elsewhere // what the voice is opened with
}

func each(t *testing.T, fn func(t *testing.T, w *world)) {
	t.Helper()
	sqldbtest.Each(t, func(t *testing.T, open func(*testing.T) *sqldb.DB) { fn(t, newWorld(t, open(t))) })
}

func newWorld(t testing.TB, db *sqldb.DB) *world {
	t.Helper()
	w := &world{t: t, clock: cxtest.NewClock(), db: db, dir: t.TempDir()}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	var err error
	logger := slog.New(slog.DiscardHandler)
	w.log, err = stream.Open(t.Context(), stream.Config{Dir: w.dir + "/log", Logger: logger})
	must(err)
	t.Cleanup(func() { _ = w.log.Close() })
	w.state = w.open("state.db")
	w.models, err = model.OpenService(t.Context(), w.state, w.log, w.clock)
	must(err)
	w.memory, err = remember.Open(t.Context(), remember.Config{DB: w.open("views.db"), Clock: w.clock, Salt: []byte("salt"), Models: w.models, Log: w.log, Logger: logger})
	must(err)
	if db == nil {
		w.db = w.open("voice.db")
	}
	w.again()
	w.apply(company)
	return w
}

func (w *world) open(name string) *sqldb.DB {
	w.t.Helper()
	db, err := sqldb.Open(context.Background(), sqldb.Config{DSN: w.dir + "/" + name, Synchronous: "NORMAL", MaxReaders: 4})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = db.Close() })
	return db
}

// fresh returns an empty database.
func (w *world) fresh() *sqldb.DB {
	w.n++
	return w.open(fmt.Sprintf("voice%d.db", w.n))
}

// again opens the voice on its database.
func (w *world) again() { w.on(w.db) }

// on opens the voice on a database.
func (w *world) on(db *sqldb.DB) {
	w.t.Helper()
	s, err := voice.Open(w.t.Context(), voice.Config{
		DB: db, State: w.state, Resolver: w.memory, Memory: w.memory, Models: w.models, Log: w.log, Salt: []byte("salt"), Elsewhere: w.elsewhere, Clock: w.clock,
		Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.Service, w.db = s, db
}

func (w *world) apply(yaml string) {
	w.t.Helper()
	if _, err := w.models.Apply(w.t.Context(), cx.System(), []byte(yaml), ""); err != nil {
		w.t.Fatal(err)
	}
	w.hear()
}

// hear lets memory and voice follow the log to its end, and read again what is
// to be read again.
func (w *world) hear() {
	w.t.Helper()
	for _, v := range []stream.View{w.memory, w.Service} {
		if err := w.log.CatchUp(w.t.Context(), v); err != nil {
			w.t.Fatal(err)
		}
	}
	if err := w.Settle(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// live appends events and hears them; it returns the first seq.
func (w *world) live(events ...cx.Event) cx.Seq {
	w.t.Helper()
	first, err := w.log.Append(w.t.Context(), events)
	if err != nil {
		w.t.Fatal(err)
	}
	w.hear()
	return first
}

// following lets memory and voice follow the log until the test ends, for what
// waits for its own decision.
func (w *world) following() {
	w.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{}, 2)
	for _, v := range []stream.View{w.memory, w.Service} {
		go func() {
			_ = w.log.Follow(ctx, v)
			done <- struct{}{}
		}()
	}
	w.t.Cleanup(func() { cancel(); <-done; <-done })
}

// said is an answer of somebody: a text, and a csat of 1-5 (0: none).
func (w *world) said(user, text string, csat int, more ...string) cx.Event {
	w.n++
	at := cxtest.Epoch.Add(time.Duration(w.n) * time.Minute)
	properties := ""
	if len(more) > 0 {
		properties = `,"properties":` + more[0]
	}
	score := ""
	if csat > 0 {
		score = fmt.Sprintf(`{"question":"score","metric":"csat","scale":"1-5","value":%d}`, csat)
	}
	words := fmt.Sprintf(`{"question":"why","text":%q}`, text)
	if text == "" {
		words = ""
	}
	items := score + words
	if score != "" && words != "" {
		items = score + "," + words
	}
	body := fmt.Sprintf(`{"type":"answer","survey":"csat","answers":[%s]%s}`, items, properties)
	e := cx.Event{Kind: cx.Answer, Name: "csat", Source: "survey", MessageID: fmt.Sprintf("a%d", w.n), UserID: user, At: at, ReceivedAt: at, Body: []byte(body)}
	if len(more) > 0 {
		e.Properties = e.Body[len(body)-1-len(more[0]) : len(body)-1]
	}
	return e
}

// wrote is an event of somebody with properties.
func (w *world) wrote(kind cx.Kind, user, name string, properties cxtest.Object) cx.Event {
	w.n++
	e := cxtest.Track(user, name, time.Duration(w.n)*time.Minute, properties)
	e.Kind, e.MessageID = kind, fmt.Sprintf("e%d", w.n)
	return e
}

func (w *world) search(q voice.Query) []string {
	w.t.Helper()
	return w.searchAs(cx.System(), q)
}

func (w *world) searchAs(p cx.Principal, q voice.Query) []string {
	w.t.Helper()
	page, err := w.Search(w.t.Context(), p, q)
	if err != nil {
		w.t.Fatal(err)
	}
	var out []string
	for _, l := range page.Lines {
		out = append(out, l.Words)
	}
	return out
}

func words(s string) voice.Query { return voice.Query{Filter: voice.Filter{Words: s}} }

func by(d voice.Dimension, keys ...string) voice.Query {
	return voice.Query{Filter: voice.Filter{Where: []voice.Condition{{By: d, In: keys}}}}
}
