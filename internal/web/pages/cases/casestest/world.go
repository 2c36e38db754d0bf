package casestest

import (
	"context"
	"encoding/json"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/act/cases"
	"github.com/vivencia-cx/vivencia/internal/act/deliver"
	"github.com/vivencia-cx/vivencia/internal/act/dialogue"
	"github.com/vivencia-cx/vivencia/internal/act/notify"
	"github.com/vivencia-cx/vivencia/internal/act/promise"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/jobs"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/remember/identity"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/web/pages/voices/voicestest"
)

// Company delivers books on the day it says.
const Company = `
company: {slug: candil, name: Librerías Candil, timezone: Europe/Madrid, currency: EUR, languages: [es, en, pt], address: tu}
areas:
  - {slug: stores, name: {es: Tiendas, en: Shops, pt: Lojas}}
  - {slug: logistics, name: {es: Reparto, en: Delivery, pt: Entregas}}
places: [{slug: goya, name: Candil Goya, kind: shop}]
objects: {order: order_id}
identifiers: [{slug: loyalty-card, name: {es: Tarjeta, en: Card, pt: Cartão}, from: traits.card}]
touchpoints:
  - {slug: pay, name: {es: Pago, en: Payment, pt: Pagamento}, stage: during, channel: web, medium: digital, area: stores, events: [{name: Order Completed, valence: 0.5}, Order Cancelled]}
  - slug: courier
    name: {es: Mensajero, en: Courier, pt: Estafeta}
    stage: during
    channel: home
    medium: physical
    area: logistics
    events: [{name: Order Delivered, valence: "properties.late ? -2.0 : 1.0"}]
    frame:
      purpose: {es: Que llegue el día que dijimos, en: That it comes on the day we said, pt: Que chegue no dia que dissemos}
      never: [{es: Avisar antes de fallar, en: To tell before it fails, pt: Avisar antes de falhar}]
      give: [{es: El envío siguiente, en: The next delivery, pt: O envio seguinte}]
      helps: stores
topics:
  - {slug: delay, name: {es: El retraso, en: The delay, pt: O atraso}, area: logistics, examples: {es: [llegó tardísimo, una semana de retraso]}}
promises:
  - {slug: on-date, name: {es: Llega el día que dijimos, en: It comes on the day we said, pt: Chega no dia que dissemos}, area: logistics, touchpoint: courier, about: order, from: {event: Order Completed}, to: {event: Order Delivered}, void: {event: Order Cancelled}, within: {property: promised_at}, objective: 0.95, risk: 4h}
choices:
  - slug: late-options
    question: {es: "¿Cómo lo arreglamos?", en: How do we make it right?, pt: Como o resolvemos?}
    options:
      - {id: shop, text: {es: Recogerlo en tienda, en: Collect it at a shop, pt: Levantar na loja}}
      - {id: wait, text: {es: Esperarlo, en: Wait for it, pt: Esperar}}
cases:
  area: stores
  within: 8h
  kinds:
    - slug: made-right
      name: {es: Arreglar, en: Make right, pt: Resolver}
      area: stores
      within: 4h
      checklist: [{slug: aside, text: {es: Está apartado con su nombre, en: It is aside with the name on it, pt: Está reservado com o nome}}, {slug: note, text: {es: Lleva una nota, en: It has a note, pt: Leva um bilhete}}]
    - {slug: call, name: {es: Llamar, en: Call, pt: Ligar}, area: logistics}
  give: [{role: member, each: 15, month: 300}, {role: lead, each: 60, month: 1500}]
`

// Hostile is what customers may write: none of it may run.
const Hostile = voicestest.Hostile

// World is the company at work.
type World struct {
	*voicestest.World
	Accounts *account.Service
	Jobs     *jobs.Queue // not started
	Deliver  *deliver.Service
	Notices  *notify.Service
	Promises *promise.Service
	Dialogue *dialogue.Service
	Cases    *cases.Service
	t        testing.TB
}

