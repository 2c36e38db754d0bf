package duckdb_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/expr"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/history/duckdb"
)

// TestDamage opens files that were cut, zeroed or overwritten in many places:
// either everything is answered as before, or as some batches before, or it is
// told that the file is damaged.
func TestDamage(t *testing.T) {
	t.Parallel()
	whole := t.TempDir()
	s := open(t, whole)
	must(t, s.Append(t.Context(), year(0, 3_000, 40_000)))
	must(t, s.Close())
	s = open(t, whole)
	for seq := cx.Seq(3_000); seq < 4_000; seq += 100 {
		must(t, s.Append(t.Context(), year(seq, 100, 40_000)))
	}
	kept := t.TempDir()
	copyDir(t, whole, kept)
	must(t, s.Close())

	damages := map[string]func(content []byte, at int) []byte{
		"cut":    func(content []byte, at int) []byte { return content[:at] },
		"zeroed": func(content []byte, at int) []byte { clear(content[at:min(at+512, len(content))]); return content },
		"garbage": func(content []byte, at int) []byte {
			copy(content[at:], "a letter to my aunt, of more than a few words")
			return content
		},
		"flipped": func(content []byte, at int) []byte { content[min(at, len(content)-1)] ^= 0x55; return content },
	}
	for _, name := range []string{"history.duckdb", "history.duckdb.wal"} {
		content, err := os.ReadFile(filepath.Join(kept, name))
		must(t, err)
		for damage, do := range damages {
			t.Run(fmt.Sprint(name, " ", damage), func(t *testing.T) {
				t.Parallel()
				for i := range 24 {
					at := len(content) * i / 24
					if i%2 == 1 {
						at = 4096*(i/2) + i // the headers, and what comes next
					}
					if at > len(content) {
						continue
					}
					dir := t.TempDir()
					copyDir(t, kept, dir)
					must(t, os.WriteFile(filepath.Join(dir, name), do(append([]byte(nil), content...), at), 0o600))
					if err := useAll(t, filepath.Join(dir, "history.duckdb")); err != nil && !errors.Is(err, history.ErrDamaged) {
						t.Errorf("at %d of %d: %v", at, len(content), err)
					}
				}
			})
		}
	}
	t.Run("a foreign log", func(t *testing.T) {
		t.Parallel()
		dir, other := t.TempDir(), t.TempDir()
		copyDir(t, kept, dir)
		s := open(t, other)
		must(t, s.Append(t.Context(), year(0, 100, 40_000)))
		must(t, s.Close())
		content, err := os.ReadFile(filepath.Join(other, "history.duckdb"))
		must(t, err)
		must(t, os.WriteFile(filepath.Join(dir, "history.duckdb"), content, 0o600))
		if err := useAll(t, filepath.Join(dir, "history.duckdb")); !errors.Is(err, history.ErrDamaged) {
			t.Errorf("a foreign log gives %v", err)
		}
	})
}

// useAll opens the file, asks everything, appends and closes.
func useAll(t *testing.T, path string) (err error) {
	told := 0
	s, err := duckdb.Open(t.Context(), duckdb.Config{Path: path, Threads: 1, OnDamage: func(error) { told++ }})
	if err != nil {
		return err
	}
	defer s.Close()
	defer func() {
		if errors.Is(err, history.ErrDamaged) && told == 0 {
			t.Errorf("nobody is told of %v", err)
		}
	}()
	_, err = history.Tell(t.Context(), s, cx.System(), history.LivedQuery{All: true, Object: "order", Properties: []string{"Event 1"}}, func(*history.Lived) error { return nil })
	if err != nil {
		return err
	}
	q := history.BehaviourQuery{Asks: []expr.Ask{{What: expr.Count}}, Traits: true}
	err = s.Behaviour(t.Context(), cx.System(), q, func(history.Behaviour) error { return nil })
	if err != nil {
		return err
	}
	rows, err := s.Newest(t.Context(), cx.System(), history.Page{Limit: history.MaxPage})
	if err != nil {
		return err
	}
	state, err := s.State(t.Context())
	if err != nil {
		return err
	}
	if cx.Seq(len(rows)) != state.Position {
		t.Errorf("%d facts at position %d", len(rows), state.Position)
	}
	for _, of := range []history.Of{history.Events, history.Answers} {
		if _, err := s.Breakdown(t.Context(), cx.System(), history.Query{Of: of, By: []history.Dimension{history.Stage, history.PropertyOf("late")}, Customers: true}); err != nil {
			return err
		}
	}
	if err := s.Append(t.Context(), year(state.Position, 100, 40_000)); err != nil {
		return err
	}
	return s.Close()
}
