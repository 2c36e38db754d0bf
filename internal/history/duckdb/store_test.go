package duckdb_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/history/duckdb"
	"github.com/vivencia-cx/vivencia/internal/history/historytest"
)

func open(t testing.TB, dir string) history.Store {
	t.Helper()
	s, err := duckdb.Open(t.Context(), duckdb.Config{Path: filepath.Join(dir, "history.duckdb"), Memory: 256 << 20, Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestConformance(t *testing.T) {
	t.Parallel()
	historytest.Run(t, func(t *testing.T, dir string) history.Store { return open(t, dir) })
}

// summarising makes the summaries after all that is stored.
type summarising struct{ *duckdb.Store }

func (s summarising) Append(ctx context.Context, b history.Batch) error {
	return errors.Join(s.Store.Append(ctx, b), s.summarise(ctx))
}

func (s summarising) Reclassify(ctx context.Context, c history.Chunk) error {
	if err := s.Store.Reclassify(ctx, c); err != nil {
		return err
	}
	return s.summarise(ctx)
}

func (s summarising) summarise(ctx context.Context) error {
	if state, err := s.State(ctx); err != nil || !state.Settled() || state.Position%3 == 0 { // now and then something is left
		return err
	}
	return s.Summarise(ctx)
}

func TestConformanceWithSummaries(t *testing.T) {
	t.Parallel()
	historytest.Run(t, func(t *testing.T, dir string) history.Store {
		return summarising{open(t, dir).(*duckdb.Store)}
	})
}

// TestCrash opens what lay on the disk while the store was open: the facts and
// the position of the last batch, together.
func TestCrash(t *testing.T) {
	t.Parallel()
	dir, after := t.TempDir(), t.TempDir()
	s, facts, last := open(t, dir), historytest.NewFacts(3), history.Batch{}
	for range 20 {
		last = facts.Batch(1, 30)
		if err := s.Append(t.Context(), last); err != nil {
			t.Fatal(err)
		}
	}
	before := rows(t, s)
	for _, name := range []string{"history.duckdb", "history.duckdb.wal"} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(after, name), b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	again := open(t, after)
	if state, err := again.State(t.Context()); err != nil || state.Position != last.Last {
		t.Errorf("position %d, want %d (%v)", state.Position, last.Last, err)
	}
	if diff := cmp.Diff(before, rows(t, again)); diff != "" {
		t.Errorf("(-before +after):\n%s", diff)
	}
	// Words that came before the crash keep their numbers.
	if err := again.Append(t.Context(), facts.Batch(1, 30)); err != nil {
		t.Error(err)
	}
}

func TestOpenRefusesAnotherSchema(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "history.duckdb")
	db, err := sql.Open("duckdb", path)
	if err == nil {
		_, err = db.Exec("CREATE TABLE meta AS SELECT 99 AS version, 0 AS position, 0 AS model, 0 AS done, 0 AS upto")
	}
	if err = errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	if s, err := duckdb.Open(t.Context(), duckdb.Config{Path: path}); !errors.Is(err, history.ErrSchema) {
		t.Errorf("another schema gives %v, %v", s, err)
	}
}

func TestOpenRefusesWhatIsNoHistory(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "history.duckdb")
	if err := os.WriteFile(path, []byte("a letter to my aunt, of more than a few words"), 0o600); err != nil {
		t.Fatal(err)
	}
	if s, err := duckdb.Open(t.Context(), duckdb.Config{Path: path}); err == nil {
		_ = s.Close()
		t.Error("a letter opens as a history")
	}
}
