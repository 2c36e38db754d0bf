package cycle_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/improve/cycle"
	"github.com/vivencia-cx/vivencia/internal/improve/impact"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/sqldb/sqldbtest"
)

// life is what an initiative must be, whatever is done to it.
type life struct {
	stage    cycle.Stage
	hash     string
	until    cx.Time
	days     int // of its metric
	verdict  impact.Verdict
	number   int
	version  int
	revision int64
	after    bool // there is a next version
}

// Whatever people, evaluations and time do in whatever order: an initiative goes the
// way of the model, what is frozen stays as it was, its story has no holes and the
// log tells the same story.
func TestAnyLifeKeepsTheLaws(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		w := newWorld(t, open(t))
		ctx := t.Context()
		rapid.Check(t, func(t *rapid.T) {
			first, err := w.Cycle.Plan(ctx, w.Leo, w.draft("Una idea"))
			if err != nil {
				t.Fatal(err)
			}
			slug := first.Slug
			l := life{stage: cycle.Planning, days: 60, version: 1, until: first.Until}
			// expect holds an outcome against what the model says of it.
			expect := func(allowed bool, i cycle.Initiative, err error) {
				t.Helper()
				if allowed != (err == nil) || !allowed && cx.KindOf(err) != cx.Conflict {
					t.Fatalf("at %s, allowed %v: %v", l.stage, allowed, err)
				}
				if err == nil && i.Slug != slug {
					t.Fatalf("%s became %s", slug, i.Slug)
				}
			}
			t.Repeat(map[string]func(*rapid.T){
				"": func(t *rapid.T) {
					f, err := w.Cycle.Initiative(ctx, w.Leo, slug)
					if err != nil {
						t.Fatal(err)
					}
					l.holds(t, f)
				},
				"edit": func(t *rapid.T) {
					f, err := w.Cycle.Initiative(ctx, w.Leo, slug)
					if err != nil {
						t.Fatal(err)
					}
					d := f.Draft
					d.Budget = rapid.Int64Range(0, 1e6).Draw(t, "budget")
					d.Plan.Metric.Days = rapid.SampledFrom([]int{30, 60, 90}).Draw(t, "days")
					same := d.Plan.Metric.Days == l.days
					i, err := w.Cycle.Edit(ctx, w.Leo, slug, f.Revision, d)
					expect(l.stage == cycle.Planning || l.stage != cycle.Closed && (same || l.hash == ""), i, err)
					if err == nil {
						l.days = d.Plan.Metric.Days
					}
				},
				"edit what is old": func(t *rapid.T) {
					_, err := w.Cycle.Edit(ctx, w.Leo, slug, l.revision+1, w.draft("Otra"))
					if cx.KindOf(err) != cx.Conflict {
						t.Fatal(err)
					}
				},
				"start": func(*rapid.T) {
					if l.stage == cycle.Planning && l.until <= w.Clock.Now() {
						return // its time is over before it begins: a fault, tested elsewhere
					}
					i, err := w.Cycle.Start(ctx, w.Leo, slug, 0)
					expect(l.stage == cycle.Planning, i, err)
					if err == nil {
						l.stage, l.hash = cycle.Doing, i.Hash
					}
				},
				"end": func(*rapid.T) {
					i, err := w.Cycle.End(ctx, w.Leo, slug, 0)
					expect(l.stage == cycle.Doing, i, err)
					if err == nil {
						l.stage = cycle.Evaluating
					}
				},
				"stop": func(*rapid.T) {
					i, err := w.Cycle.Stop(ctx, w.Leo, slug, 0, "Basta")
					expect(l.stage == cycle.Planning || l.stage == cycle.Doing, i, err)
					if err == nil {
						l.stage = map[cycle.Stage]cycle.Stage{cycle.Planning: cycle.Closed, cycle.Doing: cycle.Evaluating}[l.stage]
					}
				},
				"evaluate": func(t *rapid.T) {
					if l.hash == "" {
						return // nothing is evaluated before it starts
					}
					l.number++
					l.verdict = rapid.SampledFrom([]impact.Verdict{impact.Worked, impact.DidNot, impact.CannotTell}).Draw(t, "verdict")
					final := rapid.IntRange(0, 3).Draw(t, "final") == 0
					if err := w.Cycle.Judged().Evaluated(ctx, slug, impact.Evaluation{ID: "e", Number: l.number, Verdict: l.verdict, Final: final}); err != nil {
						t.Fatal(err)
					}
					if final && l.stage == cycle.Doing {
						l.stage = cycle.Evaluating
					}
				},
				"breach": func(t *rapid.T) {
					if l.hash == "" {
						return
					}
					if err := w.Cycle.Judged().Breached(ctx, slug, "csat", impact.Evaluation{ID: "e", Number: l.number, Verdict: l.verdict}); err != nil {
						t.Fatal(err)
					}
					if l.stage == cycle.Doing {
						l.stage = cycle.Evaluating
					}
				},
				"decide": func(t *rapid.T) {
					choice := rapid.SampledFrom([]cycle.Choice{cycle.Adopt, cycle.Stop, cycle.Next}).Draw(t, "choice")
					i, err := w.Cycle.Decide(ctx, w.Leo, slug, 0, cycle.Decision{Choice: choice, Into: cycle.IntoScript, Why: "Porque sí", Learned: text("Algo")})
					expect(l.stage == cycle.Evaluating, i, err)
					if err == nil {
						l.stage, l.after = cycle.Closed, choice == cycle.Next
						if choice == cycle.Adopt {
							l.stage = cycle.Improving
						}
					}
				},
				"close": func(*rapid.T) {
					i, err := w.Cycle.Close(ctx, w.Leo, slug, 0)
					expect(l.stage == cycle.Improving, i, err)
					if err == nil {
						l.stage = cycle.Closed
					}
				},
				"time": func(t *rapid.T) {
					w.Advance(time.Duration(rapid.IntRange(1, 20).Draw(t, "days")) * 24 * time.Hour)
					if l.stage == cycle.Doing && l.until <= w.Clock.Now() {
						l.stage = cycle.Evaluating
					}
				},
			})
			w.Settle()
			f, err := w.Cycle.Initiative(ctx, w.Leo, slug)
			if err != nil {
				t.Fatal(err)
			}
			var told []cycle.What
			for _, e := range f.Story {
				if e.What != cycle.Edited && e.What != cycle.Versioned {
					told = append(told, e.What)
				}
			}
			logged := whats(w.records(slug))
			slices.Sort(told)
			slices.Sort(logged)
			if !slices.Equal(told, logged) {
				t.Fatalf("the log tells %v, the story %v", logged, told)
			}
		})
	})
}

