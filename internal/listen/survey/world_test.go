package survey_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/fact"
	"github.com/vivencia-cx/vivencia/internal/listen/survey"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/sqldb/sqldbtest"
	"github.com/vivencia-cx/vivencia/internal/stream"
)

var (
	admin = cx.Principal{ID: "person:1", Role: cx.Admin}
	board = cx.Principal{ID: "person:2", Role: cx.Board}
	tills = cx.Principal{ID: "person:3", Role: cx.Analyst, Areas: []string{"tills"}}
)

const ana = cx.CustomerID("c_ana0000000000")

// people are the customers that the app would ask memory for.
type people map[cx.CustomerID]survey.Person

func (p people) Person(_ context.Context, _ cx.Principal, id cx.CustomerID) (survey.Person, error) {
	who, ok := p[id]
	if !ok {
		return who, cx.Errorf(cx.NotFound, "people", "there is no such customer")
	}
	return who, nil
}

const company = `
company: {slug: candil, name: Candil, timezone: Europe/Madrid, currency: EUR, languages: [es, en]}
areas: [{slug: tills, name: Cajas}, {slug: logistics, name: Reparto}]
places: [{slug: gracia, name: Candil Gràcia, kind: shop}]
touchpoints:
  - {slug: till, name: Caja, stage: during, channel: store, medium: physical, area: tills, events: [Checkout Paid], surveys: [till-smiles]}
  - {slug: courier, name: Reparto, stage: during, channel: home, medium: physical, area: logistics, events: [Order Delivered], surveys: [delivery]}
surveys:
  - slug: delivery
    name: Entrega
    purpose: transactional
    pages:
      - questions:
          - {id: score, type: csat, text: {es: "¿Cómo fue la entrega del {event.at|weekday ?? pedido}?", en: How was the delivery?}, required: true}
      - when: answers.score <= 3
        title: "Vaya, {customer.first_name ?? lo sentimos}"
        questions:
          - id: why
            type: multiple
            text: ¿Qué pasó?
            options: [{id: late, text: Llegó tarde}, {id: damaged, text: Llegó roto}, {id: rude, text: El trato}]
            other: true
            randomise: true
      - questions:
          - {id: text, type: text, text: "¿Qué contarías de {answers.why ?? todo}?", max_length: 40}
          - {id: mayask, type: consent, text: ¿Podemos preguntarte otra vez?, trait: may_ask}
    thanks: "Gracias, {customer.first_name ?? de verdad}"
  - slug: all-types
    name: Todo
    purpose: relationship
    pages:
      - questions:
          - {id: nps, type: nps, text: Nos recomendarías}
          - {id: ces, type: ces, text: Fue fácil}
          - {id: feel, type: emotion, text: Qué sentiste}
          - {id: one, type: single, text: Elige, options: [{id: a, text: A}, {id: b, text: B}], other: true}
          - {id: order, type: ranking, text: Ordena, options: [{id: x, text: X}, {id: y, text: Y}, {id: z, text: Z}]}
          - {id: grid, type: matrix, text: Valora, rows: [{id: r1, text: Uno}, {id: r2, text: Dos}]}
          - {id: n, type: number, text: Cuántos, min: 0, max: 10}
          - {id: day, type: date, text: Qué día}
  - slug: till-smiles
    name: Caritas
    purpose: transactional
    anonymous: true
    pages: [{questions: [{id: score, type: csat, text: Cómo fue, required: true}]}]
  - slug: secret
    name: Secreta
    purpose: relationship
    anonymous: true
    pages: [{questions: [{id: score, type: rating, text: Cómo va, required: true}]}]
  - slug: voice
    name: Equipo
    purpose: team
    pages: [{questions: [{id: idea, type: text, text: Qué cambiarías, required: true}]}]
`

type world struct {
	*survey.Service
	t      testing.TB
	log    *stream.Log
	models *model.Service
	clock  *cxtest.Clock
	people people
	db     *sqldb.DB
}

