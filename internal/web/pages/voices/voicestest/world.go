package voicestest

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
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
	"github.com/vivencia-cx/vivencia/internal/understand/reason"
	"github.com/vivencia-cx/vivencia/internal/understand/segment"
	"github.com/vivencia-cx/vivencia/internal/understand/voice"
)

// Company delivers books; what it knows of a delivery is whether it was late.
const Company = `
company: {slug: candil, name: Librerías Candil, timezone: Europe/Madrid, currency: EUR, languages: [es, en, pt], address: tu}
areas:
  - {slug: web, name: {es: Web, en: Web, pt: Web}}
  - {slug: logistics, name: {es: Reparto, en: Delivery, pt: Entregas}}
suppliers:
  - {slug: veloz, name: Veloz, area: logistics}
  - {slug: azahar, name: Azahar, area: logistics}
objects: {order: order_id}
touchpoints:
  - {slug: pay, name: {es: Pago, en: Payment, pt: Pagamento}, stage: during, channel: web, medium: digital, area: web, icon: credit-card, events: [{name: Order Completed, valence: 0.5}]}
  - {slug: courier, name: {es: Mensajero, en: Courier, pt: Estafeta}, stage: during, channel: home, medium: physical, area: logistics, icon: truck, events: [{name: Order Delivered, valence: "properties.late ? -2.0 : 1.0"}], surveys: [csat-delivery]}
properties:
  - {slug: late, name: {es: Entregado tarde, en: Delivered late, pt: Entregue tarde}, on: Order Delivered, expr: properties.late, object: order}
segments:
  - {slug: all, name: {es: Todos, en: All, pt: Todos}, when: "true"}
topics:
  - {slug: delay, name: {es: El retraso, en: The delay, pt: O atraso}, area: logistics, examples: {es: [llegó tardísimo, una semana de retraso], en: [it came too late]}}
  - {slug: staff, name: {es: El trato, en: The staff, pt: O trato}, examples: {es: [muy amables todos]}}
whys:
  - {slug: late-azahar, of: property.late, because: {supplier: azahar}}
`

// Hostile is what customers may write: none of it may run.
const Hostile = `<script>alert("tarde")</script> llegó tardísimo`

// World is the company on real stores.
type World struct {
	Models   *model.Service
	Memory   *remember.Memory
	Voice    *voice.Service
	Outcomes *outcome.Service
	Segments *segment.Service
	Reasons  *reason.Service
	Log      *stream.Log
	Facts    history.Store
	State    *sqldb.DB // state.db
	Clock    *cxtest.Clock
	Also     []stream.View // that follow too

	t    testing.TB
	view *history.View
	n    int
}

// New returns the company without a customer.
func New(t testing.TB) *World {
	t.Helper()
	w := &World{t: t, Clock: cxtest.NewClock()}
	dir, quiet := t.TempDir(), slog.New(slog.DiscardHandler)
	open := func(name string) *sqldb.DB {
		db, err := sqldb.Open(context.Background(), sqldb.Config{DSN: filepath.Join(dir, name), Synchronous: "NORMAL"})
		w.must(err)
		t.Cleanup(func() { w.must(db.Close()) })
		return db
	}
	var err error
	w.Log, err = stream.Open(t.Context(), stream.Config{Dir: filepath.Join(dir, "log"), Logger: quiet})
	w.must(err)
	t.Cleanup(func() { w.must(w.Log.Close()) })
	w.State = open("state.db")
	w.Models, err = model.OpenService(t.Context(), w.State, w.Log, w.Clock)
	w.must(err)
	w.Memory, err = remember.Open(t.Context(), remember.Config{DB: open("views.db"), Clock: w.Clock, Salt: []byte("salt"), Models: w.Models, Log: w.Log, Logger: quiet})
	w.must(err)
	store, err := duckdb.Open(t.Context(), duckdb.Config{Path: filepath.Join(dir, "history.duckdb"), Threads: 1})
	w.must(err)
	t.Cleanup(func() { w.must(store.Close()) })
	w.Facts = store
	w.view = history.NewView(history.Config{Store: store, Resolver: w.Memory, Models: w.Models, Log: w.Log, Logger: quiet})
	w.Voice, err = voice.Open(t.Context(), voice.Config{
		DB: open("voice.db"), State: w.State, Resolver: w.Memory, Memory: w.Memory, Models: w.Models, Log: w.Log, Salt: []byte("salt"), Clock: w.Clock, Logger: quiet,
	})
	w.must(err)
	t.Cleanup(func() { w.must(w.Voice.Close()) })
	w.Segments = segment.New(store, w.Models, w.Memory, w.Clock)
	w.Voice.SetSegments(w.Segments)
	w.Outcomes = outcome.New(store, w.Models, w.Clock)
	w.Reasons = reason.New(reason.Config{Facts: store, Models: w.Models, Voices: w.Voice, Segments: w.Segments, Memory: w.Memory, Clock: w.Clock})
	_, err = w.Models.Apply(t.Context(), cx.System(), []byte(Company), "")
	w.must(err)
	w.Live()
	return w
}

