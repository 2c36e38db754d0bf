package duckdb_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/fact"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/model"
)

const canary = "Aldonza-7f3c1e"

// secret is a customer whose every field says the canary.
func secret(last cx.Seq, profile cx.ProfileNo) history.Batch {
	word := func(s string) string { return canary + "-" + s }
	order := model.ObjectRef{Type: word("order"), ID: word("id")}
	f := history.Fact{
		Seq: last + 1, Profile: profile, Kind: cx.Answer, Name: word("name"), Source: word("source"), At: cxtest.Epoch,
		Properties: []byte(`{"mail":"` + word("property") + `"}`), Traits: []byte(`{"mail":"` + word("trait") + `"}`),
		Answer: &fact.Answer{Items: []fact.AnswerItem{{Question: word("question"), Metric: word("metric"), Scale: word("scale"), Choice: word("choice"), Value: 3, HasValue: true}}},
		Said: history.Said{
			Class: model.Class{
				Touchpoint: word("touchpoint"), Place: word("place"), Supplier: word("supplier"), Valence: -2, HasValence: true,
				Revenue: cx.Money{Minor: 5, Currency: "EUR"}, HasRevenue: true, Objects: []model.ObjectRef{order},
			},
			Derived: []history.Derived{{Property: word("derives"), Value: word("derived"), Object: order}},
		},
	}
	return history.Batch{Last: last + 1, Model: 1, Facts: []history.Fact{f}}
}

