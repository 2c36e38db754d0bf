package dialoguetest

import (
	"context"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/act/deliver"
	"github.com/vivencia-cx/vivencia/internal/act/dialogue"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/jobs"
	"github.com/vivencia-cx/vivencia/internal/remember/identity"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/understand/segment/segmenttest"
)

// World is the company. Its clock stands still; Settle lets what is due be done.
type World struct {
	*segmenttest.House
	DB       *sqldb.DB
	Jobs     *jobs.Queue
	Deliver  *deliver.Service
	Dialogue *dialogue.Service

	t      testing.TB
	mu     sync.Mutex // one append at a time; guards what follows
	events []cx.Event
}

// Key is the secret of the company's instance.
func Key() []byte { return []byte("of this instance, 32 bytes long..") }

// New returns a world that keeps its state in db. Start sets its jobs to work.
func New(t testing.TB, db *sqldb.DB, facts history.Store, plan string) *World {
	t.Helper()
	ctx := t.Context()
	w := &World{House: segmenttest.New(t, facts, plan), DB: db, t: t}
	logger := slog.New(slog.DiscardHandler)
	var err error
	w.Jobs, err = jobs.Open(ctx, jobs.Config{DB: db, Clock: w.Clock, Logger: logger, Holder: "test"})
	w.must(err)
	w.Deliver, err = deliver.Open(ctx, deliver.Config{DB: db, Jobs: w.Jobs, Log: w, People: w.Memory, Base: "https://cx.example", Key: Key(), Clock: w.Clock, Logger: logger})
	w.must(err)
	w.Dialogue, err = dialogue.Open(ctx, dialogue.Config{DB: db, Jobs: w.Jobs, Deliver: w.Deliver, Log: w, Models: w.Models, People: readers{w.House}, Base: "https://cx.example", Key: Key(), Clock: w.Clock, Logger: logger})
	w.must(err)
	return w
}

// Start sets the jobs to work until the test ends.
func (w *World) Start() {
	w.Jobs.Start()
	w.t.Cleanup(func() { w.must(w.Jobs.Close()) })
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
	first, err := w.House.Append(ctx, events)
	w.events = append(w.events, events...)
	return first, err
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
