package cut

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/history/duckdb"
	"github.com/vivencia-cx/vivencia/internal/history/historytest"
	"github.com/vivencia-cx/vivencia/internal/model"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wordsOf tells runs in words, so that logs with other numbers compare.
func wordsOf(r *Runs) map[string][]string {
	l, out := r.Log, map[string][]string{}
	id := func(c int) string { return fmt.Sprintf("%016x of %d", l.Key[c], l.Customer[c]) }
	for c := range l.Cases() {
		run := []string{fmt.Sprint(l.Ending[c], l.Later[c])}
		from, to := l.Span(c)
		for e := from; e < to; e++ {
			a := l.Activity[e]
			run = append(run, fmt.Sprint(l.Activities[a], r.StepOf[a], l.Where(e), l.At[e], l.Valence[e]))
		}
		for _, a := range l.Answered(c, c+1) {
			run = append(run, fmt.Sprint(l.Contexts[a.Context], a.At, a.Seq, a.Metric, a.Felt, l.Scales[a.Scale]))
		}
		out[id(c)] = run
	}
	return out
}

// Runs that are kept up are those that are read anew, and each of their events is
// found again.
func TestNext(t *testing.T) {
	t.Parallel()
	store, err := duckdb.Open(t.Context(), duckdb.Config{Path: filepath.Join(t.TempDir(), "history.duckdb"), Memory: 256 << 20, Threads: 2})
	must(t, err)
	t.Cleanup(func() { must(t, store.Close()) })
	pay := model.Node{Step: &model.Step{Slug: "pay", Touchpoint: "till"}}
	look := model.Node{Step: &model.Step{Slug: "look", Touchpoint: "web"}}
	journeys := []Journey{
		{Journey: model.Journey{Slug: "keyed", Case: model.Case{Key: "order_id", Object: "order", Before: 48 * time.Hour, After: 72 * time.Hour}, Script: []model.Node{look, pay}}},
		{Journey: model.Journey{Slug: "visit", Case: model.Case{Gap: 36 * time.Hour}, End: []model.Mark{{Event: "plain"}}, Script: []model.Node{look, pay}}},
	}
	facts, ctx, p := historytest.NewFacts(11), t.Context(), cx.System()
	must(t, store.Append(ctx, facts.Batch(1, 200)))
	kept := make([]*Runs, len(journeys))
	for round := range 4 {
		now := cxtest.Epoch.Add(40 * 24 * time.Hour)
		for i := range journeys {
			j := journeys[i]
			j.Currency, j.Bytes = "EUR", 1<<30
			fresh, err := Read(ctx, store, p, j, now)
			must(t, err)
			if kept[i] == nil {
				kept[i] = fresh
			}
			next, err := kept[i].Next(ctx, store, p, now)
			if errors.Is(err, ErrAnew) { // an answer in them was corrected
				next, err = fresh, nil
			}
			must(t, err)
			kept[i] = next
			if diff := gocmp.Diff(wordsOf(fresh), wordsOf(kept[i]), cmpopts.EquateEmpty()); diff != "" || fresh.Log.Cases() == 0 {
				t.Fatalf("%s, round %d (-read +kept up):\n%s", j.Slug, round, diff)
			}
			if again, err := kept[i].Next(ctx, store, p, now); err != nil || again.Log != kept[i].Log {
				t.Errorf("%s: nothing happened and the log is another, %v", j.Slug, err)
			}
			seqs, err := Seqs(ctx, store, p, j.Journey, fresh.Log, 0)
			must(t, err)
			for e, seq := range seqs {
				if seq == 0 {
					t.Errorf("%s: event %d is not found again", j.Slug, e)
				}
			}
			j.Bytes = 100
			if _, err := Read(ctx, store, p, j, now); cx.KindOf(err) != cx.TooLarge {
				t.Errorf("%s in 100 bytes: %v", j.Slug, err)
			}
		}
		must(t, store.Append(ctx, facts.Batch(1, 3)))
	}
	_, err = store.Erase(ctx, cx.Subject{Profiles: []cx.ProfileNo{3}})
	must(t, err)
	if _, err := kept[0].Next(ctx, store, p, cxtest.Epoch); !errors.Is(err, ErrAnew) {
		t.Errorf("after an erasure: %v", err)
	}
}
