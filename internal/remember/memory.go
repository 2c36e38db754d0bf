package remember

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/stream"
)

// ModelSource gives the model in force, for what is told at read.
type ModelSource interface{ Current() model.Version }

// Appender writes decisions to the log; stream.Log is one.
type Appender interface {
	Append(ctx context.Context, events []cx.Event) (cx.Seq, error)
}

// Config wires a Memory. All fields are required.
type Config struct {
	DB     *sqldb.DB // views.db: nothing else lives there but what can be derived again
	Clock  cx.Clock  // only for the time of decisions made through this service
	Salt   []byte    // of the instance, for cx.HashMessage
	Models ModelSource
	Log    Appender
	Logger *slog.Logger
}

// SchemaError says that views.db was written by another version of this
// package: rebuild it beside and swap.
type SchemaError struct{ Have, Want int }

// Error says what to do.
func (e *SchemaError) Error() string {
	return fmt.Sprintf("the memory has schema %d and this program wants %d: run vivencia rebuild", e.Have, e.Want)
}

// Memory is the view and the service on it. It is safe for concurrent use;
// Apply is called by one goroutine at a time.
type Memory struct{ config Config }

// Open opens the memory in c.DB, or makes an empty one. The error is a
// *SchemaError when another version of this package wrote it.
func Open(ctx context.Context, c Config) (*Memory, error) { panic("not yet") }

// Name returns "remember".
func (m *Memory) Name() string { return "remember" }

// Position returns the seq up to which everything is remembered.
func (m *Memory) Position(ctx context.Context) (cx.Seq, error) { panic("not yet") }

// Apply remembers a batch in one transaction.
func (m *Memory) Apply(ctx context.Context, b stream.Batch) error { panic("not yet") }

// WaitFor returns when everything up to seq is remembered: a reader then sees
// what it wrote.
func (m *Memory) WaitFor(ctx context.Context, seq cx.Seq) error { panic("not yet") }