func each(t *testing.T, fn func(t *testing.T, w *world)) {
	t.Helper()
	sqldbtest.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) { fn(t, newWorld(t, open(t))) })
}

func newWorld(t testing.TB, db *sqldb.DB) *world {
	t.Helper()
	log, err := stream.Open(t.Context(), stream.Config{Dir: t.TempDir(), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := log.Close(); err != nil {
			t.Error(err)
		}
	})
	w := &world{t: t, log: log, clock: cxtest.NewClock(), db: db, people: people{
		ana: {UserID: "u1", FirstName: "Ana <b>", Name: "Ana Ruiz", Traits: []byte(`{"city":"Lugo"}`)},
	}}
	if w.models, err = model.OpenService(t.Context(), db, log, w.clock); err != nil {
		t.Fatal(err)
	}
	w.apply(company)
	w.reopen()
	return w
}

func (w *world) reopen() {
	w.t.Helper()
	var err error
	w.Service, err = survey.Open(w.t.Context(), survey.Config{
		DB: w.db, Log: w.log, Models: w.models, Customers: w.people, Secret: []byte("of this instance, 32 bytes long.."),
		BaseURL: "https://cx.example", Clock: w.clock, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) apply(yaml string) {
	w.t.Helper()
	if _, err := w.models.Apply(w.t.Context(), admin, []byte(yaml), ""); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) link(r survey.LinkRequest) survey.Link {
	w.t.Helper()
	l, err := w.Link(w.t.Context(), admin, r)
	if err != nil {
		w.t.Fatal(err)
	}
	return l
}

// personal is a link to the delivery survey for Ana.
func (w *world) personal() survey.Ref {
	w.t.Helper()
	l := w.link(survey.LinkRequest{
		Survey: "delivery", Way: survey.ByMail, Customer: ana, About: map[string]string{"order_id": "P1"}, Event: "Order Delivered", At: w.clock.Now(),
	})
	return survey.Ref{Token: l.Token}
}

func (w *world) page(ref survey.Ref) survey.Form {
	w.t.Helper()
	f, err := w.Page(w.t.Context(), ref, "")
	if err != nil {
		w.t.Fatal(err)
	}
	return f
}

func (w *world) post(ref survey.Ref, page int, values survey.Values) survey.Form {
	w.t.Helper()
	f, err := w.Receive(w.t.Context(), ref, page, values, "")
	if err != nil {
		w.t.Fatal(err)
	}
	return f
}

// said is an answer as it stands in the log.
type said struct {
	cx.Event
	fact.Answer
	Says map[string]any
}

// answers reads the answers in the log.
func (w *world) answers() (all []said) {
	w.t.Helper()
	err := w.log.Read(w.t.Context(), 0, func(b stream.Batch) error {
		for _, e := range b.Events {
			if e.Kind != cx.Answer && e.Kind != cx.Team {
				continue
			}
			a, err := fact.ParseAnswer(e)
			if err != nil {
				return err
			}
			s := said{Answer: a, Says: map[string]any{}}
			if err := json.Unmarshal(e.Properties, &s.Says); err != nil {
				return err
			}
			s.Event = e
			s.Body, s.Traits = slices.Clone(e.Body), slices.Clone(e.Traits)
			all = append(all, s)
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

func (s said) item(question string) fact.AnswerItem {
	for _, it := range s.Items {
		if it.Question == question {
			return it
		}
	}
	return fact.AnswerItem{}
}

// open is an anonymous response whose page was read for a while.
func (w *world) open(slug string) survey.Ref {
	w.t.Helper()
	ref := survey.Ref{Survey: slug, Way: survey.Anonymous, Address: "203.0.113.7"}
	ref.Response = w.page(ref).Response
	w.clock.Advance(5 * time.Second)
	return ref
}

func one(values ...string) survey.Values {
	v := survey.Values{}
	for i := 0; i+1 < len(values); i += 2 {
		v[values[i]] = append(v[values[i]], values[i+1])
	}
	return v
}

func repeat(s string, n int) (out string) {
	for range n {
		out += s
	}
	return out
}
