package history

import (
	"context"
	"log/slog"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/stream"
)

// Resolver tells whom facts belong to. remember does.
type Resolver interface {
	// Resolve waits until everything up to last is remembered and tells of the
	// stretch (after, last]: who each event belongs to, and the clusters that
	// it changed.
	Resolve(ctx context.Context, after, last cx.Seq) (Resolved, error)
}

// Resolved is what remember knows of a stretch of the log.
type Resolved struct {
	Facts    []ResolvedFact // by seq; duplicates are missing
	Clusters []Cluster
}

// ResolvedFact tells whom an event belongs to. A circumstance has no profile.
type ResolvedFact struct {
	Seq     cx.Seq
	Profile cx.ProfileNo
	Traits  []byte // answers only: the customer's traits as they were; JSON object
}

// Models is where the model in force comes from.
type Models interface {
	Current() model.Version
	Subscribe(fn func(model.Version)) (cancel func())
}

// Log is read again when another model applies.
type Log interface {
	Read(ctx context.Context, after cx.Seq, fn func(stream.Batch) error) error
}

// Config wires a View.
type Config struct {
	Store    Store
	Resolver Resolver
	Models   Models
	Log      Log
	Logger   *slog.Logger
}

// View makes facts from the log. It is a stream.View.
type View struct{ c Config }

// NewView returns the view. Start begins its background work.
func NewView(c Config) *View { return &View{c: c} }

// Name returns "history".
func (v *View) Name() string { return "history" }

// Position returns the position of the store.
func (v *View) Position(ctx context.Context) (cx.Seq, error) {
	s, err := v.c.Store.State(ctx)
	return s.Position, err
}

// Apply stores the batch's facts, classified under the model in force.
func (v *View) Apply(ctx context.Context, b stream.Batch) error { panic("not yet") }

// Start begins to classify again whenever another model applies, and goes on
// where it stopped. It returns at once.
func (v *View) Start() {}

// Close stops the background work and waits for it. It may be called again.
func (v *View) Close() error { return nil }
