package impact

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/act/dialogue"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/history/duckdb"
	"github.com/vivencia-cx/vivencia/internal/jobs"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/understand/segment/segmenttest"
)

// world is the service on a real memory and history. It is its own initiatives: what
// they are told is noted.
type world struct {
	*segmenttest.House
	t     *testing.T
	db    *sqldb.DB
	queue *jobs.Queue
	*Service

	mu       sync.Mutex
	all      []Initiative
	told     []string
	promises map[string][]occurrence
}

const shops = `
places:
  - {slug: north, name: Norte, kind: shop, city: Oviedo}
  - {slug: south, name: Sur, kind: shop, city: Cádiz}
outcomes: {margin: 0.5}
facts: {refund: [refund]}
segments: [{slug: buyers, name: Compran, when: 'count("Order Completed") >= 1'}]
`

func newWorld(t *testing.T, db *sqldb.DB) *world {
	t.Helper()
	return worldOf(t, db, shops)
}

// newWorldOf is a world of another model.
func newWorldOf(t *testing.T, sections string) *world {
	t.Helper()
	return worldOf(t, sqlite(t), sections)
}

func worldOf(t *testing.T, db *sqldb.DB, sections string) *world {
	t.Helper()
	facts, err := duckdb.Open(t.Context(), duckdb.Config{Path: filepath.Join(t.TempDir(), "history.duckdb"), Memory: 256 << 20, Threads: 1})
	must(t, err)
	t.Cleanup(func() { must(t, facts.Close()) })
	w := &world{t: t, House: segmenttest.New(t, facts, sections), db: db, promises: map[string][]occurrence{}}
	logger := slog.New(slog.DiscardHandler)
	w.queue, err = jobs.Open(t.Context(), jobs.Config{DB: db, Clock: w.Clock, Logger: logger, Holder: "test"})
	must(t, err)
	w.Service, err = Open(t.Context(), Config{
		DB: db, Jobs: w.queue, Facts: facts, Promises: w, Models: w.Models, Memory: w.Memory, Segments: w.Segments, Lives: w, Clock: w.Clock, Logger: logger,
	})
	must(t, err)
	w.Serve(w)
	return w
}

func sqlite(t *testing.T) *sqldb.DB {
	t.Helper()
	db, err := sqldb.Open(t.Context(), sqldb.Config{DSN: filepath.Join(t.TempDir(), "state.db"), Synchronous: "NORMAL"})
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	return db
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (w *world) Initiatives(context.Context) ([]Initiative, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.all), nil
}

func (w *world) Initiative(_ context.Context, _ cx.Principal, slug string) (Initiative, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, in := range w.all {
		if in.Slug == slug {
			return in, nil
		}
	}
	return Initiative{}, cx.Errorf(cx.NotFound, "world", "there is no initiative %q", slug)
}

func (w *world) Evaluated(_ context.Context, slug string, e Evaluation) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.told = append(w.told, fmt.Sprintf("%s %s %s", slug, e.Verdict, e.Why))
	return nil
}

func (w *world) Breached(_ context.Context, slug, guardrail string, _ Evaluation) error {
	w.told = append(w.told, slug+" breached "+guardrail)
	w.change(slug, func(in *Initiative) { in.Running = false })
	return nil
}

func (w *world) change(slug string, fn func(*Initiative)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range w.all {
		if w.all[i].Slug == slug {
			fn(&w.all[i])
		}
	}
}

func (w *world) Outcomes(_ context.Context, _ cx.Principal, slug string, in cx.Window, fn func(cx.ProfileNo, cx.Time, string, bool)) error {
	for _, o := range w.promises[slug] {
		if in.Contains(o.at) {
			fn(o.customer, o.at, o.place, o.value > 0)
		}
	}
	return nil
}

// Live remembers and counts an event, as the log would.
func (w *world) Live(ctx context.Context, l dialogue.Lived) (cx.Seq, error) {
	c, err := w.Customer(ctx, cx.System(), l.Customer)
	if err != nil {
		return 0, err
	}
	e := cx.Event{Kind: cx.Track, Name: l.Name, Source: "vivencia", UserID: c.Identifiers[0].Value, MessageID: l.ID, At: l.At, ReceivedAt: w.Clock.Now()}
	return w.Append(ctx, []cx.Event{cxtest.Fill(e, l.Properties, nil)})
}

// begin starts an initiative now.
func (w *world) begin(slug string, p Plan) {
	w.t.Helper()
	if faults := w.Check(w.t.Context(), p); len(faults) > 0 {
		w.t.Fatal(faults)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all = append(w.all, Initiative{Slug: slug, Hash: p.Hash(), Title: model.Text{ES: slug}, Plan: p, From: w.Clock.Now(), Running: true, Cost: cx.Money{Minor: 5000, Currency: "EUR"}})
}

// lived lets customers live an event so long after the world's beginning.
func (w *world) lived(user, name string, after time.Duration, properties cxtest.Object) {
	w.t.Helper()
	w.House.Live(cxtest.Track(user, name, after, properties))
}

// work lets the log know of the exposures, as the jobs would.
func (w *world) work() {
	w.t.Helper()
	var keys []string
	must(w.t, w.db.Read(w.t.Context(), func(tx *sqldb.Tx) error {
		rows, err := tx.Query(w.t.Context(), `SELECT initiative || ':' || customer FROM impact_arms WHERE exposed_at > 0 ORDER BY exposed_at, customer`)
		if err == nil {
			keys, err = sqldb.Collect(rows, sqldb.Scan[string])
		}
		return err
	}))
	for _, key := range keys {
		_, err := w.noteExposure(w.t.Context(), jobs.Job{Kind: exposeKind, Key: key})
		must(w.t, err)
	}
}
