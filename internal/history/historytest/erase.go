package historytest

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/history"
)

// erase holds an engine to the law of erasure: after it, the store answers as
// one does that was made anew without what was erased.
func erase(t *testing.T, open Open) {
	dir := t.TempDir()
	store, oracle, facts := open(t, dir), NewOracle(), NewFacts(17)
	for range 3 {
		feed(t, facts.Batch(1, 150), store, oracle)
	}
	subjects := []cx.Subject{
		{Customer: "whole", Profiles: []cx.ProfileNo{3, 7}},
		{Customer: "known by seqs too", Profiles: []cx.ProfileNo{9}, Seqs: []cx.Seq{1, 2, 3}},
		{Seqs: seqs(100, 199)},          // retention
		{Seqs: seqs(440, 460)},          // some of them come later
		{Profiles: []cx.ProfileNo{999}}, // nothing
		{Customer: "once held for others", Profiles: []cx.ProfileNo{21}},
	}
	held := &subjects[len(subjects)-1]
	for _, seq := range seqs(200, 500) { // some of them are no answers, or of who goes, or come later
		held.Snapshots = append(held.Snapshots, cx.Snapshot{Seq: seq, Traits: fmt.Appendf(nil, `{"plain":%d}`, seq%3)})
	}
	for _, s := range subjects {
		eraseOf(t, s, store, oracle)
	}
	equal(t, store, oracle, 7)
	for _, s := range subjects {
		if n, err := store.Erase(t.Context(), s); n != 0 || err != nil {
			t.Errorf("erasing again erases %d (%v)", n, err)
		}
	}

	// The log goes on, another model applies, and the words come again.
	feed(t, facts.Batch(1, 150), store, oracle)
	chunk := facts.Chunk(2, 0, 600)
	for _, s := range []history.Store{store, oracle} {
		if err := s.Reclassify(t.Context(), chunk); err != nil {
			t.Fatal(err)
		}
	}
	equal(t, store, oracle, 7)
	together(t, store, oracle)
	equal(t, store, oracle, 7)

	rebuilt := open(t, t.TempDir())
	all := history.Batch{Last: 600, Model: 2, Facts: oracle.facts, Circumstances: oracle.circumstances}
	for profile, customer := range oracle.clusters {
		all.Clusters = append(all.Clusters, history.Cluster{Profile: profile, Customer: customer})
	}
	feed(t, all, rebuilt)
	equal(t, rebuilt, oracle, 7)
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	equal(t, open(t, dir), oracle, 7)
	erasedWords(t, open(t, t.TempDir()))
}

// together erases several at once.
func together(t *testing.T, store, oracle history.Store) {
	t.Helper()
	var all sync.WaitGroup
	for profile := cx.ProfileNo(11); profile < 17; profile++ {
		subject := cx.Subject{Customer: "c", Profiles: []cx.ProfileNo{profile}}
		want, err := oracle.Erase(t.Context(), subject)
		if err != nil {
			t.Fatal(err)
		}
		all.Go(func() {
			if n, err := store.Erase(t.Context(), subject); n != want || err != nil {
				t.Errorf("erased %d, want %d (%v)", n, want, err)
			}
		})
	}
	all.Wait()
}

// erasedWords makes room in a full vocabulary.
func erasedWords(t *testing.T, store history.Store) {
	t.Helper()
	b := history.Batch{Model: 1, Last: history.Words}
	for seq := range cx.Seq(history.Words) {
		b.Facts = append(b.Facts, history.Fact{Seq: seq + 1, Profile: cx.ProfileNo(1 + seq%2), Kind: cx.Track, Name: fmt.Sprint("Event ", seq), Source: "web", At: cxtest.Epoch})
	}
	feed(t, b, store)
	if n, err := store.Erase(t.Context(), cx.Subject{Customer: "c", Profiles: []cx.ProfileNo{1}}); n != history.Words/2 || err != nil {
		t.Fatalf("erased %d (%v)", n, err)
	}
	for i := range b.Facts {
		f := &b.Facts[i]
		f.Seq, f.Name = f.Seq+b.Last, "new "+f.Name
	}
	b.Facts, b.Last = b.Facts[:history.Words/2], 2*history.Words
	feed(t, b, store)
	groups, err := store.Breakdown(t.Context(), cx.System(), history.Query{By: []history.Dimension{history.Name}})
	if err != nil || len(groups) != history.Words || slices.ContainsFunc(groups, func(g history.Group) bool { return g.N != 1 || g.Key[0] == "" }) {
		t.Errorf("%d names (%v)", len(groups), err)
	}
}

func eraseOf(t *testing.T, subject cx.Subject, store, oracle history.Store) {
	t.Helper()
	want, err := oracle.Erase(t.Context(), subject)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := store.Erase(t.Context(), subject); n != want || err != nil {
		t.Fatalf("erased %d of %v, want %d (%v)", n, subject, want, err)
	}
}

func seqs(from, to cx.Seq) (out []cx.Seq) {
	for seq := from; seq <= to; seq++ {
		out = append(out, seq)
	}
	return out
}
