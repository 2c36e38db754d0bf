package duckdb_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/stream"
)

// people numbers the userIds of the log in the order in which they come, and
// drops messages that it saw before: what remember does, and no more.
type people struct {
	log *stream.Log

	mu       sync.Mutex
	clusters []history.Cluster
}

func (p *people) Resolve(ctx context.Context, after, last cx.Seq) (history.Resolved, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := history.Resolved{Clusters: p.clusters}
	seen, nos := map[string]bool{}, map[string]cx.ProfileNo{}
	err := p.log.Read(ctx, 0, func(b stream.Batch) error {
		for _, e := range b.Events {
			if seen[e.Source+"/"+e.MessageID] || e.Kind == cx.Decision {
				continue
			}
			seen[e.Source+"/"+e.MessageID] = true
			if nos[e.UserID] == 0 && e.Kind.OfCustomer() {
				nos[e.UserID] = cx.ProfileNo(len(nos) + 1)
			}
			if e.Seq > after && e.Seq <= last {
				f := history.ResolvedFact{Seq: e.Seq, Profile: nos[e.UserID]}
				if e.Kind == cx.Answer {
					f.Traits = []byte(`{"city":"Lima", "age":40.0}`)
				}
				r.Facts = append(r.Facts, f)
			}
		}
		return nil
	})
	return r, err
}

// house is a log with a view of it.
type house struct {
	log    *stream.Log
	models *model.Service
	people *people
	store  history.Store
	view   *history.View
	poison chan string
}

func build(t *testing.T) *house {
	t.Helper()
	h := &house{poison: make(chan string, 10)}
	dir := t.TempDir()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	var err error
	h.log, err = stream.Open(t.Context(), stream.Config{
		Dir: filepath.Join(dir, "log"), Logger: slog.New(slog.DiscardHandler),
		OnPoison: func(_ context.Context, view string, e cx.Event, reason string) error {
			h.poison <- fmt.Sprint(view, " ", e.MessageID, ": ", reason)
			return nil
		},
	})
	must(err)
	db, err := sqldb.Open(t.Context(), sqldb.Config{DSN: filepath.Join(dir, "state.db")})
	must(err)
	h.models, err = model.OpenService(t.Context(), db, h.log, cxtest.NewClock())
	must(err)
	h.people = &people{log: h.log}
	h.store = open(t, dir)
	h.view = h.viewOf(h.store)
	ctx, cancel := context.WithCancel(context.Background())
	followed := make(chan struct{})
	go func() {
		defer close(followed)
		_ = h.log.Follow(ctx, h.view)
	}()
	t.Cleanup(func() {
		cancel()
		<-followed
		for range 2 {
			must(h.view.Close())
		}
		must(h.log.Close())
		must(db.Close())
	})
	h.view.Start()
	return h
}

func (h *house) viewOf(s history.Store) *history.View {
	return history.NewView(history.Config{Store: s, Resolver: h.people, Models: h.models, Log: h.log, Logger: slog.New(slog.DiscardHandler)})
}

func (h *house) say(t *testing.T, events ...cx.Event) {
	t.Helper()
	if _, err := h.log.Append(t.Context(), events); err != nil {
		t.Fatal(err)
	}
}

// settled waits until the view has all of the log under the model in force.
func (h *house) settled(t *testing.T) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for {
		s, err := h.store.State(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if s.Position == h.log.LastSeq() && s.Model == h.models.Current().Number && s.Settled() {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("still at %+v, the log at %d", s, h.log.LastSeq())
		}
		time.Sleep(2 * time.Millisecond)
	}
}

func body(t *testing.T, e cx.Event, object cxtest.Object) cx.Event {
	t.Helper()
	var err error
	if e.Body, err = json.Marshal(object); err != nil {
		t.Fatal(err)
	}
	if p, ok := object["properties"]; ok {
		if e.Properties, err = json.Marshal(p); err != nil {
			t.Fatal(err)
		}
	}
	return e
}

func answer(t *testing.T, user, survey string, after time.Duration, score int, properties cxtest.Object) cx.Event {
	return body(t, cx.Event{
		Kind: cx.Answer, Name: survey, Source: "test", UserID: user, MessageID: fmt.Sprint(user, survey, after),
		At: cxtest.Epoch.Add(after), ReceivedAt: cxtest.Epoch.Add(after),
	}, cxtest.Object{
		"type": "answer", "survey": survey, "properties": properties,
		"answers": []cxtest.Object{{"question": "score", "metric": "csat", "scale": "1-5", "value": score}},
	})
}

const firstModel = `
company: {slug: acme, name: Acme, timezone: Europe/Madrid, currency: EUR, languages: [es]}
areas: [{slug: care, name: Care}]
touchpoints:
  - {slug: till, name: Till, stage: during, channel: store, medium: physical, area: care, events: [{name: Paid, valence: 1}]}
  - {slug: delivery, name: Delivery, stage: after, channel: home, medium: physical, area: care, events: [Order Delivered], surveys: [csat]}
properties:
  - {slug: late, name: Late, on: Order Delivered, expr: "properties.days > 3.0", object: order}
`

const secondModel = `
company: {slug: acme, name: Acme, timezone: Europe/Madrid, currency: EUR, languages: [es]}
areas: [{slug: care, name: Care}]
touchpoints:
  - {slug: checkout, name: Checkout, stage: during, channel: store, medium: physical, area: care, events: [{name: Paid, valence: -1}]}
  - {slug: delivery, name: Delivery, stage: during, channel: home, medium: physical, area: care, events: [Order Delivered], surveys: [csat]}
properties:
  - {slug: late, name: Late, on: Order Delivered, expr: "properties.days > 6.0", object: order}
`

