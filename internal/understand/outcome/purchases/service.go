package purchases

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// Facts is what was lived. history.Store is one.
type Facts interface {
	Breakdown(ctx context.Context, p cx.Principal, q history.Query) ([]history.Group, error)
	history.Teller
}

// Models is where the currency, the calendar and the contract come from.
type Models interface{ Current() model.Version }

// Segments tells who is in a segment. segment.Service does.
type Segments interface {
	Customers(ctx context.Context, p cx.Principal, slug string) ([]cx.CustomerNo, error)
}

// Config wires a Service.
type Config struct {
	Facts    Facts
	Models   Models
	Segments Segments
	Clock    cx.Clock
	Logger   *slog.Logger
}

// Service keeps the table. It is safe for concurrent use.
type Service struct {
	c        Config
	editions atomic.Uint64

	mu       sync.Mutex
	readings map[string]*reading // by areas
	asked    uint64              // times that somebody limited to areas asked

	stop func()
}

// How old a table may be, how often the whole company's is looked after, and of how
// many different areas one is kept.
const (
	MaxAge       = 40 * time.Second
	interval     = 20 * time.Second
	mostReadings = 8
)

// New returns a service that reads when it is asked. Start makes it read before.
func New(c Config) *Service {
	return &Service{c: c, readings: map[string]*reading{}}
}

// Start keeps the whole company's table fresh until Close.
func (s *Service) Start() {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	s.stop = func() { cancel(); <-done }
	go func() {
		defer close(done)
		tick := time.NewTicker(interval)
		defer tick.Stop()
		for {
			if err := s.Refresh(ctx); err != nil && ctx.Err() == nil {
				s.c.Logger.ErrorContext(ctx, "purchases could not be read", slog.Any("error", err))
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

// Refresh reads what came since for the whole company's table.
func (s *Service) Refresh(ctx context.Context) error {
	_, err := s.reading("").fresh(ctx, s, cx.System(), 0)
	return cx.Wrap("purchases.Refresh", err)
}

// Ask returns the table, at most MaxAge old, of whom the filter lets through. It
// needs the right scores.view; of who is limited to areas, it holds what was bought
// there. The error is NotFound when the model has no such segment.
func (s *Service) Ask(ctx context.Context, p cx.Principal, f Filter) (*Table, error) {
	const op = "purchases.Ask"
	if err := account.Check(p, account.ViewScores); err != nil {
		return nil, cx.Wrap(op, err)
	}
	areas := ""
	if p.Areas != nil {
		areas = "of " + strings.Join(slices.Sorted(slices.Values(p.Areas)), " ")
	}
	t, err := s.reading(areas).fresh(ctx, s, p, MaxAge)
	if err != nil {
		return nil, cx.Wrap(op, err)
	}
	t, err = s.narrowed(ctx, p, t, f)
	return t, cx.Wrap(op, err)
}

// reading returns what is kept for some areas ("": everywhere). Of too many the one
// goes that was asked for least lately.
func (s *Service) reading(areas string) *reading {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	r := s.readings[areas]
	if r == nil {
		r = &reading{busy: make(chan struct{}, 1)}
		s.readings[areas] = r
	}
	r.asked = s.asked
	for len(s.readings) > mostReadings {
		oldest := areas
		for other, o := range s.readings {
			if other != "" && o.asked < s.readings[oldest].asked {
				oldest = other
			}
		}
		delete(s.readings, oldest)
	}
	return r
}
