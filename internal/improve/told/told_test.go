package told_test

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/act/dialogue"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/history/duckdb"
	"github.com/vivencia-cx/vivencia/internal/improve/cycle"
	"github.com/vivencia-cx/vivencia/internal/improve/impact"
	"github.com/vivencia-cx/vivencia/internal/improve/told"
	"github.com/vivencia-cx/vivencia/internal/jobs"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/sqldb/sqldbtest"
	"github.com/vivencia-cx/vivencia/internal/understand/segment/segmenttest"
)

// world is stories on a real memory and queue; what customers are sent is noted.
type world struct {
	*segmenttest.House
	t     *testing.T
	queue *jobs.Queue
	told  *told.Service

	mu       sync.Mutex
	full     cycle.Full
	behind   []cx.CustomerID
	sent     []string
	noted    int
	unwanted map[cx.CustomerID]bool
	written  int // how often everybody was written to lately
	idle     chan struct{}
}

func newWorld(t *testing.T, open func(*testing.T) *sqldb.DB, yaml string) *world {
	t.Helper()
	facts, err := duckdb.Open(t.Context(), duckdb.Config{Path: filepath.Join(t.TempDir(), "history.duckdb"), Memory: 256 << 20, Threads: 1})
	must(t, err)
	t.Cleanup(func() { must(t, facts.Close()) })
	w := &world{t: t, House: segmenttest.New(t, facts, yaml), unwanted: map[cx.CustomerID]bool{}, idle: make(chan struct{}, 100)}
	db := open(t)
	w.queue, err = jobs.Open(t.Context(), jobs.Config{DB: db, Clock: w.Clock, Logger: slog.New(slog.DiscardHandler), Holder: "test"})
	must(t, err)
	w.told, err = told.Open(t.Context(), told.Config{DB: db, Jobs: w.queue, Initiatives: w, Models: w.Models, Memory: w.Memory, Dialogue: w, Outbox: w, Clock: w.Clock})
	must(t, err)
	w.full.Evaluation = &impact.Evaluation{Verdict: impact.Worked}
	return w
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (w *world) Initiative(_ context.Context, _ cx.Principal, slug string) (cycle.Full, error) {
	if slug != "notice" {
		return cycle.Full{}, cx.Errorf(cx.NotFound, "world", "there is no such initiative")
	}
	return w.full, nil
}

func (w *world) Behind(context.Context, string) ([]cx.CustomerID, []cx.Seq, error) {
	return w.behind, nil, nil
}

func (w *world) Told(_ context.Context, _ cx.Principal, _ string, n int) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.noted += n
	w.idle <- struct{}{}
	return nil
}

func (w *world) Send(_ context.Context, _ cx.Principal, n dialogue.Note) (dialogue.Message, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sent = append(w.sent, fmt.Sprintf("message %s: %s", n.Customer, n.Text.ES))
	return dialogue.Message{Text: n.Text.ES}, nil
}

func (w *world) Live(_ context.Context, l dialogue.Lived) (cx.Seq, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sent = append(w.sent, fmt.Sprintf("%s %s: %v", l.Name, l.Customer, l.Properties["text"]))
	return 1, nil
}

func (w *world) Unsubscribed(_ context.Context, id cx.CustomerID) (bool, error) {
	return w.unwanted[id], nil
}

func (w *world) Contacted(context.Context, []cx.CustomerID, cx.Time) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.written, nil
}

// start sets the jobs to work.
func (w *world) start() {
	w.queue.Start()
	w.t.Cleanup(func() { must(w.t, w.queue.Close()) })
}

// asked lets customers be behind the initiative.
func (w *world) asked(users ...string) {
	w.t.Helper()
	for _, user := range users {
		w.House.Live(cxtest.Identify(user, "", 0, cxtest.Object{"may_ask": !strings.HasPrefix(user, "no")}))
		w.behind = append(w.behind, w.ID(user))
	}
}

// await waits until the initiative hears how many were told.
func (w *world) await() {
	w.t.Helper()
	select {
	case <-w.idle:
	case <-time.After(20 * time.Second):
		w.t.Fatal("nobody was told")
	}
}

var story = told.Story{
	Initiative: "notice",
	Said:       model.Text{ES: "No sé cuándo llega.", EN: "I do not know when it comes.", PT: "Não sei quando chega."},
	Did:        model.Text{ES: "Avisamos antes.", EN: "We tell you before.", PT: "Avisamos antes."},
}

const anyHour = "\nasking: {quiet: none, consent: may_ask}\n"