func TestViewMakesFactsAndFollowsTheModel(t *testing.T) {
	t.Parallel()
	h, ctx := build(t), t.Context()
	paid := cxtest.Track("u1", "Paid", 0, cxtest.Object{"revenue": 9.5})
	h.say(t, paid, cxtest.Track("u2", "Paid", time.Hour, nil), paid)
	circumstance := body(t, cx.Event{Kind: cx.Circumstance, Name: "strike", Source: "test", MessageID: "strike", At: cxtest.Epoch}, cxtest.Object{
		"type": "circumstance", "kind": "strike", "supplier": "rayo", "from": "2026-03-02T09:00:00Z",
	})
	h.say(t, circumstance, circumstance)
	for i := range 5 { // days 1, 3, 5, 7, 9
		order := fmt.Sprint("o", i)
		h.say(t, answer(t, "u1", "csat", time.Duration(i)*time.Hour, 5-i, cxtest.Object{"order_id": order}))
		h.say(t, cxtest.Track("u1", "Order Delivered", time.Duration(i)*time.Minute, cxtest.Object{"order_id": order, "days": 1 + 2*i}))
	}
	h.settled(t)

	totals, err := h.store.Totals(ctx, cx.System(), history.Filter{})
	want := history.Totals{Events: 7, Answers: 5, Circumstances: 1, Customers: 2, First: cxtest.Epoch, Last: cxtest.Epoch.Add(4 * time.Hour)}
	if diff := cmp.Diff(want, totals); err != nil || diff != "" {
		t.Fatalf("(-want +got):\n%s%v", diff, err)
	}
	h.check(t, history.Answers, "property.late", map[string]string{"": "5 of 15"})
	h.check(t, history.Answers, "trait.age", map[string]string{"40": "5 of 15"})

	for _, step := range []struct {
		yaml             string
		stages, lateness map[string]string
	}{
		{firstModel, map[string]string{"during": "2 of 2", "after": "5 of 0"}, map[string]string{"false": "2 of 9", "true": "3 of 6"}},
		{secondModel, map[string]string{"during": "7 of -2"}, map[string]string{"false": "3 of 12", "true": "2 of 3"}},
	} {
		if _, err := h.models.Apply(ctx, cx.System(), []byte(step.yaml), ""); err != nil {
			t.Fatal(err)
		}
		h.settled(t)
		h.check(t, history.Events, history.Stage, step.stages)
		h.check(t, history.Answers, "property.late", step.lateness)

		// A rebuild under the same model gives the same rows.
		rebuilt := open(t, t.TempDir())
		if err := h.log.CatchUp(ctx, h.viewOf(rebuilt)); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(rows(t, h.store), rows(t, rebuilt)); diff != "" {
			t.Errorf("a rebuild differs (-now +rebuilt):\n%s", diff)
		}
	}

	// A merge is seen at once.
	h.people.mu.Lock()
	h.people.clusters = []history.Cluster{{Profile: 2, Customer: 1}}
	h.people.mu.Unlock()
	h.say(t, cx.Event{Kind: cx.Decision, Name: "vivencia.customers.merged", Source: "vivencia", MessageID: "merge:1", At: cxtest.Epoch, Body: []byte(`{}`)})
	h.settled(t)
	if totals, err = h.store.Totals(ctx, cx.System(), history.Filter{}); err != nil || totals.Customers != 1 || totals.Events != 7 {
		t.Errorf("after the merge: %+v, %v", totals, err)
	}
}

func TestViewSetsAsideWhatItCannotRead(t *testing.T) {
	t.Parallel()
	h := build(t)
	bad := answer(t, "u1", "csat", 0, 9, nil)
	h.say(t, cxtest.Track("u1", "Paid", 0, nil), bad, cxtest.Track("u1", "Paid", time.Hour, nil))
	h.settled(t)
	if got, want := <-h.poison, "history u1csat0s: answers[0].value: 9 lies outside the scale 1-5"; got != want {
		t.Errorf("set aside %q, want %q", got, want)
	}
	if totals, err := h.store.Totals(t.Context(), cx.System(), history.Filter{}); err != nil || totals.Events != 2 || totals.Answers != 0 {
		t.Errorf("%+v, %v", totals, err)
	}
}

// check wants "n of sum" for each key.
func (h *house) check(t *testing.T, of history.Of, by history.Dimension, want map[string]string) {
	t.Helper()
	groups, err := h.store.Breakdown(t.Context(), cx.System(), history.Query{Of: of, By: []history.Dimension{by}})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, g := range groups {
		got[g.Key[0]] = fmt.Sprintf("%d of %g", g.N, g.Sum)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("by %s (-want +got):\n%s", by, diff)
	}
}

// rows returns everything of a store, the oldest first.
func rows(t *testing.T, s history.Store) []history.Row {
	t.Helper()
	rows, err := s.Newest(t.Context(), cx.System(), history.Page{Limit: history.MaxPage})
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(rows)
	names, at := []string{}, map[cx.Seq]*history.Row{}
	for i := range rows {
		names, at[rows[i].Seq] = append(names, rows[i].Name), &rows[i]
	}
	_, err = history.Tell(t.Context(), s, cx.System(), history.LivedQuery{All: true, Properties: names}, func(l *history.Lived) error {
		for i, seq := range l.Seq {
			at[seq].Properties = l.Properties[i]
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
