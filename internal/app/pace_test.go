package app

import (
	"context"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/stream"
)

// heavy is a view whose every batch takes its time, and the clock that knows.
type heavy struct {
	stream.View
	now  cx.Time
	each time.Duration
}

func (s *heavy) Apply(context.Context, stream.Batch) error { s.now = s.now.Add(s.each); return nil }
func (s *heavy) Now() cx.Time                              { return s.now }

func TestViewsRestWhileTheyCannotKeepUp(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		each    time.Duration // a batch takes
		batch   int           // events
		arrived int           // meanwhile
		want    time.Duration
	}{
		{"keeps up with large batches", 50 * time.Millisecond, 1000, 1000, 0},
		{"nothing arrives: it catches up at full speed", 50 * time.Millisecond, 1000, 0, 0},
		{"somewhat more arrives than it follows", 50 * time.Millisecond, 1000, 1900, 0},
		{"much more arrives", 50 * time.Millisecond, 1000, 4000, 100 * time.Millisecond},
		{"it waits for more after a small batch", 3 * time.Millisecond, 10, 10, 3 * time.Millisecond},
		{"no rest is long", 3 * time.Second, 1000, 100_000, longestRest},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v := &heavy{now: 1, each: c.each}
			last, rested := cx.Seq(1), time.Duration(0)
			p := &paced{
				View: v, clock: v, last: func() cx.Seq { return last },
				rest: func(_ context.Context, d time.Duration) { rested = d },
			}
			for range 2 { // the first look has nothing to compare with
				rested = 0
				last += cx.Seq(c.arrived)
				if err := p.Apply(t.Context(), stream.Batch{Events: make([]cx.Event, c.batch)}); err != nil {
					t.Fatal(err)
				}
			}
			if rested != c.want {
				t.Errorf("rested %v, want %v", rested, c.want)
			}
		})
	}
}
