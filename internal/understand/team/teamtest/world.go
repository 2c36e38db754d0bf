package teamtest

import (
	"context"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/fact"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/listen/intake"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/stream"
	"github.com/vivencia-cx/vivencia/internal/understand/team"
)

// Company is what the tests' team works in.
const Company = `
company: {slug: acme, name: Acme, timezone: Europe/Madrid, currency: EUR, languages: [es]}
areas: [{slug: tills, name: Cajas}, {slug: web, name: Web}]
places: [{slug: goya, name: Goya, kind: shop}, {slug: retiro, name: Retiro, kind: shop}]
touchpoints:
  - {slug: till, name: La caja, stage: during, channel: shop, medium: physical, area: tills, surveys: [csat]}
  - {slug: shop, name: La web, stage: during, channel: web, medium: digital, area: web}
surveys:
  - {slug: csat, name: Cómo fue, purpose: transactional, pages: [{questions: [{id: score, type: csat, text: ¿Cómo fue?}]}]}
  - slug: pulse
    name: Cómo creemos que lo viven
    purpose: team
    pages: [{questions: [{id: lived, type: matrix, scale: 1-5, text: ¿Cómo lo viven?, rows: [{id: till, text: La caja}, {id: shop, text: La web}]}, {id: more, type: text, text: ¿Algo más?}]}]
  - slug: quiz
    name: Qué prometemos
    purpose: quiz
    pages: [{questions: [{id: days, type: single, text: ¿En cuántos días?, options: [{id: two, text: En dos}, {id: four, text: En cuatro}]}]}]
whys:
  - {slug: till-roster, of: property.queue, because: {policy: El cuadrante de cajas}, area: tills}
properties: [{slug: queue, name: La cola, on: Till Visited, expr: 'properties.queue'}]
`

// World is a team and its service. Times are those of Clock.
type World struct {
	*team.Service
	Models *model.Service
	Clock  *cxtest.Clock
	Facts  history.Store
	Log    []cx.Event // of all that was said and decided; the model first

	t testing.TB
	c team.Config
}

// New opens a company whose team has said nothing, with a history that is empty.
// db opens empty databases; nil for SQLite.
func New(t testing.TB, facts history.Store, db func() *sqldb.DB) *World {
	t.Helper()
	if db == nil {
		db = func() *sqldb.DB {
			d, err := sqldb.Open(t.Context(), sqldb.Config{DSN: filepath.Join(t.TempDir(), "t.db"), Synchronous: "NORMAL"})
			w := World{t: t}
			w.must(err)
			t.Cleanup(func() { _ = d.Close() })
			return d
		}
	}
	w := &World{t: t, Clock: cxtest.NewClock(), Facts: facts}
	state := db()
	var err error
	w.Models, err = model.OpenService(t.Context(), state, w, w.Clock)
	w.must(err)
	_, err = w.Models.Apply(t.Context(), cx.System(), []byte(Company), "")
	w.must(err)
	w.c = team.Config{DB: db(), State: state, Models: w.Models, Facts: facts, Log: w, Key: []byte("key"), Salt: []byte("salt"), Clock: w.Clock}
	w.Open()
	return w
}

// Open opens the service, again when it was open.
func (w *World) Open() {
	w.t.Helper()
	var err error
	w.Service, err = team.Open(w.t.Context(), w.c)
	w.must(err)
	w.must(w.hear(w.Log))
}

// Anew opens the service on an empty store: everything is heard again.
func (w *World) Anew(db *sqldb.DB) {
	w.t.Helper()
	w.c.DB = db
	w.Open()
}

// Append is the log's: what it is given is heard.
func (w *World) Append(_ context.Context, events []cx.Event) (cx.Seq, error) {
	first := cx.Seq(len(w.Log) + 1)
	for i := range events {
		events[i].Seq = first + cx.Seq(i)
	}
	w.Log = append(w.Log, events...)
	if w.Service == nil {
		return first, nil
	}
	return first, w.hear(events)
}

func (w *World) hear(events []cx.Event) error {
	return w.Apply(w.t.Context(), stream.Batch{Events: events, Last: cx.Seq(len(w.Log))})
}

// Person is somebody of the company, limited to areas when there are any.
func Person(n int, areas ...string) cx.Principal {
	return cx.Principal{ID: "person:" + strconv.Itoa(n), Role: cx.Member, Areas: areas}
}

// Answers has a person answer a survey of the team, as listen/survey does it.
func (w *World) Answers(p cx.Principal, survey, answers string) {
	w.t.Helper()
	about, err := w.Standing(w.t.Context(), survey, "", "", p)
	w.must(err)
	n := strconv.Itoa(len(w.Log))
	properties := `"response_id":"r` + n + `"`
	if area, ok := about["area"].(string); ok {
		properties += `,"area":"` + area + `"`
	}
	if about["again"] == true {
		properties += `,"again":true`
	}
	w.Says(`{"type":"team","messageId":"m` + n + `","survey":"` + survey + `","answers":` + answers + `,"properties":{` + properties + `}}`)
}

// Says puts a message of the team in the log.
func (w *World) Says(message string) {
	w.t.Helper()
	e, err := intake.Decode([]byte(message), intake.Defaults{Source: "vivencia", ReceivedAt: w.Clock.Now(), Kind: cx.Team})
	w.must(err)
	_, err = w.Append(w.t.Context(), []cx.Event{e})
	w.must(err)
}

// Scores has as many customers give a score at a touchpoint.
func (w *World) Scores(touchpoint string, values ...float64) {
	w.t.Helper()
	state, err := w.Facts.State(w.t.Context())
	w.must(err)
	b := history.Batch{Last: state.Position}
	for i, v := range values {
		b.Last++
		b.Facts = append(b.Facts, history.Fact{
			Seq: b.Last, Profile: cx.ProfileNo(i + 1), Kind: cx.Answer, Name: "csat", Source: "web", At: w.Clock.Now().Add(-time.Hour),
			Answer: &fact.Answer{Survey: "csat", Items: []fact.AnswerItem{{Question: "score", Metric: "csat", Scale: "1-5", Value: v, HasValue: true}}},
			Said:   history.Said{Class: model.Class{Touchpoint: touchpoint, Area: "tills"}},
		})
	}
	w.must(w.Facts.Append(w.t.Context(), b))
}

// Later lets a month pass, and the first of it say something elsewhere, so that
// what was said before closes.
func (w *World) Later() {
	w.t.Helper()
	w.Clock.Advance(32 * 24 * time.Hour)
	w.must(w.Suggest(w.t.Context(), Person(99), team.IdeaReport{Touchpoint: "shop", Words: "Una idea suelta"}))
	w.Answers(Person(99, "web"), "quiz", `[{"question":"days","choice":"four"}]`)
}

func (w *World) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}
