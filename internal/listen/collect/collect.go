package collect

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/listen/intake"
)

// Intake takes batches; intake.Service does.
type Intake interface {
	Accept(ctx context.Context, b intake.Batch) (intake.Receipt, error)
}

// Config is what the handler needs.
type Config struct {
	Intake Intake
	// Source returns the slug of the source that a write key belongs to, or an
	// Unauthorized error.
	Source func(ctx context.Context, writeKey string) (slug string, err error)
	Clock  cx.Clock
	Logger *slog.Logger
	// Observe, when set, is told of each request: its way ("v1/track"), status,
	// and how many messages were accepted and refused.
	Observe func(way string, status, accepted, refused int)
}

// Handler serves /v1/….
func Handler(c Config) http.Handler { panic("not yet") }
