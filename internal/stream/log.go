package stream

import (
	"context"
	"log/slog"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Config says where the log lives.
type Config struct {
	Dir     string       // the log's own folder
	Reserve int64        // bytes of the disk to leave free; the log is Full before it takes them
	Logger  *slog.Logger // required

	// OnPoison takes an event that the named view can never apply. When it
	// fails, Follow tries again later; nil only logs the event's seq.
	OnPoison func(ctx context.Context, view string, e cx.Event, reason string) error
}

// Log is the durable log. It is safe for concurrent use.
type Log struct{}

// Open opens the log in c.Dir, or makes it.
func Open(ctx context.Context, c Config) (*Log, error) { panic("not yet") }

// Append makes events durable, in order and next to each other, and sets the
// Seq of each. When it returns nil they survive a power cut. Errors are of
// kind Busy (the queue is full), Unavailable (the log does not answer; the
// events may yet be in it), Full (no room on the disk) or TooLarge.
func (l *Log) Append(ctx context.Context, events []cx.Event) (first cx.Seq, err error) {
	panic("not yet")
}

// LastSeq returns the seq of the last durable event; 0 when there is none.
func (l *Log) LastSeq() cx.Seq { panic("not yet") }

// Close stops the log. What was appended stays. It can be called again.
func (l *Log) Close() error { panic("not yet") }
