package promise_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/vivencia-cx/vivencia/internal/act/promise"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/sqldb/sqldbtest"
	"github.com/vivencia-cx/vivencia/internal/stream"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const company = `
company: {slug: shop, name: Shop, timezone: Europe/Madrid, currency: EUR}
areas: [{slug: logistics, name: Logistics}, {slug: care, name: Care}, {slug: stores, name: Stores}, {slug: it, name: IT}]
suppliers: [{slug: veloz, name: Veloz}, {slug: sierra, name: Sierra}]
places: [{slug: goya, name: Goya, kind: shop, city: Madrid}]
touchpoints:
  - {slug: web, name: Web, stage: before, channel: web, medium: digital, area: logistics, events: [Ordered, Cancelled]}
  - {slug: courier, name: Courier, stage: after, channel: courier, medium: physical, area: logistics, events: [Delivered, Delivery Failed]}
  - {slug: phone, name: Phone, stage: after, channel: phone, medium: digital, area: care, events: [Called, Solved]}
  - {slug: till, name: Till, stage: during, channel: store, medium: physical, area: stores, events: [Paid, Till Broken, Till Repaired]}
promises:
  - slug: on-date
    name: {es: Llega el día que dijimos}
    area: logistics
    touchpoint: courier
    about: order
    from: {event: Ordered, when: 'properties.delivery == "home"'}
    to: {event: Delivered}
    void: {event: Cancelled}
    within: {property: promised_at}
    risk: {before: 30m, event: Delivery Failed}
    objective: 0.9
  - slug: solved
    name: Solved within two hours
    area: care
    from: {event: Called}
    to: {event: Solved}
    within: 2h
    risk: 1h
    objective: 0.8
  - slug: next-call
    name: Who calls again is answered within an hour of the last answer
    area: care
    about: order
    from: {event: Solved}
    to: {event: Solved, when: properties.again == true}
    within: 1h
    objective: 0.8
  - {slug: till-fast, name: Fast, area: stores, touchpoint: till, at: {event: Paid, holds: properties.wait_min <= 5}, for: properties.total > 10, objective: 0.95}
  - {slug: repaired, name: Repaired, area: it, serves: stores, from: {event: Till Broken}, to: {event: Till Repaired}, within: 2h, objective: 0.9}
`

// world is a company's log with memory and promises that follow it, all real.
type world struct {
	t      testing.TB
	clock  *cxtest.Clock
	log    *stream.Log
	models *model.Service
	memory *remember.Memory
	state  *sqldb.DB
	views  *sqldb.DB
	db     *sqldb.DB
	dir    string
	n      int
	*promise.Service
}

func each(t *testing.T, fn func(t *testing.T, w *world)) {
	t.Helper()
	sqldbtest.Each(t, func(t *testing.T, open func(*testing.T) *sqldb.DB) { fn(t, newWorld(t, open(t))) })
}

func newWorld(t testing.TB, db *sqldb.DB) *world {
	t.Helper()
	w := &world{t: t, clock: cxtest.NewClock(), db: db, dir: t.TempDir()}
	w.openAll()
	w.apply(company)
	return w
}

// openAll opens every store of the directory.
func (w *world) openAll() {
	w.t.Helper()
	must := func(err error) {
		w.t.Helper()
		if err != nil {
			w.t.Fatal(err)
		}
	}
	var err error
	logger := slog.New(slog.DiscardHandler)
	w.log, err = stream.Open(w.t.Context(), stream.Config{Dir: w.dir + "/log", Logger: logger})
	must(err)
	w.t.Cleanup(func() { _ = w.log.Close() })
	w.state = w.open("state.db")
	w.models, err = model.OpenService(w.t.Context(), w.state, w.log, w.clock)
	must(err)
	w.views = w.open("views.db")
	w.memory, err = remember.Open(w.t.Context(), remember.Config{DB: w.views, Clock: w.clock, Salt: []byte("salt"), Models: w.models, Log: w.log, Logger: logger})
	must(err)
	if w.db == nil {
		w.db = w.open("promises.db")
	}
	w.again()
}

// close closes them, for another process.
func (w *world) close() {
	w.t.Helper()
	for _, c := range []interface{ Close() error }{w.Service, w.db, w.views, w.state, w.log} {
		if err := c.Close(); err != nil {
			w.t.Fatal(err)
		}
	}
	w.db = nil
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

// again opens the promises on their database, as a restart does.
func (w *world) again() {
	w.t.Helper()
	s, err := promise.Open(w.t.Context(), promise.Config{
		DB: w.db, State: w.state, Log: w.log, Models: w.models, Memory: w.memory, Clock: w.clock, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.Service = s
}

// rebuild makes the promises from the log in an empty database.
func (w *world) rebuild() {
	w.t.Helper()
	w.n++
	w.db = w.open(fmt.Sprintf("promises%d.db", w.n))
	w.again()
	w.follow()
}

func (w *world) apply(yaml string) {
	w.t.Helper()
	if _, err := w.models.Apply(w.t.Context(), cx.System(), []byte(yaml), ""); err != nil {
		w.t.Fatal(err)
	}
	w.follow()
}

// follow lets memory and promises follow the log to its end, reads again what is
// to be read again, and looks at the clock, until nothing is left to be told.
func (w *world) follow() {
	w.t.Helper()
	for end := cx.Seq(0); end != w.log.LastSeq(); {
		end = w.log.LastSeq()
		for _, v := range []stream.View{w.memory, w.Service} {
			if err := w.log.CatchUp(w.t.Context(), v); err != nil {
				w.t.Fatal(err)
			}
		}
		if err := w.Settle(w.t.Context()); err != nil {
			w.t.Fatal(err)
		}
		if err := w.Tick(w.t.Context()); err != nil {
			w.t.Fatal(err)
		}
	}
}

// live appends events, received now, and follows them; it returns the first seq.
func (w *world) live(events ...cx.Event) cx.Seq {
	w.t.Helper()
	for i := range events {
		events[i].ReceivedAt = w.clock.Now()
	}
	first, err := w.log.Append(w.t.Context(), events)
	if err != nil {
		w.t.Fatal(err)
	}
	w.follow()
	return first
}

// happens is an event of a customer that is lived now.
func (w *world) happens(user, name string, properties cxtest.Object) cx.Seq {
	return w.live(cxtest.Track(user, name, w.clock.Now().Sub(cxtest.Epoch), properties))
}

func (w *world) pass(d time.Duration) {
	w.clock.Advance(d)
	w.follow()
}

// all lists every instance of a promise, the newest change first.
func (w *world) all(slug string) (out []promise.Instance) {
	w.t.Helper()
	f := promise.Filter{Limit: 7}
	for {
		page, err := w.Instances(w.t.Context(), cx.System(), slug, f)
		if err != nil {
			w.t.Fatal(err)
		}
		out = append(out, page.Instances...)
		if f.Cursor = page.Next; f.Cursor == "" {
			return out
		}
	}
}

// told lists the records of promises in the log.
func (w *world) told(name string) (out []cx.Event) {
	w.t.Helper()
	if err := w.log.Read(w.t.Context(), 0, func(b stream.Batch) error {
		for _, e := range b.Events {
			if e.Kind == cx.Decision && e.Name == name {
				e.Properties, e.MessageID = append([]byte{}, e.Properties...), string([]byte(e.MessageID))
				out = append(out, e)
			}
		}
		return nil
	}); err != nil {
		w.t.Fatal(err)
	}
	return out
}
