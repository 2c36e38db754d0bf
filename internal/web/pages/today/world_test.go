package today_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"path/filepath"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/history/duckdb"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/stream"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
	"github.com/vivencia-cx/vivencia/internal/understand/segment"
	"github.com/vivencia-cx/vivencia/internal/web/pages/today"
	"github.com/vivencia-cx/vivencia/internal/web/webtest"
)

const company = `
company: {slug: candil, name: Librerías Candil, timezone: Europe/Madrid, currency: EUR, languages: [es, en, pt], address: tu}
areas:
  - {slug: web, name: {es: Web, en: Web, pt: Web}}
  - {slug: tills, name: {es: Cajas, en: Tills, pt: Caixas}}
places: [{slug: goya, name: Candil Goya, kind: shop, city: Madrid, country: ES}]
touchpoints:
  - {slug: book, name: {es: Ficha, en: Book page, pt: Ficha}, stage: before, channel: web, medium: digital, area: web, icon: book-open,
     events: [{name: Product Viewed, valence: 0.5}]}
  - {slug: till, name: {es: Caja, en: Till, pt: Caixa}, stage: during, channel: store, medium: physical, area: tills, icon: no-such-icon,
     events: [{name: Checkout Paid, valence: "properties.wait > 10.0 ? -1.5 : -0.5"}], surveys: [csat-till]}
  - {slug: club, name: {es: Club, en: Club, pt: Clube}, stage: after, channel: app, medium: digital, area: web, icon: star, events: [Joined], surveys: [nps]}
`

// world is the page on real stores; what is lived is remembered at once.
type world struct {
	t        testing.TB
	site     *webtest.Site
	memory   *remember.Memory
	view     *history.View
	inForce  *model.Version
	last     cx.Seq
	messages int
	led      *leading
}

func (w *world) Current() model.Version                                       { return *w.inForce }
func (w *world) Subscribe(func(model.Version)) (cancel func())                { return func() {} }
func (w *world) Append(context.Context, []cx.Event) (cx.Seq, error)           { return 0, nil }
func (w *world) Read(context.Context, cx.Seq, func(stream.Batch) error) error { return nil }

func newWorld(t testing.TB, yaml string) *world {
	t.Helper()
	w := &world{t: t, inForce: &model.Version{Model: model.Empty()}}
	if yaml != "" {
		m, err := model.Parse([]byte(yaml))
		w.must(err)
		w.inForce = &model.Version{Number: 1, Model: m}
	}
	clock := cxtest.NewClock()
	db, err := sqldb.Open(t.Context(), sqldb.Config{DSN: filepath.Join(t.TempDir(), "views.db"), Synchronous: "NORMAL"})
	w.must(err)
	t.Cleanup(func() { w.must(db.Close()) })
	quiet := slog.New(slog.DiscardHandler)
	w.memory, err = remember.Open(t.Context(), remember.Config{DB: db, Clock: clock, Salt: []byte("salt"), Models: w, Log: w, Logger: quiet})
	w.must(err)
	store, err := duckdb.Open(t.Context(), duckdb.Config{Path: filepath.Join(t.TempDir(), "history.duckdb"), Threads: 1})
	w.must(err)
	t.Cleanup(func() { w.must(store.Close()) })
	w.view = history.NewView(history.Config{Store: store, Resolver: w.memory, Models: w, Log: w, Logger: quiet})
	w.led = &leading{}
	w.site = webtest.New(t, today.New(outcome.New(store, w, clock), store, w.memory, segment.New(store, w, w.memory, clock), w, today.Led{Board: w.led, Promises: w.led, Cycle: w.led}))
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) live(events ...cx.Event) {
	w.t.Helper()
	for i := range events {
		w.last++
		w.messages++
		events[i].Seq, events[i].MessageID = w.last, fmt.Sprint("m", w.messages)
		events[i].ReceivedAt = cxtest.Epoch
	}
	b := stream.Batch{Events: events, Last: w.last}
	w.must(w.memory.Apply(w.t.Context(), b))
	w.must(w.view.Apply(w.t.Context(), b))
}

func answered(user, survey, metric, scale string, value float64, text string, after time.Duration) cx.Event {
	e := cxtest.Track(user, survey, after, nil)
	e.Kind = cx.Answer
	items := []cxtest.Object{{"question": "score", "metric": metric, "scale": scale, "value": value}}
	if text != "" {
		items = append(items, cxtest.Object{"question": "text", "text": text})
	}
	body, err := json.Marshal(cxtest.Object{"type": "answer", "survey": survey, "answers": items, "userId": user})
	if err != nil {
		panic(err)
	}
	e.Body = body
	return e
}

const day = 24 * time.Hour

// aCompany lives two months: the till hurts, the recommendation rises.
func aCompany(t testing.TB) *world {
	w := newWorld(t, company)
	var events []cx.Event
	for i := range 40 {
		user, ago := fmt.Sprint("u", i), -time.Duration(1+i%20)*day
		events = append(events,
			cxtest.Identify(user, "", ago-day, cxtest.Object{"name": fmt.Sprintf("Ana <b>%d</b>", i)}),
			cxtest.Track(user, "Product Viewed", ago-time.Hour, nil),
			cxtest.Track(user, "Checkout Paid", ago, cxtest.Object{"wait": float64(i), "place": "goya"}),
			answered(user, "nps", "nps", "0-10", math.Min(10, 8+float64(i%3)), "", ago+time.Hour),
			answered(user, "nps", "nps", "0-10", float64(i%7), "", ago-30*day),
		)
	}
	events = append(events, answered("u1", "csat-till", "csat", "1-5", 2, `<script>alert("cola")</script>`, -time.Hour), cxtest.Track("u1", "Joined", -day, nil))
	w.live(events...)
	return w
}

func parsed(t testing.TB, yaml string) *model.Model {
	t.Helper()
	m, err := model.Parse([]byte(yaml))
	if err != nil {
		t.Fatal(err)
	}
	return m
}