func (l *life) holds(t *rapid.T, f cycle.Full) {
	t.Helper()
	if f.Stage != l.stage || f.Hash != l.hash || f.Plan.Metric.Days != l.days || f.Version != l.version || (f.Child != "") != l.after {
		t.Fatalf("it is at %s of %s, %d days; the model says %+v", f.Stage, f.Hash, f.Plan.Metric.Days, *l)
	}
	if f.Hash != "" && f.Hash != cycle.HashOf(f.Slug, f.Draft) {
		t.Fatal("what was frozen is another plan now")
	}
	if l.number > 0 && (f.Evaluation == nil || f.Evaluation.Number != l.number || f.Evaluation.Verdict != l.verdict) {
		t.Fatalf("evaluated as %+v, the model says %+v", f.Evaluation, *l)
	}
	if f.Revision != int64(len(f.Story)) || f.Revision < l.revision {
		t.Fatalf("revision %d of %d entries", f.Revision, len(f.Story))
	}
	l.revision = f.Revision
	for n, e := range f.Story {
		if e.N != int64(n+1) || n > 0 && e.At < f.Story[n-1].At {
			t.Fatalf("the story has a hole: %+v", f.Story)
		}
	}
	ended := l.stage == cycle.Evaluating || l.stage == cycle.Improving
	if ended && f.EndedAt == 0 || (l.stage == cycle.Closed) != (f.ClosedAt != 0) || l.stage == cycle.Improving && f.Decision == nil {
		t.Fatalf("%+v", f.Initiative)
	}
}
