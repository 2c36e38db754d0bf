package journeystest

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/stream"
	"github.com/vivencia-cx/vivencia/internal/understand/journey"
	"github.com/vivencia-cx/vivencia/internal/understand/segment"
)

// Company declares one journey: an order that is seen, paid, announced and
// delivered.
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
  - {slug: page, name: {es: Ficha, en: Book page, pt: Ficha}, stage: before, channel: web, medium: digital, area: web, icon: book-open, events: [{name: Product Viewed, valence: 0.5}]}
  - {slug: pay, name: {es: Pago, en: Payment, pt: Pagamento}, stage: during, channel: web, medium: digital, area: web, icon: credit-card, events: [{name: Order Completed, valence: 0.5}, Order Cancelled]}
  - {slug: notice, name: {es: Aviso, en: Notice, pt: Aviso}, stage: during, channel: mail, medium: digital, area: logistics, icon: bell, events: [{name: Delivery Notified, valence: 0.5}]}
  - {slug: courier, name: {es: Entrega, en: Delivery, pt: Entrega}, stage: during, channel: home, medium: physical, area: logistics, icon: no-such-icon, events: [{name: Order Delivered, valence: "properties.late ? -2.0 : 1.0"}], surveys: [csat-delivery]}
journeys:
  - slug: order
    name: {es: Pedido, en: Order, pt: Encomenda}
    purpose: {es: Tener el libro en casa, en: Have the book at home, pt: Ter o livro em casa}
    case: {key: order_id}
    end: [Order Delivered, {event: Order Cancelled, abandoned: true}]
    silence: 40d
    script:
      - {slug: look, touchpoint: page, optional: true, repeatable: true, valence: 0.5}
      - {slug: pay, touchpoint: pay, events: [Order Completed], within: 10d, truth: true}
      - {slug: notice, touchpoint: notice, within: 1d, valence: 0.5}
      - {slug: deliver, touchpoint: courier, valence: 1, truth: true}
`

// Hostile is what customers may write: none of it may run.
const Hostile = `<script>alert("tarde")</script>`

// World is the journeys of the company on real stores; what is lived is
// remembered at once. It is safe for concurrent use.
type World struct {
	Memory   *remember.Memory
	Journeys *journey.Service

	t       testing.TB
	view    *history.View
	mu      sync.Mutex
	inForce model.Version
	last    cx.Seq
}

// New returns the company as yaml declares it, without a customer, on a store of
// facts that is empty.
func New(t testing.TB, store history.Store, yaml string) *World {
	t.Helper()
	w := &World{t: t, inForce: model.Version{Model: model.Empty()}}
	if yaml != "" {
		m, err := model.Parse([]byte(yaml))
		w.must(err)
		w.inForce = model.Version{Number: 1, Model: m}
	}
	clock, quiet := cxtest.NewClock(), slog.New(slog.DiscardHandler)
	db, err := sqldb.Open(t.Context(), sqldb.Config{DSN: filepath.Join(t.TempDir(), "views.db"), Synchronous: "NORMAL"})
	w.must(err)
	t.Cleanup(func() { w.must(db.Close()) })
	w.Memory, err = remember.Open(t.Context(), remember.Config{DB: db, Clock: clock, Salt: []byte("salt"), Models: w, Log: w, Logger: quiet})
	w.must(err)
	w.view = history.NewView(history.Config{Store: store, Resolver: w.Memory, Models: w, Log: w, Logger: quiet})
	w.Journeys = journey.New(journey.Config{
		Facts: store, Models: w, Segments: segment.New(store, w, w.Memory, clock), Memory: w.Memory, Clock: clock, Logger: quiet,
	})
	t.Cleanup(func() { w.must(w.Journeys.Close()) })
	return w
}

// Lived is the company after twenty weeks: eight weeks ago Azahar began to leave
// out the notice, and what it does not announce comes late.
func Lived(t testing.TB, store history.Store) *World {
	t.Helper()
	w := New(t, store, Company)
	const orders = 240
	var events []cx.Event
	for i := range orders {
		user, order := fmt.Sprintf("u%03d", i%150), fmt.Sprintf("P%03d", i)
		ago := time.Duration(20*7*24*(orders-i)/orders+7*24) * time.Hour
		supplier := []string{"veloz", "azahar"}[i%2]
		silent := supplier == "azahar" && ago < 9*7*24*time.Hour && i%8 != 7
		events = append(events,
			cxtest.Identify(user, "", -ago-2*time.Hour, cxtest.Object{"name": fmt.Sprintf("Ana <b>%03d</b>", i%150)}),
			cxtest.Track(user, "Product Viewed", -ago-time.Hour, cxtest.Object{"order_id": order}),
			cxtest.Track(user, "Order Completed", -ago, cxtest.Object{"order_id": order}),
		)
		took := time.Duration(40+i%7) * time.Hour
		score, text := 4+i%3/2, "Perfecto, lo trajeron cuando dijeron y hasta mi puerta"
		if silent {
			took, score, text = 4*took, 1+i%3/2, "Nadie me avisó y no estaba en casa "+Hostile
		} else {
			events = append(events, cxtest.Track(user, "Delivery Notified", took/2-ago, cxtest.Object{"order_id": order, "supplier": supplier}))
		}
		events = append(events,
			cxtest.Track(user, "Order Delivered", took-ago, cxtest.Object{"order_id": order, "supplier": supplier, "late": silent}),
			answered(user, order, score, text, took-ago+time.Hour))
	}
	day := 24 * time.Hour
	events = append(events,
		cxtest.Track("u000", "Order Completed", -2*time.Hour, cxtest.Object{"order_id": "NOW"}),
		cxtest.Track("u001", "Order Completed", -12*day, cxtest.Object{"order_id": "STUCK"}),
		cxtest.Track("u002", "Order Completed", -12*day, cxtest.Object{"order_id": "GONE"}),
		cxtest.Track("u002", "Order Cancelled", -11*day, cxtest.Object{"order_id": "GONE"}),
	)
	w.Live(events...)
	return w
}

// answered is what somebody answered about an order's delivery.
func answered(user, order string, score int, text string, after time.Duration) cx.Event {
	e := cxtest.Track(user, "csat-delivery", after, cxtest.Object{"order_id": order})
	e.Kind = cx.Answer
	body, err := json.Marshal(cxtest.Object{
		"type": "answer", "survey": "csat-delivery", "userId": user, "properties": cxtest.Object{"order_id": order},
		"answers": []cxtest.Object{{"question": "score", "metric": "csat", "scale": "1-5", "value": score}, {"question": "text", "text": text}},
	})
	if err != nil {
		panic(err)
	}
	e.Body = body
	return e
}

// Live remembers events, in history too.
func (w *World) Live(events ...cx.Event) {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range events {
		w.last++
		events[i].Seq, events[i].MessageID, events[i].ReceivedAt = w.last, fmt.Sprint("m", w.last), cxtest.Epoch
	}
	b := stream.Batch{Events: events, Last: w.last}
	w.must(w.Memory.Apply(w.t.Context(), b))
	w.must(w.view.Apply(w.t.Context(), b))
}

// Current is the model in force.
func (w *World) Current() model.Version { return w.inForce }

// Subscribe never tells of another model: there is none.
func (w *World) Subscribe(func(model.Version)) (cancel func()) { return func() {} }

// Append is the log's; decisions are not kept.
func (w *World) Append(context.Context, []cx.Event) (cx.Seq, error) { return 0, nil }

// Read is the log's; nothing is read again.
func (w *World) Read(context.Context, cx.Seq, func(stream.Batch) error) error { return nil }

func (w *World) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}
