package remember_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/sqldb/sqldbtest"
	"github.com/vivencia-cx/vivencia/internal/stream"
)

const company = `
company: {slug: shop, name: Shop, timezone: Europe/Madrid, currency: EUR, languages: [es], address: tu}
areas: [{slug: stores, name: Stores}]
places: [{slug: goya, name: Goya, kind: shop}]
touchpoints:
  - {slug: web, name: Web, stage: before, channel: web, medium: digital, area: stores, events: [Product Viewed, Page]}
  - {slug: till, name: Till, stage: during, channel: store, medium: physical, area: stores, events: [{name: Checkout Paid, valence: "properties.wait > 5.0 ? -1.0 : 1.0"}], surveys: [csat]}
identifiers:
  - {slug: card, name: Card, from: traits.card, merges: true}
`

// world is a memory and the log that it follows: what is appended is applied.
type world struct {
	t     testing.TB
	db    *sqldb.DB
	file  string // benchmarks: its path
	clock *cxtest.Clock
	*remember.Memory
	log    []cx.Event
	models models
}

type models struct{ v *model.Version }

func (m models) Current() model.Version { return *m.v }

func each(t *testing.T, fn func(w *world)) {
	t.Helper()
	sqldbtest.Each(t, func(t *testing.T, open func(*testing.T) *sqldb.DB) { fn(newWorld(t, open(t))) })
}

func newWorld(t testing.TB, db *sqldb.DB) *world {
	t.Helper()
	m, err := model.Parse([]byte(company))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, db: db, clock: cxtest.NewClock(), models: models{&model.Version{Model: m}}}
	w.open()
	return w
}

func (w *world) open() {
	w.t.Helper()
	m, err := remember.Open(w.t.Context(), remember.Config{
		DB: w.db, Clock: w.clock, Salt: []byte("salt"), Models: w.models, Log: w, Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.Memory = m
}

// Append is the log's.
func (w *world) Append(ctx context.Context, events []cx.Event) (cx.Seq, error) {
	first := cx.Seq(len(w.log) + 1)
	for i := range events {
		events[i].Seq = first + cx.Seq(i)
	}
	w.log = append(w.log, events...)
	return first, w.Apply(ctx, stream.Batch{Events: events, Last: cx.Seq(len(w.log))})
}

// live appends events in one batch and returns the first seq.
func (w *world) live(events ...cx.Event) cx.Seq {
	w.t.Helper()
	first, err := w.Append(w.t.Context(), events)
	if err != nil {
		w.t.Fatal(err)
	}
	return first
}

// applyModel appends the record of the company's model.
func (w *world) applyModel() {
	w.t.Helper()
	e := cxtest.Fill(cx.Event{
		Kind: cx.Decision, Name: model.AppliedEvent, Source: "vivencia", MessageID: "model:1", At: cxtest.Epoch, ReceivedAt: cxtest.Epoch,
	}, cxtest.Object{"version": 1, "yaml": company, "by": "person:1"}, nil)
	w.live(e)
}

func (w *world) id(kind, value string) cx.CustomerID {
	w.t.Helper()
	id, err := w.Lookup(w.t.Context(), cx.System(), kind, value)
	if err != nil {
		w.t.Fatalf("%s %s: %v", kind, value, err)
	}
	return id
}

func (w *world) customer(kind, value string) remember.Customer {
	w.t.Helper()
	c, err := w.Customer(w.t.Context(), cx.System(), w.id(kind, value))
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

func (w *world) timeline(id cx.CustomerID, q remember.TimelineQuery) remember.TimelinePage {
	w.t.Helper()
	p, err := w.Timeline(w.t.Context(), cx.System(), id, q)
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

// names are those of the items, for short assertions.
func names(items []remember.Item) string {
	var out []string
	for _, i := range items {
		out = append(out, i.Name)
	}
	return strings.Join(out, ", ")
}

func (w *world) totals() remember.Totals {
	w.t.Helper()
	t, err := w.Totals(w.t.Context(), cx.System())
	if err != nil {
		w.t.Fatal(err)
	}
	return t
}

func must[T any](w *world) func(T, error) T {
	return func(v T, err error) T {
		w.t.Helper()
		if err != nil {
			w.t.Fatal(err)
		}
		return v
	}
}

func (w *world) search(query string) string {
	w.t.Helper()
	p := must[remember.CustomerPage](w)(w.Search(w.t.Context(), cx.System(), query, "", 0))
	var out []string
	for _, c := range p.Customers {
		out = append(out, c.Name)
	}
	if len(out) == 1 && out[0] == "" {
		return "(nobody has a name)"
	}
	return strings.Join(out, ", ")
}

// with sets fields of an event.
func with(e cx.Event, fn func(*cx.Event)) cx.Event {
	fn(&e)
	return e
}

func anonymous(id, name string, after time.Duration) cx.Event {
	e := cxtest.Track("", name, after, cxtest.Object{})
	e.AnonymousID, e.MessageID = id, fmt.Sprintf("%s/%s/%d", id, name, after)
	return e
}

func answer(userID string, after time.Duration, score int) cx.Event {
	at := cxtest.Epoch.Add(after)
	return cx.Event{
		Kind: cx.Answer, Name: "csat", Source: "survey", MessageID: fmt.Sprintf("answer/%s/%d", userID, after), UserID: userID, At: at, ReceivedAt: at,
		Body: fmt.Appendf(nil, `{"type":"answer","survey":"csat","answers":[{"question":"score","metric":"csat","scale":"1-5","value":%d},{"question":"text","text":"bien"}]}`, score),
	}
}

func circumstance(kind, where string, from, until time.Duration) cx.Event {
	body := fmt.Sprintf(`{"type":"circumstance","kind":"%s",%s,"from":"%s"`, kind, where, cxtest.Epoch.Add(from))
	if until > 0 {
		body += fmt.Sprintf(`,"until":"%s"`, cxtest.Epoch.Add(until))
	}
	return cx.Event{Kind: cx.Circumstance, Name: kind, Source: "till", MessageID: kind + where, At: cxtest.Epoch.Add(from), ReceivedAt: cxtest.Epoch, Body: []byte(body + "}")}
}
