package deliver

import (
	"context"
	"embed"
	"log/slog"
	"net/url"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/jobs"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

//go:embed migrations
var migrations embed.FS

// Log takes decisions; stream.Log is one.
type Log interface {
	Append(ctx context.Context, events []cx.Event) (cx.Seq, error)
}

// People tells who is who; remember.Memory does.
type People interface {
	// Aliases returns every id that leads, or led, to the same customer.
	Aliases(ctx context.Context, id cx.CustomerID) ([]cx.CustomerID, error)
}

// Config wires a Service. All fields but SMTP are required.
type Config struct {
	DB     *sqldb.DB // state.db
	Jobs   *jobs.Queue
	Log    Log
	People People
	SMTP   SMTP
	Base   *url.URL // where people reach the product
	Key    []byte   // 32 bytes, for the tokens of unsubscribing
	Clock  cx.Clock
	Logger *slog.Logger
}

// Service is the outbox. It is safe for concurrent use.
type Service struct {
	c Config
}
