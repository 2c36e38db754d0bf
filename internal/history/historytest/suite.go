package historytest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/fact"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// Open opens the engine on a directory; again on the same one after Close.
type Open func(t *testing.T, dir string) history.Store

// Run holds an engine to the law.
func Run(t *testing.T, open Open) {
	t.Run("every question by every dimension", func(t *testing.T) { t.Parallel(); everyQuestion(t, open) })
	t.Run("the same seqs again change nothing", func(t *testing.T) { t.Parallel(); again(t, open) })
	t.Run("merges and undo are seen at once", func(t *testing.T) { t.Parallel(); merges(t, open) })
	t.Run("another model", func(t *testing.T) { t.Parallel(); reclassify(t, open) })
	t.Run("what is erased was never there", func(t *testing.T) { t.Parallel(); erase(t, open) })
	t.Run("what is stored stays", func(t *testing.T) { t.Parallel(); reopen(t, open) })
	t.Run("late by its order", func(t *testing.T) { t.Parallel(); carried(t, open) })
	t.Run("what is changed is told", func(t *testing.T) { t.Parallel(); rewrites(t, open) })
	t.Run("too many words", func(t *testing.T) { t.Parallel(); tooManyWords(t, open) })
	t.Run("questions without sense", func(t *testing.T) { t.Parallel(); senseless(t, open) })
	t.Run("empty", func(t *testing.T) { t.Parallel(); equal(t, open(t, t.TempDir()), NewOracle(), 11) })
}

func everyQuestion(t *testing.T, open Open) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			store, oracle, facts := open(t, t.TempDir()), NewOracle(), NewFacts(seed)
			for _, n := range []int{1, 150, 0, 400} {
				feed(t, facts.Batch(1, n), store, oracle)
			}
			ask(t, store, oracle, 4, int(seed)) // together, the seeds ask all
			behaves(t, store, oracle)
			tells(t, store, oracle, 1)
		})
	}
}