// found returns the files below dir in which the canary is.
func found(t *testing.T, dir string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if bytes.Contains(content, []byte(canary)) {
			names = append(names, filepath.Base(path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestEraseLeavesNoByte(t *testing.T) {
	t.Parallel()
	for _, checkpointed := range []bool{false, true} {
		t.Run(fmt.Sprint("checkpointed ", checkpointed), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			s := open(t, dir)
			must(t, s.Append(t.Context(), year(0, 20_000, 40_000)))
			must(t, s.Append(t.Context(), secret(20_000, 5_000)))
			must(t, s.Append(t.Context(), year(20_001, 1_000, 40_000)))
			other := secret(21_001, 6_000) // who was held for one with them once
			plain := year(0, 1, 40_000).Facts[0]
			plain.Seq, plain.Profile, plain.Kind, plain.Answer, plain.Traits = 21_002, 6_000, cx.Answer, &fact.Answer{Items: []fact.AnswerItem{{Question: "score"}}}, other.Facts[0].Traits
			other.Facts[0] = plain
			must(t, s.Append(t.Context(), other))
			must(t, s.Reclassify(t.Context(), history.Chunk{Model: 2, Through: 21_002, Facts: []history.Reclassified{{Seq: 20_001, Said: secret(0, 0).Facts[0].Said}}}))
			if checkpointed {
				must(t, s.Close())
				s = open(t, dir)
			}
			if names := found(t, dir); len(names) == 0 {
				t.Fatal("there was nothing to erase")
			}
			subject := cx.Subject{Customer: "c", Profiles: []cx.ProfileNo{5_000}, Snapshots: []cx.Snapshot{{Seq: 21_002, Traits: []byte(`{"city":"Lima"}`)}}}
			sections, err := s.Export(t.Context(), subject)
			if err != nil || len(sections) != 1 {
				t.Fatalf("%v, %v", sections, err)
			}
			if n, err := s.Erase(t.Context(), subject); n != 1 || err != nil {
				t.Fatalf("erased %d (%v)", n, err)
			}
			if names := found(t, dir); names != nil {
				t.Errorf("the customer is still in %v", names)
			}
			must(t, s.Append(t.Context(), year(21_002, 100, 40_000)))
			must(t, s.Close())
			if names := found(t, dir); names != nil {
				t.Errorf("once closed, the customer is still in %v", names)
			}
			entries, err := os.ReadDir(dir)
			if err != nil || len(entries) > 2 {
				t.Errorf("left behind: %v (%v)", entries, err)
			}
		})
	}
}

// TestEraseAfterCrash opens what a crash left at each step of an erasure.
func TestEraseAfterCrash(t *testing.T) {
	t.Parallel()
	subject := cx.Subject{Customer: "c", Profiles: []cx.ProfileNo{5_000}}
	before, after := t.TempDir(), t.TempDir()
	s := open(t, before)
	must(t, s.Append(t.Context(), year(0, 3_000, 40_000)))
	must(t, s.Append(t.Context(), secret(3_000, 5_000)))
	copyDir(t, before, after)
	s = open(t, after)
	if _, err := s.Erase(t.Context(), subject); err != nil {
		t.Fatal(err)
	}
	want := rows(t, s)
	must(t, s.Close())
	put := func(dir, from, to string) {
		content, err := os.ReadFile(filepath.Join(after, from))
		must(t, err)
		must(t, os.WriteFile(filepath.Join(dir, to), content, 0o600))
	}
	for name, c := range map[string]struct {
		leave  func(dir string)
		erased bool
	}{
		"while it was copied": {func(dir string) {
			put(dir, "history.duckdb", "history.duckdb.copy")
			must(t, os.Truncate(filepath.Join(dir, "history.duckdb.copy"), 20_000))
		}, false},
		"when it was whole": {func(dir string) { put(dir, "history.duckdb", "history.duckdb.next") }, true},
		"without its log": {func(dir string) {
			put(dir, "history.duckdb", "history.duckdb.next")
			must(t, os.Remove(filepath.Join(dir, "history.duckdb.wal")))
		}, true},
		"with what was spilled": {func(dir string) {
			must(t, os.MkdirAll(filepath.Join(dir, "history.duckdb.tmp"), 0o700))
			must(t, os.WriteFile(filepath.Join(dir, "history.duckdb.tmp", "duckdb_temp_block-1.block"), []byte(canary), 0o600))
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			copyDir(t, before, dir)
			c.leave(dir)
			s := open(t, dir)
			n, err := s.Erase(t.Context(), subject)
			if err != nil || (n == 0) != c.erased {
				t.Errorf("erased %d (%v)", n, err)
			}
			if diff := cmp.Diff(want, rows(t, s)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if names := found(t, dir); names != nil {
				t.Errorf("the customer is still in %v", names)
			}
		})
	}
}

// TestEraseBesideAll erases while facts come and questions are asked.
func TestEraseBesideAll(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	must(t, s.Append(t.Context(), year(0, 20_000, 40_000)))
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 2)
	var last cx.Seq = 20_000
	go func() {
		var err error
		for ctx.Err() == nil && err == nil {
			b := year(last, 50, 40_000)
			last = b.Last
			err = s.Append(t.Context(), b)
		}
		ended <- err
	}()
	go func() {
		var err error
		for ctx.Err() == nil && err == nil {
			_, err = s.Totals(t.Context(), cx.System(), history.Filter{})
		}
		ended <- err
	}()
	gone := 0
	for profile := cx.ProfileNo(1); profile < 6; profile++ {
		n, err := s.Erase(t.Context(), cx.Subject{Customer: "c", Profiles: []cx.ProfileNo{profile}})
		if err != nil {
			t.Fatal(err)
		}
		gone += n
	}
	stop()
	must(t, errors.Join(<-ended, <-ended))
	totals, err := s.Totals(t.Context(), cx.System(), history.Filter{})
	if got := totals.Events + totals.Answers + int64(gone); err != nil || got != int64(last) {
		t.Errorf("%d facts and %d erased of %d (%v)", got-int64(gone), gone, last, err)
	}
}

// TestEraseGivesUpWithItsContext: the next erasure makes the copy that is owed.
func TestEraseGivesUpWithItsContext(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	must(t, s.Append(t.Context(), year(0, 5_000, 40_000)))
	must(t, s.Append(t.Context(), secret(5_000, 4_000)))
	subject := cx.Subject{Customer: "c", Profiles: []cx.ProfileNo{4_000}}
	for d := time.Duration(0); d < 50*time.Millisecond; d += 5 * time.Millisecond {
		ctx, cancel := context.WithTimeout(t.Context(), d)
		_, err := s.Erase(ctx, subject)
		cancel()
		if err == nil {
			break
		}
	}
	if _, err := s.Erase(t.Context(), subject); err != nil {
		t.Fatal(err)
	}
	if names := found(t, dir); names != nil {
		t.Errorf("the customer is still in %v", names)
	}
	if rows := rows(t, s); len(rows) != 5_000 {
		t.Errorf("%d facts are left", len(rows))
	}
}

// TestHolds finds the tables that no Holds names.
func TestHolds(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	must(t, s.Close())
	db, err := sql.Open("duckdb", filepath.Join(dir, "history.duckdb"))
	must(t, err)
	defer db.Close()
	rows, err := db.QueryContext(t.Context(), "SELECT table_name FROM duckdb_tables() ORDER BY 1")
	must(t, err)
	defer rows.Close()
	var unheld []string
	for rows.Next() {
		var name string
		must(t, rows.Scan(&name))
		if !slices.Contains(s.Holds(), name) {
			unheld = append(unheld, name)
		}
	}
	if diff := cmp.Diff([]string{"meta", "summarised"}, unheld); diff != "" || rows.Err() != nil {
		t.Errorf("tables that no Holds names (-without personal data +found):\n%s%v", diff, rows.Err())
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func copyDir(t *testing.T, from, to string) {
	t.Helper()
	must(t, os.CopyFS(to, os.DirFS(from)))
}