// New returns the company without a customer.
func New(t testing.TB) *World {
	t.Helper()
	w := &World{World: voicestest.New(t), t: t}
	ctx, quiet, key := context.Background(), slog.New(slog.DiscardHandler), make([]byte, 32)
	_, err := w.Models.Apply(ctx, cx.System(), []byte(Company), "")
	w.must(err)
	w.Accounts, err = account.Open(ctx, w.State, w.Clock, account.WithKey(key))
	w.must(err)
	w.Jobs, err = jobs.Open(ctx, jobs.Config{DB: w.State, Clock: w.Clock, Logger: quiet, Holder: "test"})
	w.must(err)
	w.Deliver, err = deliver.Open(ctx, deliver.Config{DB: w.State, Jobs: w.Jobs, Log: w.Log, People: w.Memory, Endpoints: w.endpoints, Base: "https://cx.candil.example", Key: key, Clock: w.Clock, Logger: quiet})
	w.must(err)
	t.Cleanup(func() { w.must(w.Deliver.Close()) })
	w.Notices, err = notify.Open(ctx, notify.Config{
		DB: w.State, Jobs: w.Jobs, Deliver: w.Deliver, Log: w.Log, Accounts: w.Accounts, Models: w.Models, Voices: w.Voice, People: w.Memory,
		Base: "https://cx.candil.example", Key: key, Clock: w.Clock, Logger: quiet,
	})
	w.must(err)
	db, err := sqldb.Open(ctx, sqldb.Config{DSN: filepath.Join(t.TempDir(), "promises.db"), Synchronous: "NORMAL"})
	w.must(err)
	t.Cleanup(func() { w.must(db.Close()) })
	w.Promises, err = promise.Open(ctx, promise.Config{DB: db, State: w.State, Log: w.Log, Models: w.Models, Memory: w.Memory, Clock: w.Clock, Logger: quiet})
	w.must(err)
	t.Cleanup(func() { w.must(w.Promises.Close()) })
	w.Also = append(w.Also, w.Promises)
	w.Dialogue, err = dialogue.Open(ctx, dialogue.Config{
		DB: w.State, Jobs: w.Jobs, Deliver: w.Deliver, Log: w.Log, Models: w.Models, People: people{w.Memory}, Base: "https://cx.candil.example", Key: key, Clock: w.Clock, Logger: quiet,
	})
	w.must(err)
	w.Cases, err = cases.Open(ctx, cases.Config{
		DB: w.State, Jobs: w.Jobs, Dialogue: w.Dialogue, Log: w.Log, Models: w.Models, Memory: w.Memory, Facts: w.Facts, Promises: w.Promises,
		Accounts: w.Accounts, Notices: w.Notices, Key: key, Clock: w.Clock, Logger: quiet,
	})
	w.must(err)
	return w
}

func (w *World) endpoints() (out []deliver.Endpoint) {
	for _, h := range w.Models.Current().Model.Webhooks {
		out = append(out, deliver.Endpoint{Slug: h.Slug, URL: h.URL})
	}
	return out
}

// Marta is a customer whose book is promised for this evening, after one that
// came late. Her order is P-100, her card 777.
func (w *World) Marta() cx.CustomerID {
	w.t.Helper()
	day := 24 * time.Hour
	w.Live(
		cxtest.Identify("marta", "", -40*day, cxtest.Object{"name": "Marta <b>Llorente</b>", "email": "marta@example.com", "phone": "+34600111213", "card": "777"}),
		cxtest.Track("marta", "Order Completed", -30*day, cxtest.Object{"order_id": "P-090", "promised_at": cxtest.Epoch.Add(-28 * day).String()}),
		cxtest.Track("marta", "Order Delivered", -25*day, cxtest.Object{"order_id": "P-090", "late": true}),
		voicestest.Answer("marta", "csat-delivery", "P-090", -day, cxtest.Object{"question": "score", "metric": "csat", "scale": "1-5", "value": 1}, cxtest.Object{"question": "text", "text": "Llegó tardísimo, una semana de retraso, no vuelvo"}),
		voicestest.Answer("marta", "csat-till", "P-090", -day+time.Hour, cxtest.Object{"question": "score", "metric": "csat", "scale": "1-5", "value": 5}, cxtest.Object{"question": "text", "text": "Muchas gracias, muy amables todos en la tienda"}),
		cxtest.Track("marta", "Order Completed", -2*time.Hour, cxtest.Object{"order_id": "P-100", "promised_at": cxtest.Epoch.Add(2 * time.Hour).String()}),
	)
	w.must(w.Promises.Tick(w.t.Context()))
	id, err := w.Memory.Lookup(w.t.Context(), cx.System(), identity.Email, "marta@example.com")
	w.must(err)
	return id
}

// Person is somebody of the company.
func (w *World) Person(name string, role cx.Role, areas ...string) cx.Principal {
	w.t.Helper()
	p, err := w.Accounts.CreatePerson(w.t.Context(), cx.System(), account.NewPerson{Email: name + "@candil.example", Name: name, Role: role, Areas: areas, Language: "es", Password: "correct horse battery"})
	w.must(err)
	return p.Principal()
}

// Open opens a case.
func (w *World) Open(n cases.New) cases.Case {
	w.t.Helper()
	c, err := w.Cases.Open(w.t.Context(), cx.System(), n)
	w.must(err)
	return c
}

func (w *World) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// people tells who customers are, as the product does.
type people struct{ *remember.Memory }

// Person returns how events name a customer.
func (m people) Person(ctx context.Context, p cx.Principal, id cx.CustomerID) (dialogue.Person, error) {
	c, err := m.Customer(ctx, p, id)
	if err != nil {
		return dialogue.Person{}, err
	}
	out := dialogue.Person{ID: c.ID, Name: c.Name, FirstName: c.Name, Email: c.Email}
	traits := map[string]json.RawMessage{}
	for _, t := range c.Traits {
		traits[t.Name] = t.Value
	}
	for _, i := range c.Identifiers {
		if i.Kind == identity.UserID {
			out.UserID = i.Value
		}
	}
	out.Traits, err = json.Marshal(traits)
	return out, err
}
