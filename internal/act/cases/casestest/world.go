package casestest

import (
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/act/cases"
	"github.com/vivencia-cx/vivencia/internal/act/dialogue/dialoguetest"
	"github.com/vivencia-cx/vivencia/internal/act/notify"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// Plan is how the company works on cases; its choices are offered in them.
const Plan = `
segments: []
calendars: [{slug: office, name: Oficina, timezone: Europe/Madrid, hours: {mon-fri: ["09:00-17:00"]}}]
choices:
  - {slug: ways, question: "¿Qué prefieres, {customer.first_name ?? tú}?", options: [{id: shop, text: Recogerlo}, {id: wait, text: Esperar}], expires: 2d}
cases:
  calendar: office
  area: care
  within: 8h
  confirm: 7d
  escalate: {lead: 2h, above: 8h, area: care}
  kinds:
    - {slug: late, name: {es: Llega tarde, en: It is late, pt: Chega tarde}, area: sales, within: 4h, checklist: [{slug: call, text: Llamar}], anyone: true}
    - {slug: broken, name: Roto}
  give:
    - {role: member, area: sales, each: 10, month: 25}
    - {role: lead, each: 50, month: 200}
`

// World is the company, of which Settle lets what is due be done.
type World struct {
	*dialoguetest.World
	Cases    *cases.Service
	Accounts *account.Service

	// People of it: Sol is a member of sales, Leo leads it, Cora serves in care, Ada
	// may do everything.
	Sol, Leo, Cora, Ada cx.Principal

	t       testing.TB
	mu      sync.Mutex // guards what follows
	notices []notify.Notice
}

// New returns a world that keeps its state in db, with its jobs at work.
func New(t testing.TB, db *sqldb.DB, facts history.Store, plan string) *World {
	t.Helper()
	ctx := t.Context()
	w := &World{World: dialoguetest.New(t, db, facts, plan), t: t}
	var err error
	w.Accounts, err = account.Open(ctx, db, w.Clock, account.WithKey([]byte("0123456789abcdef0123456789abcdef")))
	w.must(err)
	w.Cases, err = cases.Open(ctx, cases.Config{
		DB: db, Jobs: w.Jobs, Dialogue: w.Dialogue, Log: w, Models: w.Models, Memory: w.Memory, Facts: w.Facts, Accounts: w.Accounts, Notices: w, Key: dialoguetest.Key(), Clock: w.Clock,
		Logger: slog.New(slog.DiscardHandler),
	})
	w.must(err)
	for _, who := range []struct {
		to    *cx.Principal
		name  string
		role  cx.Role
		areas []string
	}{{&w.Ada, "Ada Todo", cx.Admin, nil}, {&w.Sol, "Sol Vega", cx.Member, []string{"sales"}}, {&w.Leo, "Leo Díaz", cx.Lead, []string{"sales"}}, {&w.Cora, "Cora Gil", cx.Member, []string{"care"}}} {
		first, _, _ := strings.Cut(strings.ToLower(who.name), " ")
		p, err := w.Accounts.CreatePerson(ctx, cx.System(), account.NewPerson{Email: first + "@acme.example", Name: who.name, Role: who.role, Areas: who.areas})
		w.must(err)
		*who.to = p.Principal()
	}
	w.Start()
	return w
}

func (w *World) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// Tell keeps what people of the company are told.
func (w *World) Tell(_ context.Context, n notify.Notice) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.notices = append(w.notices, n)
	return nil
}

// Notices are those told to a person so far.
func (w *World) Notices(p cx.Principal) (titles []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, n := range w.notices {
		if n.To.Person == p.ID {
			titles = append(titles, n.Title.ES)
		}
	}
	return titles
}

// Records are the changes of a case as the log tells them, in its order, each
// message once.
func (w *World) Records(id string) (all []cases.Changed) {
	w.t.Helper()
	for _, e := range w.Events(cases.ChangedEvent) {
		var c cases.Changed
		w.must(json.Unmarshal(e.Properties, &c))
		if c.Case == id {
			all = append(all, c)
		}
	}
	return all
}

// Told are the titles of what an area was told so far.
func (w *World) Told(area string) (titles []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, n := range w.notices {
		if n.To.Area == area {
			titles = append(titles, n.Title.ES)
		}
	}
	return titles
}
