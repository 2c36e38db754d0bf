package app

import (
	"context"
	"log/slog"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/simulate"
)

// candilUntil is when the past of candil ends.
var candilUntil = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)

// founded is the one Candil of the tests that only read it.
var founded = sync.OnceValues(func() (*Demo, error) {
	dir, err := os.MkdirTemp("", "candil")
	if err != nil {
		return nil, err
	}
	unfound = func() { _ = os.RemoveAll(dir) }
	a, err := Open(context.Background(), configOf(dir), slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	unfound = func() {
		_ = a.Close()
		_ = os.RemoveAll(dir)
	}
	return a.FoundDemo(context.Background(), DemoConfig{Customers: 8000, Seed: 1, Until: candilUntil}, func(int64, int64) {})
})

var unfound = func() {}

// candil is the demo's company, founded once, and what was planted in it. A test may
// ask it whatever it likes, and change nothing.
func candil(t *testing.T) (house, simulate.Truth) {
	t.Helper()
	d, err := founded()
	if err != nil {
		t.Fatal(err)
	}
	return house{d.app, t}, d.sim.Truth()
}

func TestMain(m *testing.M) {
	code := m.Run()
	unfound()
	os.Exit(code)
}