// Those behind it are told, each once, and they live it; who does not want it, or did
// not agree, is not.
func TestTell(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, open func(*testing.T) *sqldb.DB) {
		w := newWorld(t, open, anyHour)
		w.start()
		ctx, all := t.Context(), cx.System()
		w.asked("ana", "eva", "no-leo", "not-wanted")
		w.House.Live(cxtest.Identify("quits", "", 0, cxtest.Object{"may_ask": true}))
		w.behind = append(w.behind, w.ID("quits"), w.ID("ana"))
		w.unwanted[w.ID("quits")] = true
		if _, err := w.told.Tell(ctx, all, "notice"); cx.KindOf(err) != cx.Invalid {
			t.Errorf("without words: %v", err)
		}
		_, err := w.told.Keep(ctx, all, story)
		must(t, err)
		n, err := w.told.Tell(ctx, all, "notice")
		if err != nil || n != 5 {
			t.Fatalf("%d, %v", n, err)
		}
		w.await()
		if n, err := w.told.Tell(ctx, all, "notice"); err != nil || n != 0 {
			t.Errorf("again: %d, %v", n, err)
		}
		got, err := w.told.Story(ctx, all, "notice")
		if err != nil || got.Told != 2 || got.Waiting != 0 || got.Not[told.NoConsent] != 2 || got.Not[told.Unsubscribed] != 1 || w.noted != 2 {
			t.Errorf("%+v, %d noted, %v", got, w.noted, err)
		}
		w.mu.Lock()
		slices.Sort(w.sent)
		want := []string{}
		for _, user := range []string{"ana", "eva"} {
			want = append(want, fmt.Sprintf("Change Told %s: Avisamos antes.", w.ID(user)), fmt.Sprintf("message %s: Avisamos antes.", w.ID(user)))
		}
		slices.Sort(want)
		if !slices.Equal(w.sent, want) {
			t.Errorf("%q", w.sent)
		}
		w.mu.Unlock()
		sections, err := w.told.Export(ctx, cx.Subject{Customer: w.ID("ana")})
		if err != nil || len(sections) != 1 || fmt.Sprint(sections[0].Items) == "[]" {
			t.Errorf("%v, %v", sections, err)
		}
		if n, err := w.told.Erase(ctx, cx.Subject{Customer: w.ID("ana")}); err != nil || n != 1 {
			t.Errorf("%d, %v", n, err)
		}
	})
}

// Nobody is told in their quiet hours, nor too often: they are told later.
func TestTellPolitely(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, open func(*testing.T) *sqldb.DB) {
		w := newWorld(t, open, "\nasking: {quiet: \"08:00-12:00\", contacts: {n: 1, per: 7d}}\n") // it is 10:00 in Madrid
		ctx, all := t.Context(), cx.System()
		w.asked("ana")
		w.written = 1
		_, err := w.told.Keep(ctx, all, story)
		must(t, err)
		_, err = w.told.Tell(ctx, all, "notice")
		must(t, err)
		for _, wait := range []time.Duration{0, 3 * time.Hour, 24 * time.Hour} { // quiet; then written to too often, twice
			w.Clock.Advance(wait)
			if err := w.told.TellOne(ctx, "notice", w.ID("ana")); err == nil || len(w.sent) > 0 {
				t.Errorf("told too early: %q, %v", w.sent, err)
			}
		}
		w.written = 0
		must(t, w.told.TellOne(ctx, "notice", w.ID("ana")))
		must(t, w.told.TellOne(ctx, "notice", w.ID("ana"))) // twice is once
		if len(w.sent) != 2 || w.noted != 1 {
			t.Errorf("%q, %d noted", w.sent, w.noted)
		}
	})
}

// Who is written to too often for a month is not told at all.
func TestTellGivesUp(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, open func(*testing.T) *sqldb.DB) {
		w := newWorld(t, open, "\nasking: {quiet: none, contacts: {n: 1, per: 7d}}\n")
		ctx, all := t.Context(), cx.System()
		w.asked("ana")
		w.written = 1
		_, err := w.told.Keep(ctx, all, story)
		must(t, err)
		_, err = w.told.Tell(ctx, all, "notice")
		must(t, err)
		w.Clock.Advance(29 * 24 * time.Hour)
		must(t, w.told.TellOne(ctx, "notice", w.ID("ana")))
		if got, err := w.told.Story(ctx, all, "notice"); err != nil || got.Not[told.Fatigue] != 1 || len(w.sent) > 0 {
			t.Errorf("%+v, %q, %v", got, w.sent, err)
		}
	})
}

// What is public has worked or was adopted, and is said in every language.
func TestPublic(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, open func(*testing.T) *sqldb.DB) {
		w := newWorld(t, open, "")
		ctx, all := t.Context(), cx.System()
		public := story
		public.Public = true
		half := public
		half.Did.PT = ""
		if _, err := w.told.Keep(ctx, all, half); cx.KindOf(err) != cx.Invalid || !strings.Contains(fmt.Sprint(err), "did.pt") {
			t.Errorf("%v", err)
		}
		w.full.Evaluation.Verdict = impact.CannotTell
		if _, err := w.told.Keep(ctx, all, public); cx.KindOf(err) != cx.Conflict {
			t.Errorf("what nobody can tell is public: %v", err)
		}
		if _, err := w.told.Tell(ctx, all, "notice"); cx.KindOf(err) != cx.Conflict {
			t.Errorf("what nobody can tell is told: %v", err)
		}
		w.full.Decision = &cycle.Decision{Choice: cycle.Adopt}
		kept, err := w.told.Keep(ctx, all, public)
		if err != nil || kept.PublicAt != w.Clock.Now() {
			t.Errorf("%+v, %v", kept, err)
		}
		w.Clock.Advance(time.Hour)
		again, err := w.told.Keep(ctx, all, public)
		if err != nil || again.PublicAt != kept.PublicAt {
			t.Errorf("written again it is newer: %+v, %v", again, err)
		}
		if entries, err := w.told.Public(ctx); err != nil || len(entries) != 1 || entries[0].Said != story.Said {
			t.Errorf("%+v, %v", entries, err)
		}
		if _, err := w.told.Keep(ctx, all, story); err != nil {
			t.Error(err)
		}
		if entries, err := w.told.Public(ctx); err != nil || len(entries) != 0 {
			t.Errorf("taken back it is public: %+v, %v", entries, err)
		}
		if _, err := w.told.Keep(ctx, cx.Principal{ID: "person:2", Role: cx.Member}, story); cx.KindOf(err) != cx.Forbidden {
			t.Errorf("a member writes it: %v", err)
		}
		if _, err := w.told.Story(ctx, all, "none"); cx.KindOf(err) != cx.NotFound {
			t.Errorf("%v", err)
		}
	})
}