func feed(t *testing.T, b history.Batch, stores ...history.Store) {
	t.Helper()
	for _, s := range stores {
		if err := s.Append(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
}

func again(t *testing.T, open Open) {
	store, oracle, facts := open(t, t.TempDir()), NewOracle(), NewFacts(7)
	first, second := facts.Batch(1, 100), facts.Batch(1, 100)
	feed(t, first, store, oracle)
	feed(t, second, store, oracle)
	feed(t, first, store)
	feed(t, second, store)
	joined := history.Batch{Model: 1, Facts: append(first.Facts, second.Facts...), Circumstances: append(first.Circumstances, second.Circumstances...)}
	third := facts.Batch(1, 50)
	joined.Facts, joined.Circumstances = append(joined.Facts, third.Facts...), append(joined.Circumstances, third.Circumstances...)
	joined.Last, joined.Clusters = third.Last, third.Clusters
	feed(t, joined, store)
	feed(t, third, oracle)
	equal(t, store, oracle, 40)
}

func merges(t *testing.T, open Open) {
	store, oracle := open(t, t.TempDir()), NewOracle()
	b := history.Batch{Last: 9, Model: 1}
	for i := range 9 {
		b.Facts = append(b.Facts, history.Fact{Seq: cx.Seq(i + 1), Profile: cx.ProfileNo(1 + i%3), Kind: cx.Track, Name: "Visit", Source: "web", At: cxtest.Epoch})
	}
	feed(t, b, store, oracle)
	for i, step := range []struct {
		clusters  []history.Cluster
		customers int64
	}{
		{nil, 3},
		{[]history.Cluster{{Profile: 2, Customer: 1}}, 2},
		{[]history.Cluster{{Profile: 3, Customer: 2}, {Profile: 2, Customer: 1}}, 2},
		{[]history.Cluster{{Profile: 3, Customer: 1}}, 1},
		{[]history.Cluster{{Profile: 2, Customer: 2}}, 2},
		{[]history.Cluster{{Profile: 3, Customer: 3}, {Profile: 2, Customer: 2}}, 3},
	} {
		// A decision alone advances the position too.
		feed(t, history.Batch{Last: cx.Seq(10 + i), Model: 1, Clusters: step.clusters}, store, oracle)
		totals, err := store.Totals(t.Context(), cx.System(), history.Filter{})
		if err != nil || totals.Customers != step.customers {
			t.Errorf("step %d: %d customers, want %d (%v)", i, totals.Customers, step.customers, err)
		}
		equal(t, store, oracle, 60)
	}
}

func reclassify(t *testing.T, open Open) {
	store, oracle, facts := open(t, t.TempDir()), NewOracle(), NewFacts(11)
	feed(t, facts.Batch(1, 200), store, oracle)
	feed(t, facts.Batch(1, 200), store, oracle)

	// The log goes on while the facts are classified again in chunks.
	for _, step := range []any{facts.Chunk(2, 0, 150), facts.Batch(2, 50), facts.Chunk(2, 150, 333), facts.Chunk(2, 333, 450)} {
		for _, s := range []history.Store{store, oracle} {
			var err error
			switch step := step.(type) {
			case history.Chunk:
				err = s.Reclassify(t.Context(), step)
			case history.Batch:
				err = s.Append(t.Context(), step)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	state, err := store.State(t.Context())
	if want := (history.State{Position: 450, Model: 2, Done: 450, Upto: 400}); err != nil || state != want || !state.Settled() {
		t.Fatalf("state %+v, want %+v (%v)", state, want, err)
	}
	equal(t, store, oracle, 7)

	// The same as a rebuild: all facts anew, as the last model says.
	rebuilt := open(t, t.TempDir())
	all := history.Batch{Last: state.Position, Model: 2, Facts: oracle.facts, Circumstances: oracle.circumstances}
	for profile, customer := range oracle.clusters {
		all.Clusters = append(all.Clusters, history.Cluster{Profile: profile, Customer: customer})
	}
	feed(t, all, rebuilt)
	equal(t, rebuilt, oracle, 7)

	for _, c := range []history.Chunk{{Model: 1, After: 450, Through: 451}, {Model: 2, After: 0, Through: 5}, {Model: 3, After: 7, Through: 9}} {
		if err := store.Reclassify(t.Context(), c); cx.KindOf(err) != cx.Conflict {
			t.Errorf("the chunk %+v gives %v", c, err)
		}
	}
	// An append under another model begins anew.
	feed(t, facts.Batch(3, 10), store, oracle)
	state, err = store.State(t.Context())
	if want := (history.State{Position: 460, Model: 3, Upto: 450}); err != nil || state != want || state.Settled() {
		t.Errorf("state %+v, want %+v (%v)", state, want, err)
	}
	equal(t, store, oracle, 40)
}

func reopen(t *testing.T, open Open) {
	dir, oracle, facts := t.TempDir(), NewOracle(), NewFacts(13)
	for range 3 {
		store := open(t, dir)
		feed(t, facts.Batch(1, 80), store, oracle)
		equal(t, store, oracle, 60)
		for range 2 {
			if err := store.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
	equal(t, open(t, dir), oracle, 40)
}

// carried: what is declared on the delivery is known of the review of that order.
func carried(t *testing.T, open Open) {
	store := open(t, t.TempDir())
	order := model.ObjectRef{Type: "order", ID: "o1"}
	other := model.ObjectRef{Type: "ticket", ID: "o1"}
	review := func(seq cx.Seq, o model.ObjectRef, properties string) history.Fact {
		return history.Fact{
			Seq: seq, Profile: 1, Kind: cx.Answer, Name: "csat", Source: "olist", At: cxtest.Epoch, Properties: []byte(properties),
			Answer: &fact.Answer{Survey: "csat", Items: []fact.AnswerItem{{Question: "score", Metric: "csat", Scale: "1-5", Value: float64(seq), HasValue: true}}},
			Said:   history.Said{Class: model.Class{Objects: []model.ObjectRef{o}}},
		}
	}
	delivered := func(seq cx.Seq, late string) history.Fact {
		return history.Fact{
			Seq: seq, Profile: 1, Kind: cx.Track, Name: "Order Delivered", Source: "olist", At: cxtest.Epoch,
			Said: history.Said{Class: model.Class{Objects: []model.ObjectRef{order}}, Derived: []history.Derived{{Property: "late", Value: late, Object: order}}},
		}
	}
	want := func(keys map[string]float64) {
		t.Helper()
		groups, err := store.Breakdown(t.Context(), cx.System(), history.Query{Of: history.Answers, By: []history.Dimension{history.PropertyOf("late")}})
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]float64{}
		for _, g := range groups {
			got[g.Key[0]] = g.Sum
		}
		if diff := cmp.Diff(keys, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	// The review may come before the delivery; 2 says it itself, 3 is of a ticket.
	feed(t, history.Batch{Last: 3, Model: 1, Facts: []history.Fact{review(1, order, `{}`), review(2, order, `{"late":false}`), review(3, other, `{"late":null}`)}}, store)
	want(map[string]float64{"": 4, "false": 2})
	feed(t, history.Batch{Last: 4, Model: 1, Facts: []history.Fact{delivered(4, "true")}}, store)
	want(map[string]float64{"true": 1, "false": 2, "": 3})
	// A second delivery corrects the first.
	feed(t, history.Batch{Last: 5, Model: 1, Facts: []history.Fact{delivered(5, "false")}}, store)
	want(map[string]float64{"false": 3, "": 3})
}

func tooManyWords(t *testing.T, open Open) {
	store := open(t, t.TempDir())
	b := history.Batch{Model: 1}
	for i := range history.Words + 1 {
		b.Facts = append(b.Facts, history.Fact{Seq: cx.Seq(i + 1), Profile: 1, Kind: cx.Track, Name: fmt.Sprint("Event ", i), Source: "web", At: cxtest.Epoch})
		b.Last = cx.Seq(i + 1)
	}
	err := store.Append(t.Context(), b)
	var full *history.VocabularyFullError
	if !errors.As(err, &full) || full.Seq != b.Last || full.Kind != "name" {
		t.Fatalf("one name too many gives %v", err)
	}
	if state, _ := store.State(t.Context()); state.Position != 0 {
		t.Fatalf("a batch that failed left the position at %d", state.Position)
	}
	b.Facts = b.Facts[:history.Words]
	feed(t, b, store)
	totals, err := store.Totals(t.Context(), cx.System(), history.Filter{})
	if err != nil || totals.Events != history.Words {
		t.Errorf("%d events, want %d (%v)", totals.Events, history.Words, err)
	}
}

func senseless(t *testing.T, open Open) {
	store, ctx, p := open(t, t.TempDir()), context.Background(), cx.System()
	for name, q := range map[string]history.Query{
		"a dimension that is none":       {By: []history.Dimension{"colour"}},
		"surveys of events":              {By: []history.Dimension{history.Survey}},
		"traits of events":               {Filter: history.Filter{Where: []history.Condition{{By: history.TraitOf("city")}}}},
		"four dimensions":                {By: []history.Dimension{history.Name, history.Area, history.Stage, history.Place}},
		"revenue of answers":             {Of: history.Answers, Revenue: true},
		"cuts that descend":              {Cuts: []cx.Time{5, 4}},
		"a window that ends first":       {Filter: history.Filter{Window: cx.Window{From: 5, To: 4}}},
		"a trait without a name":         {Of: history.Answers, By: []history.Dimension{"trait."}},
		"something else than is counted": {Of: 7},
	} {
		if _, err := store.Breakdown(ctx, p, q); cx.KindOf(err) != cx.Invalid {
			t.Errorf("%s gives %v", name, err)
		}
		if _, err := store.Distribution(ctx, p, q); cx.KindOf(err) != cx.Invalid {
			t.Errorf("a distribution of %s gives %v", name, err)
		}
	}
	for _, limit := range []int{0, history.MaxPage + 1} {
		if _, err := store.Newest(ctx, p, history.Page{Limit: limit}); cx.KindOf(err) != cx.Invalid {
			t.Errorf("a page of %d gives %v", limit, err)
		}
	}
	if _, err := store.Series(ctx, p, history.Query{}); cx.KindOf(err) != cx.Invalid {
		t.Errorf("a series without cuts gives %v", err)
	}
}

// dimensions are all there are, with traits and properties of odd names.
func dimensions(of history.Of) []history.Dimension {
	ds := []history.Dimension{
		history.Touchpoint, history.Stage, history.Channel, history.Medium, history.Area, history.Supplier, history.Place, history.Source, history.Name,
		history.PropertyOf("late"), history.PropertyOf("plain"), history.PropertyOf("a/b~c"), history.PropertyOf(`it's "quoted"`), history.PropertyOf("absent"),
	}
	if of == history.Answers {
		ds = append(ds, history.Survey, history.Question, history.Metric, history.Scale, history.TraitOf("plain"), history.TraitOf("a/b~c"))
	}
	return ds
}

// everyThird are more customers than an engine may like to read one by one.
func everyThird(n int) []cx.CustomerNo {
	nos := make([]cx.CustomerNo, n)
	for i := range nos {
		nos[i] = cx.CustomerNo(1 + 3*i)
	}
	return nos
}

func equal(t *testing.T, store, oracle history.Store, skip int) {
	t.Helper()
	ask(t, store, oracle, skip, 0)
	behaves(t, store, oracle)
	tells(t, store, oracle, 6)
	circumstances(t, store, oracle)
}

// ask asks the engine and the oracle every skip-th question, from the first-th
// on, and compares.
func ask(t *testing.T, store, oracle history.Store, skip, first int) {
	t.Helper()
	ctx := t.Context()
	window := cx.Window{From: cxtest.Epoch.Add(5 * 24 * time.Hour), To: cxtest.Epoch.Add(20*24*time.Hour + time.Microsecond)}
	cuts := history.Cuts(cx.Window{From: cxtest.Epoch, To: cxtest.Epoch.Add(35 * 24 * time.Hour)}, history.Week, time.UTC)
	limited := cx.Principal{ID: "person:1", Role: cx.Lead, Areas: []string{"care", "unheard of"}}
	nobody := cx.Principal{ID: "person:2", Role: cx.Lead, Areas: []string{}}
	filters := []history.Filter{
		{},
		{Window: window},
		{Customers: []cx.CustomerNo{1, 2, 3, 4}},
		{Customers: everyThird(5_000)},
		{Customers: []cx.CustomerNo{}},
		{Where: []history.Condition{{By: history.Touchpoint, In: []string{"till", ""}}, {By: history.PropertyOf("late"), In: []string{"true", ""}}}},
		{Where: []history.Condition{{By: history.Place, In: []string{`it's "quoted"`, "nowhere"}}}, Window: cx.Window{From: window.From}},
	}
	n := 0
	compare := func(name string, ask func(history.Store) (any, error)) {
		t.Helper()
		if n++; n%skip != first {
			return
		}
		want, err := ask(oracle)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ask(store)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateApprox(1e-9, 1e-9), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("%s (-oracle +engine):\n%s", name, diff)
		}
	}
	for fi, f := range filters {
		for _, p := range []cx.Principal{cx.System(), limited, nobody} {
			id := fmt.Sprintf("filter %d as %s", fi, p.ID)
			compare("totals "+id, func(s history.Store) (any, error) { return s.Totals(ctx, p, f) })
			middle := history.Cursor{At: cxtest.Epoch.Add(19 * 24 * time.Hour), Seq: 100}
			for _, page := range []history.Page{{}, {Before: middle}, {Kinds: []cx.Kind{cx.Answer}}, {Kinds: []cx.Kind{cx.Track, cx.Page}, Before: middle}} {
				page.Filter, page.Limit = f, 30
				compare(fmt.Sprintf("newest of %v before %v %s", page.Kinds, page.Before, id), func(s history.Store) (any, error) { return s.Newest(ctx, p, page) })
			}
			for _, of := range []history.Of{history.Events, history.Answers} {
				var bys [][]history.Dimension
				bys = append(bys, nil, []history.Dimension{history.Stage, history.PropertyOf("late"), history.PropertyOf("plain")})
				for _, d := range dimensions(of) {
					bys = append(bys, []history.Dimension{d})
				}
				for bi, by := range bys {
					// Every dimension is asked without a filter; who asks and what is
					// filtered go the same way for all, and take turns.
					if (fi > 0 || p.Areas != nil) && (bi+fi)%5 != 0 {
						continue
					}
					q := history.Query{Of: of, By: by, Filter: f, Customers: true, Revenue: of == history.Events, Subtotals: (bi+fi)%2 == 0}
					name := fmt.Sprintf("of %d by %v %s", of, by, id)
					compare("breakdown "+name, func(s history.Store) (any, error) { return s.Breakdown(ctx, p, q) })
					compare("distribution "+name, func(s history.Store) (any, error) { return s.Distribution(ctx, p, q) })
					q.Cuts, q.Customers = cuts, bi%2 == 0
					compare("series "+name, func(s history.Store) (any, error) { return s.Series(ctx, p, q) })
					compare("distribution by week "+name, func(s history.Store) (any, error) { return s.Distribution(ctx, p, q) })
				}
			}
		}
	}
}
