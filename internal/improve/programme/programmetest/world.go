package programmetest

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/act/cases"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/improve/cycle"
	"github.com/vivencia-cx/vivencia/internal/improve/programme"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/understand/voice"
)

// Company is what the tests' company is: two areas that meet customers.
const Company = `
company: {slug: acme, name: Acme, timezone: Europe/Madrid, currency: EUR, languages: [es]}
areas: [{slug: tills, name: Cajas}, {slug: web, name: Web}]
touchpoints:
  - {slug: till, name: La caja, stage: during, channel: shop, medium: physical, area: tills, surveys: [csat], events: [{name: Queued}, {name: Paid}, {name: Entered}, {name: Greeted}]}
  - {slug: shop, name: La web, stage: during, channel: web, medium: digital, area: web}
promises:
  - {slug: quick, name: Pagas en cinco minutos, area: tills, touchpoint: till, from: {event: Queued}, to: {event: Paid}, within: 5m, objective: 0.9}
  - {slug: kind, name: Te saludamos, area: tills, from: {event: Entered}, to: {event: Greeted}, within: 1m, objective: 0.9}
surveys:
  - {slug: csat, name: Cómo fue, purpose: transactional, pages: [{questions: [{id: score, type: csat, text: ¿Cómo fue?}]}]}
  - {slug: pulse, name: Pulso, purpose: team, pages: [{questions: [{id: more, type: text, text: ¿Algo más?}]}]}
`

// World is the company, on a Monday morning of its own. What it is told stands in its
// fields; the test changes them before it asks.
type World struct {
	*programme.Service
	Accounts *account.Service
	Clock    *cxtest.Clock
	DB       *sqldb.DB

	// Ada may do everything, Bea sits on the board, Leo leads the tills, Sol serves there.
	Ada, Bea, Leo, Sol cx.Principal

	Steps   func(w cx.Window) cycle.Cadence
	InTime  func(w cx.Window) cases.Share
	Lived   func(w cx.Window) (customers, answered int)
	Said    func(touchpoint string, w cx.Window) []voice.Quote
	Path    []string // touchpoints before what is said
	Counted func(who account.Person, kind programme.Kind, w cx.Window) int

	t       testing.TB
	version model.Version
}

// New returns a company of which nothing is told; db is nil for a SQLite of its own.
func New(t testing.TB, db *sqldb.DB) *World {
	t.Helper()
	ctx := t.Context()
	w := &World{Clock: cxtest.NewClock(), DB: db, t: t}
	var err error
	if w.DB == nil {
		w.DB, err = sqldb.Open(ctx, sqldb.Config{DSN: filepath.Join(t.TempDir(), "state.db"), Synchronous: "NORMAL"})
		w.must(err)
		t.Cleanup(func() { _ = w.DB.Close() })
	}
	w.Accounts, err = account.Open(ctx, w.DB, w.Clock)
	w.must(err)
	m, err := model.Parse([]byte(Company))
	w.must(err)
	w.version = model.Version{Number: 1, Model: m}
	w.Service, err = programme.Open(ctx, programme.Config{
		DB: w.DB, Models: w, Accounts: w.Accounts, Cycle: w, Cases: w, Facts: w, Voices: w, Memory: w, Deeds: deeds{w}, Salt: []byte("salt"), Clock: w.Clock,
	})
	w.must(err)
	for _, who := range []struct {
		to    *cx.Principal
		name  string
		role  cx.Role
		areas []string
	}{{&w.Ada, "Ada", cx.Admin, nil}, {&w.Bea, "Bea", cx.Board, nil}, {&w.Leo, "Leo", cx.Lead, []string{"tills"}}, {&w.Sol, "Sol", cx.Member, []string{"tills"}}} {
		*who.to = w.Person(who.name, who.role, who.areas...)
	}
	return w
}

// Person lets somebody work here.
func (w *World) Person(name string, role cx.Role, areas ...string) cx.Principal {
	w.t.Helper()
	p, err := w.Accounts.CreatePerson(w.t.Context(), cx.System(), account.NewPerson{Email: name + "@acme.example", Name: name, Role: role, Areas: areas})
	w.must(err)
	return p.Principal()
}

func (w *World) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// Current implements programme.Models.
func (w *World) Current() model.Version { return w.version }

// Cadence implements programme.Cycle.
func (w *World) Cadence(_ context.Context, _ cx.Principal, window cx.Window) (c cycle.Cadence, err error) {
	if w.Steps != nil {
		c = w.Steps(window)
	}
	return c, nil
}

// Figures implements programme.Cases.
func (w *World) Figures(_ context.Context, _ cx.Principal, q cases.Query, _ string) (f cases.Figures, err error) {
	if w.InTime != nil {
		f.InTime = w.InTime(q.Opened)
	}
	return f, nil
}

// Totals implements programme.Facts.
func (w *World) Totals(_ context.Context, _ cx.Principal, f history.Filter) (t history.Totals, err error) {
	if w.Lived != nil {
		lived, _ := w.Lived(f.Window)
		t.Customers = int64(lived)
	}
	return t, nil
}

// Breakdown implements programme.Facts.
func (w *World) Breakdown(_ context.Context, _ cx.Principal, q history.Query) (all []history.Group, err error) {
	if w.Lived != nil {
		_, answered := w.Lived(q.Filter.Window)
		all = append(all, history.Group{Tally: history.Tally{Customers: int64(answered)}})
	}
	return all, nil
}

// Before implements programme.Memory.
func (w *World) Before(context.Context, cx.Seq) ([]string, error) { return w.Path, nil }

// Quotes implements programme.Voices.
func (w *World) Quotes(_ context.Context, _ cx.Principal, q voice.QuoteQuery) (out voice.Quotes, err error) {
	if w.Said != nil {
		out.Extreme = w.Said(q.Where[0].In[0], q.Window)
	}
	return out, nil
}

// deeds are what people did.
type deeds struct{ *World }

// Did implements programme.Deeds.
func (d deeds) Did(_ context.Context, who account.Person, kind programme.Kind, window cx.Window) (int, error) {
	if d.Counted == nil {
		return 0, nil
	}
	return d.Counted(who, kind, window), nil
}
