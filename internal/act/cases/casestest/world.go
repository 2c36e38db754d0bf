package casestest

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/act/cases"
	"github.com/vivencia-cx/vivencia/internal/act/deliver"
	"github.com/vivencia-cx/vivencia/internal/act/dialogue"
	"github.com/vivencia-cx/vivencia/internal/act/notify"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/jobs"
	"github.com/vivencia-cx/vivencia/internal/remember/identity"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/understand/segment/segmenttest"
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

// World is the company. Its clock stands still; Settle lets what is due be done.
type World struct {
	*segmenttest.House
	DB       *sqldb.DB
	Jobs     *jobs.Queue
	Deliver  *deliver.Service
	Dialogue *dialogue.Service
	Cases    *cases.Service
	Accounts *account.Service

	// People of it: Sol is a member of sales, Leo leads it, Cora serves in care, Ada
	// may do everything.
	Sol, Leo, Cora, Ada cx.Principal

	t  testing.TB
	mu sync.Mutex // one append at a time; guards what follows

	notices []notify.Notice
	events  []cx.Event
}

// New returns a world that keeps its state in db.
func New(t testing.TB, db *sqldb.DB, facts history.Store, plan string) *World {
	t.Helper()
	ctx := t.Context()
	w := &World{House: segmenttest.New(t, facts, plan), DB: db, t: t}
	logger := slog.New(slog.DiscardHandler)
	key := []byte("of this instance, 32 bytes long..")
	var err error
	w.Jobs, err = jobs.Open(ctx, jobs.Config{DB: db, Clock: w.Clock, Logger: logger, Holder: "test"})
	w.must(err)
	w.Deliver, err = deliver.Open(ctx, deliver.Config{DB: db, Jobs: w.Jobs, Log: w, People: w.Memory, Base: "https://cx.example", Key: key, Clock: w.Clock, Logger: logger})
	w.must(err)
	w.Dialogue, err = dialogue.Open(ctx, dialogue.Config{DB: db, Jobs: w.Jobs, Deliver: w.Deliver, Log: w, Models: w.Models, People: readers{w.House}, Base: "https://cx.example", Key: key, Clock: w.Clock, Logger: logger})
	w.must(err)
	w.Accounts, err = account.Open(ctx, db, w.Clock, account.WithKey([]byte("0123456789abcdef0123456789abcdef")))
	w.must(err)
	w.Cases, err = cases.Open(ctx, cases.Config{
		DB: db, Jobs: w.Jobs, Dialogue: w.Dialogue, Log: w, Models: w.Models, Memory: w.Memory, Facts: w.Facts, Accounts: w.Accounts, Notices: w, Key: key, Clock: w.Clock, Logger: logger,
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
	w.Jobs.Start()
	t.Cleanup(func() { w.must(w.Jobs.Close()) })
	return w
}

func (w *World) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// Append is the log's.
func (w *World) Append(ctx context.Context, events []cx.Event) (cx.Seq, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.events = append(w.events, events...)
	return w.House.Append(ctx, events)
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

// Events are those of a name in the log, each message once.
func (w *World) Events(name string) (all []cx.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	seen := map[string]bool{}
	for _, e := range w.events {
		if e.Name == name && !seen[e.MessageID] {
			seen[e.MessageID] = true
			all = append(all, e)
		}
	}
	return all
}

// Settle waits until nothing is due any more. Mail stays in the outbox: there is
// no server.
func (w *World) Settle() {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 20*time.Second)
	defer cancel()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		var due, failed int
		w.must(w.DB.Read(ctx, func(tx *sqldb.Tx) error {
			return tx.QueryRow(ctx, `SELECT COUNT(CASE WHEN due <= $1 THEN 1 END), COUNT(CASE WHEN error <> '' THEN 1 END) FROM jobs WHERE kind <> 'deliver' AND dead_at = 0`, int64(w.Clock.Now())).Scan(&due, &failed)
		}))
		if due == 0 && failed == 0 {
			return
		}
		w.Jobs.Wake()
		select {
		case <-tick.C:
		case <-ctx.Done():
			w.t.Fatalf("%d jobs are still due, %d failed: %s", due, failed, w.errors())
		}
	}
}

func (w *World) errors() (text string) {
	_ = w.DB.Read(context.Background(), func(tx *sqldb.Tx) error {
		return tx.QueryRow(context.Background(), `SELECT kind || ' ' || key || ': ' || error FROM jobs WHERE error <> '' LIMIT 1`).Scan(&text)
	})
	return text
}

// Advance lets time pass, and what is due be done.
func (w *World) Advance(d time.Duration) {
	w.t.Helper()
	w.Clock.Advance(d)
	w.Settle()
}

// Customer makes a customer with an address, and returns them.
func (w *World) Customer(userID, name string) cx.CustomerID {
	w.t.Helper()
	w.live(cxtest.Identify(userID, "", w.Clock.Now().Sub(cxtest.Epoch), cxtest.Object{"name": name, "email": userID + "@example.com"}))
	return w.ID(userID)
}

// Lived lets a customer live an event now.
func (w *World) Lived(userID, name string, properties cxtest.Object) {
	w.t.Helper()
	w.live(cxtest.Track(userID, name, w.Clock.Now().Sub(cxtest.Epoch), properties))
}

func (w *World) live(e cx.Event) {
	w.t.Helper()
	_, err := w.Append(w.t.Context(), []cx.Event{e})
	w.must(err)
}

// Token is the last part of an address.
func (w *World) Token(address string) string {
	w.t.Helper()
	u, err := url.Parse(address)
	w.must(err)
	return u.Path[strings.LastIndexByte(u.Path, '/')+1:]
}

// readers tells the conversations who customers are, as the app does.
type readers struct{ *segmenttest.House }

// Person returns a customer as events name them.
func (r readers) Person(ctx context.Context, p cx.Principal, id cx.CustomerID) (dialogue.Person, error) {
	c, err := r.Customer(ctx, p, id)
	if err != nil {
		return dialogue.Person{}, err
	}
	who := dialogue.Person{ID: c.ID, Name: c.Name, Email: c.Email, Traits: []byte(`{}`)}
	who.FirstName, _, _ = strings.Cut(c.Name, " ")
	for _, i := range c.Identifiers {
		if i.Kind == identity.UserID {
			who.UserID = i.Value
		}
	}
	return who, nil
}