// Lived is the company after HalfAYear.
func Lived(t testing.TB) *World {
	t.Helper()
	w := New(t)
	w.HalfAYear()
	return w
}

// HalfAYear has 150 customers live half a year: what comes late is scored badly, and
// from three months ago on Azahar is late often.
func (w *World) HalfAYear() {
	w.t.Helper()
	var events []cx.Event
	for i := range 300 {
		user, order := fmt.Sprintf("u%03d", i%150), fmt.Sprintf("P%03d", i)
		ago := time.Duration(26*7*24*(300-i)/300+24) * time.Hour
		supplier := supplierOf(order)
		late := i%20 == 3 || supplier == "azahar" && ago < 13*7*24*time.Hour && i%3 != 0
		score, words := 4+i%2, []string{"Muy amables todos, llegó el día que dijeron", "Perfecto, gracias por el detalle del envoltorio", ""}[i%3]
		if late {
			score, words = 1+i%2, []string{"Llegó tardísimo, diez días después de lo que me prometieron", "Una semana entera de retraso y nadie avisó, un desastre", "Qué vergüenza de reparto, no vuelvo a pedir nada"}[i%3]
		}
		if i == 299 {
			words = Hostile
		}
		items := []cxtest.Object{{"question": "score", "metric": "csat", "scale": "1-5", "value": score}}
		if words != "" {
			items = append(items, cxtest.Object{"question": "text", "text": words})
		}
		events = append(events,
			cxtest.Identify(user, "", -ago-3*time.Hour, cxtest.Object{"name": fmt.Sprintf("Ana <b>%03d</b>", i%150)}),
			cxtest.Track(user, "Order Completed", -ago-2*time.Hour, cxtest.Object{"order_id": order}),
			cxtest.Track(user, "Order Delivered", -ago-time.Hour, cxtest.Object{"order_id": order, "late": late, "supplier": supplier}),
			Answer(user, "csat-delivery", order, -ago, items...),
		)
	}
	w.Live(events...)
}

// supplierOf tells who brings an order: every other one is Azahar's.
func supplierOf(order string) string {
	if strings.ContainsAny(order[len(order)-1:], "13579") {
		return "azahar"
	}
	return "veloz"
}

// Answer is an answer of a customer about an order, and of who brought it.
func Answer(user, survey, order string, after time.Duration, items ...cxtest.Object) cx.Event {
	e := cxtest.Track(user, survey, after, cxtest.Object{"order_id": order, "supplier": supplierOf(order)})
	e.Kind = cx.Answer
	var err error
	e.Body, err = json.Marshal(cxtest.Object{"type": "answer", "survey": survey, "userId": user, "answers": items, "properties": json.RawMessage(e.Properties)})
	if err != nil {
		panic(err)
	}
	return e
}

func (w *World) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// Live appends events; every view follows, and what is to be read again is.
func (w *World) Live(events ...cx.Event) {
	w.t.Helper()
	ctx := w.t.Context()
	for i := range events {
		w.n++
		events[i].MessageID, events[i].ReceivedAt = fmt.Sprint("m", w.n), cxtest.Epoch
	}
	if len(events) > 0 {
		_, err := w.Log.Append(ctx, events)
		w.must(err)
	}
	for _, v := range append([]stream.View{w.Memory, w.view, w.Voice}, w.Also...) {
		w.must(w.Log.CatchUp(ctx, v))
	}
	w.must(w.view.Settle(ctx))
	w.must(w.Voice.Settle(ctx))
}

// Follow has the views follow the log until the test ends: what a page decides is
// waited for. Live is not called after it.
func (w *World) Follow() {
	w.t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	var ended sync.WaitGroup
	for _, v := range append([]stream.View{w.Memory, w.Voice}, w.Also...) {
		ended.Go(func() { _ = w.Log.Follow(ctx, v) })
	}
	w.t.Cleanup(func() {
		stop()
		ended.Wait()
	})
}
