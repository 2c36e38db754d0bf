package outcome_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

// counting counts how often all of history is read.
type counting struct {
	history.Store
	read *atomic.Int32
}

func (c counting) Snapshot(ctx context.Context, p cx.Principal, fn func(history.Snapshot) error) error {
	return c.Store.Snapshot(ctx, p, func(s history.Snapshot) error { return fn(countingSnapshot{s, c.read}) })
}

type countingSnapshot struct {
	history.Snapshot
	read *atomic.Int32
}

func (c countingSnapshot) Lived(q history.LivedQuery, fn func(*history.Lived) error) error {
	if q.Of == history.Events {
		c.read.Add(1)
	}
	return c.Snapshot.Lived(q, fn)
}

// What reads all of history is read once, until something is erased; who may see
// less is told of what they may see.
func TestAllOfHistoryIsReadOnce(t *testing.T) {
	t.Parallel()
	_, store := remembering(200).open(t)
	var read atomic.Int32
	service := outcome.New(counting{store, &read}, parsed(t, company), cxtest.NewClock())
	ask := func(p cx.Principal, reads int32) outcome.Inferred {
		t.Helper()
		got, err := service.Silent(t.Context(), p, outcome.MemoryQuery{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := service.Memory(t.Context(), p, outcome.MemoryQuery{}); err != nil {
			t.Fatal(err)
		}
		if read.Load() != reads {
			t.Errorf("read %d times, want %d", read.Load(), reads)
		}
		return got
	}
	first := ask(cx.System(), 1)
	if diff := cmp.Diff(first, ask(cx.System(), 1), cmpopts.EquateNaNs()); diff != "" {
		t.Error(diff)
	}
	limited := cx.System()
	limited.Areas = []string{"nowhere"}
	if got := ask(limited, 2); got.Memory.Now.N != 0 {
		t.Errorf("who answers for nothing is told of %d customers", got.Memory.Now.N)
	}
	if _, err := service.Silent(t.Context(), cx.Principal{}, outcome.MemoryQuery{}); cx.KindOf(err) != cx.Unauthorized {
		t.Errorf("nobody is told: %v", err)
	}
	ask(cx.System(), 2)
	if _, err := store.Erase(t.Context(), cx.Subject{Profiles: []cx.ProfileNo{1}}); err != nil {
		t.Fatal(err)
	}
	if got := ask(cx.System(), 3); got.Memory.Now.N >= first.Memory.Now.N {
		t.Errorf("%d customers after one was erased, %d before", got.Memory.Now.N, first.Memory.Now.N)
	}
}
