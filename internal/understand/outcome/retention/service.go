package retention

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/purchases"
)

// Purchases tells what customers brought. purchases.Service does.
type Purchases interface {
	Ask(ctx context.Context, p cx.Principal, f purchases.Filter) (*purchases.Table, error)
	Groups(ctx context.Context, p cx.Principal, t *purchases.Table, b purchases.By) ([]purchases.Group, error)
}

// Models is where touchpoints and promises have their names from.
type Models interface{ Current() model.Version }

// Memory tells who customers are. remember.Memory does.
type Memory interface {
	CustomersByNo(ctx context.Context, p cx.Principal, nos []cx.CustomerNo) ([]remember.CustomerSummary, error)
	Customer(ctx context.Context, p cx.Principal, id cx.CustomerID) (remember.Customer, error)
}

// Promises tells of a promise to whom it was kept, and to whom it was broken.
// act/promise does.
type Promises interface {
	Outcomes(ctx context.Context, p cx.Principal, slug string, w cx.Window, fn func(profile cx.ProfileNo, at cx.Time, place string, kept bool)) error
}

// Cases tells which customers had a case that was not solved at a time. act/cases does.
type Cases interface {
	Unsolved(ctx context.Context, p cx.Principal, at cx.Time) ([]cx.CustomerID, error)
}

// Config wires a Service. Promises and Cases may be nil: then nothing is known of them.
type Config struct {
	Purchases Purchases
	Facts     history.Teller
	Models    Models
	Memory    Memory
	Promises  Promises
	Cases     Cases
	Clock     cx.Clock
	Logger    *slog.Logger
}

// Service tells who stays. It is safe for concurrent use. Cohorts and curves are
// counted when they are asked for; who is likely to leave is found in the background,
// and told until it is found again.
type Service struct {
	c       Config
	busy    chan struct{} // holds one: who learns
	leaving atomic.Pointer[Leaving]
	stop    func()
}

// How often it is looked whether who leaves must be found again, how long it is told
// at least, and how many times what it took.
const (
	interval  = 30 * time.Second
	patience  = 10 * time.Minute
	costShare = 50
)

// New returns a service; Start sets it to work.
func New(c Config) *Service { return &Service{c: c, busy: make(chan struct{}, 1)} }

// Start finds who is likely to leave, and again when it is time, until Close.
func (s *Service) Start() {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	s.stop = func() { cancel(); <-done }
	go func() {
		defer close(done)
		tick := time.NewTicker(interval)
		defer tick.Stop()
		for {
			if err := s.Learn(ctx, true); err != nil && ctx.Err() == nil {
				s.c.Logger.ErrorContext(ctx, "who leaves could not be learned", slog.Any("error", err))
			}
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
		}
	}()
}

// Close ends the background work and waits for it. It may be called again.
func (s *Service) Close() error {
	if s.stop != nil {
		s.stop()
	}
	return nil
}
