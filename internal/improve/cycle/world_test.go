package cycle_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/act/dialogue/dialoguetest"
	"github.com/vivencia-cx/vivencia/internal/act/notify"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history/historytest"
	"github.com/vivencia-cx/vivencia/internal/improve/cycle"
	"github.com/vivencia-cx/vivencia/internal/improve/impact"
	"github.com/vivencia-cx/vivencia/internal/jobs"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/sqldb/sqldbtest"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

// world is a small company with real stores that improves. Its clock stands still.
type world struct {
	*dialoguetest.World
	Cycle    *cycle.Service
	Accounts *account.Service

	// Ada may do everything, Bea sits on the board, Leo leads sales, Sol serves there,
	// Cora leads care.
	Ada, Bea, Leo, Sol, Cora cx.Principal

	source  *source
	judge   *judge
	t       *testing.T
	mu      sync.Mutex // guards what follows
	notices []notify.Notice
}

// source finds what it is told to.
type source struct {
	mu    sync.Mutex
	found []cycle.Proposal
}

func (*source) Source() cycle.Source { return cycle.FromDriver }

func (s *source) Find(context.Context) ([]cycle.Proposal, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.found), nil
}

func (s *source) finds(all ...cycle.Proposal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.found = all
}

// OfPoint is 50 minor units, give or take 10.
func (*source) OfPoint(context.Context) (outcome.Estimate, error) {
	return outcome.Estimate{Value: 50, Low: 40, High: 60, N: 900}, nil
}

// judge knows that plans need a metric, and how many customers there are.
type judge struct{ eligible int }

func (*judge) Check(_ context.Context, p impact.Plan) (faults []cx.Fault) {
	if p.Metric.Kind == "" {
		faults = append(faults, cx.Fault{Field: "plan.metric.kind", Message: "is missing"})
	}
	return faults
}

func (j *judge) Power(_ context.Context, _ cx.Principal, p impact.Plan) (impact.Power, error) {
	return impact.Power{Each: 400, Eligible: j.eligible, Reachable: j.eligible >= 800, Design: p.Design.Kind}, nil
}

func newWorld(t *testing.T, db *sqldb.DB) *world {
	t.Helper()
	ctx := t.Context()
	w := &world{World: dialoguetest.New(t, db, historytest.NewOracle(), "segments: []\n"), source: &source{}, judge: &judge{eligible: 5000}, t: t}
	var err error
	w.Accounts, err = account.Open(ctx, db, w.Clock)
	w.must(err)
	w.open(ctx)
	for _, who := range []struct {
		to    *cx.Principal
		name  string
		role  cx.Role
		areas []string
	}{
		{&w.Ada, "Ada", cx.Admin, nil},
		{&w.Bea, "Bea", cx.Board, nil},
		{&w.Leo, "Leo", cx.Lead, []string{"sales"}},
		{&w.Sol, "Sol", cx.Member, []string{"sales"}},
		{&w.Cora, "Cora", cx.Lead, []string{"care"}},
	} {
		p, err := w.Accounts.CreatePerson(ctx, cx.System(), account.NewPerson{Email: who.name + "@acme.example", Name: who.name, Role: who.role, Areas: who.areas})
		w.must(err)
		*who.to = p.Principal()
	}
	w.Start()
	return w
}

// open opens the cycle on the jobs of the world.
func (w *world) open(ctx context.Context) {
	w.t.Helper()
	var err error
	w.Cycle, err = cycle.Open(ctx, cycle.Config{
		DB: w.DB, Jobs: w.Jobs, Log: w, Models: w.Models, Memory: w.Memory, Accounts: w.Accounts, Notices: w, Impact: w.judge,
		Finders: []cycle.Finder{w.source}, Worth: w.source, Clock: w.Clock, Logger: slog.New(slog.DiscardHandler),
	})
	w.must(err)
}

// again is the process that comes after one that was killed.
func (w *world) again(ctx context.Context) {
	w.t.Helper()
	var err error
	w.Jobs, err = jobs.Open(ctx, jobs.Config{DB: w.DB, Clock: w.Clock, Logger: slog.New(slog.DiscardHandler), Holder: "test"})
	w.must(err)
	w.open(ctx)
	w.Start()
}

func each(t *testing.T, fn func(t *testing.T, w *world)) {
	t.Helper()
	sqldbtest.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) { fn(t, newWorld(t, open(t))) })
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// Tell keeps what people are told.
func (w *world) Tell(_ context.Context, n notify.Notice) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !slices.ContainsFunc(w.notices, func(had notify.Notice) bool { return had.Key == n.Key }) {
		w.notices = append(w.notices, n)
	}
	return nil
}

// told are the titles of the notices of a person or an area.
func (w *world) told(who string) (titles []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, n := range w.notices {
		if n.To.Person == who || n.To.Area == who {
			titles = append(titles, n.Title.EN)
		}
	}
	return titles
}

// records are the steps of an initiative as the log tells them, each message once.
func (w *world) records(slug string) (all []cycle.Changed) {
	w.t.Helper()
	for _, e := range w.Events(cycle.ChangedEvent) {
		var c cycle.Changed
		w.must(json.Unmarshal(e.Properties, &c))
		if c.Initiative == slug {
			all = append(all, c)
		}
	}
	return all
}

func whats(all []cycle.Changed) (out []cycle.What) {
	for _, c := range all {
		out = append(out, c.What)
	}
	return out
}

// draft is a plan that may start.
func (w *world) draft(title string) cycle.Draft {
	return cycle.Draft{
		Title: text(title), Hypothesis: text("Si avisamos antes, vuelven más"), Areas: []string{"sales"}, Owner: w.Leo.ID, People: []string{w.Sol.ID},
		About: cycle.About{Touchpoint: "shop"}, Budget: 90_000, Until: w.Clock.Now().Add(30 * 24 * time.Hour),
		Plan: impact.Plan{Design: impact.Design{Kind: impact.Random}, Metric: impact.Metric{Kind: impact.Return, Days: 60}, Expected: .05},
		Milestones: []cycle.Milestone{
			{Title: text("Escribir el mensaje"), Due: w.Clock.Now().Add(24 * time.Hour)},
			{Title: text("Formar al equipo"), Area: "sales", Due: w.Clock.Now().Add(48 * time.Hour)},
		},
	}
}

func text(s string) model.Text { return model.Text{ES: s} }

func must[T any](t *testing.T) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func second[T any](_ T, err error) error { return err }

// fields are those of the faults of an error.
func fields(err error) (out []string) {
	for _, f := range cx.FaultsOf(err) {
		out = append(out, f.Field)
	}
	return out
}
