package duckdb_test

import (
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/history/duckdb"
)

// Of too many answers the one that was asked for least lately goes; those of other
// areas are others.
func TestKeptAnswersAreBounded(t *testing.T) {
	t.Parallel()
	store, err := duckdb.Open(t.Context(), duckdb.Config{Path: filepath.Join(t.TempDir(), "history.duckdb"), Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	kept := history.NewKept[int](store, cxtest.NewClock(), 3)
	var found []string
	ask := func(p cx.Principal, question int) {
		t.Helper()
		got, err := kept.Ask(t.Context(), p, strconv.Itoa(question), func() (int, history.Edition, error) {
			found = append(found, strconv.Itoa(question))
			return question, history.Edition{}, nil
		})
		if err != nil || got != question {
			t.Errorf("%d, %v; want %d", got, err, question)
		}
	}
	limited := cx.System()
	limited.Areas = []string{"tills"}
	for _, question := range []int{1, 2, 3, 1, 4, 1, 3, 4, 2} {
		ask(cx.System(), question)
	}
	ask(limited, 4)
	ask(limited, 4)
	if want := []string{"1", "2", "3", "4", "2", "4"}; !slices.Equal(found, want) {
		t.Errorf("found %v, want %v", found, want)
	}
}
