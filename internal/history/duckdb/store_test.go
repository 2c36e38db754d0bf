package duckdb_test

import (
	"path/filepath"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/history/duckdb"
	"github.com/vivencia-cx/vivencia/internal/history/historytest"
)

func open(t testing.TB, dir string) history.Store {
	t.Helper()
	s, err := duckdb.Open(t.Context(), duckdb.Config{Path: filepath.Join(dir, "history.duckdb"), MemoryLimitMB: 256, Threads: 2})
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
