package journey

import (
	"context"
	"log/slog"
	"sync"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
)

// Models is where the journeys come from.
type Models interface{ Current() model.Version }

// Facts is what was lived. history.Store is one.
type Facts interface {
	history.Teller
	State(ctx context.Context) (history.State, error)
}

// Segments tells who is in a segment. segment.Service does.
type Segments interface {
	Customers(ctx context.Context, p cx.Principal, slug string) ([]cx.CustomerNo, error)
}

// Memory tells who customers are, and what an event said. remember.Memory does.
type Memory interface {
	CustomersByNo(ctx context.Context, p cx.Principal, nos []cx.CustomerNo) ([]remember.CustomerSummary, error)
	EventsBySeq(ctx context.Context, p cx.Principal, seqs []cx.Seq) ([]remember.Item, error)
}

// Config wires a Service.
type Config struct {
	Facts    Facts
	Models   Models
	Segments Segments
	Memory   Memory
	Clock    cx.Clock
	Logger   *slog.Logger
	Bytes    int64 // memory that the runs of all journeys may take; 0: 256 MB
}

// Service answers how journeys are lived. It is safe for concurrent use, and
// does nothing while nobody asks. What it keeps is derived and holds only
// numbers of customers.
type Service struct {
	c  Config
	mu sync.Mutex
}

// New returns a service.
func New(c Config) *Service {
	if c.Bytes == 0 {
		c.Bytes = 256 << 20
	}
	return &Service{c: c}
}

// Close ends what is under way and waits for it. It may be called again.
func (s *Service) Close() error { return nil }
