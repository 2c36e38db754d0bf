package stream

import (
	"context"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Batch is a stretch of the log. Its events are valid only during the call
// they are given to: their strings and bytes are slices of the log's memory.
type Batch struct {
	Events []cx.Event
	Last   cx.Seq // the position to store: ≥ the last event's Seq, also when Events is empty
}

// View is what is derived from the log.
type View interface {
	// Name names the view in logs and in the quarantine.
	Name() string
	// Position returns the Last of the last batch applied; 0 at first.
	Position(ctx context.Context) (cx.Seq, error)
	// Apply stores what the batch means and Batch.Last in one transaction, and
	// skips events at or below its position.
	Apply(ctx context.Context, b Batch) error
}

// Poison returns the error with which a view says that it can never apply the
// event seq: Follow sets the event aside and goes on without it.
func Poison(seq cx.Seq, reason string) error { panic("not yet") }

// Follow feeds v from its position on until ctx ends, and returns ctx's error.
// It joins what is there into batches of about 1,000 events and hands over
// what comes one by one at once. It tries an Apply that fails again, with
// back-off; it returns early only when the log itself cannot be read.
func (l *Log) Follow(ctx context.Context, v View) error { panic("not yet") }

// CatchUp feeds v from its position to the present end of the log.
func (l *Log) CatchUp(ctx context.Context, v View) error { panic("not yet") }

// Read calls fn with the events from after+1 to the present end, in order.
func (l *Log) Read(ctx context.Context, after cx.Seq, fn func(Batch) error) error {
	panic("not yet")
}
