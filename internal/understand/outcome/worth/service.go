package worth

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/purchases"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/retention"
)

// Purchases tells what customers brought. purchases.Service does.
type Purchases interface {
	Ask(ctx context.Context, p cx.Principal, f purchases.Filter) (*purchases.Table, error)
	Groups(ctx context.Context, p cx.Principal, t *purchases.Table, b purchases.By) ([]purchases.Group, error)
}

// Retention tells who is likely to leave. retention.Service does.
type Retention interface {
	Leaving(ctx context.Context, p cx.Principal) (*retention.Leaving, error)
}

// Memory tells who customers are. remember.Memory does.
type Memory interface {
	Customer(ctx context.Context, p cx.Principal, id cx.CustomerID) (remember.Customer, error)
}

// Config wires a Service.
type Config struct {
	Purchases Purchases
	Retention Retention
	Memory    Memory
	Clock     cx.Clock
	Logger    *slog.Logger
}

// Service tells what customers are worth. It is safe for concurrent use. The models
// of buying are fitted in the background, and told until they are fitted again.
type Service struct {
	c     Config
	busy  chan struct{} // holds one: who fits
	known atomic.Pointer[known]
	stop  func()
}

// How often it is looked whether to fit again, how long a fit is told at least, and
// how many times what it took.
const (
	interval  = 30 * time.Second
	patience  = time.Minute
	costShare = 20
)

// New returns a service; Start sets it to work.
func New(c Config) *Service { return &Service{c: c, busy: make(chan struct{}, 1)} }

// Start fits, and again when it is time, until Close.
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
				s.c.Logger.ErrorContext(ctx, "what customers are worth could not be found", slog.Any("error", err))
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

// Learn fits the models, unless (when is only is given) what is known is young enough
// or nothing came since. One fits at a time.
func (s *Service) Learn(ctx context.Context, only bool) error {
	const op = "worth.Learn"
	select {
	case s.busy <- struct{}{}:
		defer func() { <-s.busy }()
	case <-ctx.Done():
		return ctx.Err()
	}
	t, err := s.c.Purchases.Ask(ctx, cx.System(), purchases.Filter{})
	if err != nil {
		return cx.Wrap(op, err)
	}
	leaving, err := s.c.Retention.Leaving(ctx, cx.System())
	if err != nil {
		return cx.Wrap(op, err)
	}
	if k := s.known.Load(); only && k != nil {
		same := k.table.Edition == t.Edition && k.leaving == leaving
		if same || s.c.Clock.Now().Sub(k.fit.AsOf) < max(patience, costShare*k.cost) && !k.table.Outgrown(t) {
			return nil
		}
	}
	start := time.Now()
	k := newKnown(t, leaving)
	k.cost = time.Since(start)
	s.known.Store(k)
	return nil
}

// asked returns what is known (nil: nothing yet) and the customers of a question.
func (s *Service) asked(ctx context.Context, p cx.Principal, f purchases.Filter) (*known, *purchases.Table, error) {
	if err := account.Check(p, account.ViewScores); err != nil {
		return nil, nil, err
	}
	k := s.known.Load()
	if k != nil && p.Areas == nil && f == (purchases.Filter{}) {
		return k, k.table, nil
	}
	t, err := s.c.Purchases.Ask(ctx, p, f)
	return k, t, err
}

// Fit tells how the company's customers buy. It needs the right scores.view; what it
// tells is of the whole company, and of nobody in particular.
func (s *Service) Fit(_ context.Context, p cx.Principal) (Fit, error) {
	if err := account.Check(p, account.ViewScores); err != nil {
		return Fit{}, cx.Wrap("worth.Fit", err)
	}
	return s.known.Load().told(), nil
}

// Each calls fn with what each customer that the filter lets through is worth, by
// ascending number, from memory, and returns the fit that it is by: while that is
// Pending, or has a Fault, fn is not called. It needs the right scores.view; of who is
// limited to areas, it tells of who bought there. It stops at the first error of fn.
func (s *Service) Each(ctx context.Context, p cx.Principal, f purchases.Filter, fn func(Customer) error) (Fit, error) {
	const op = "worth.Each"
	k, t, err := s.asked(ctx, p, f)
	if err != nil {
		return Fit{}, cx.Wrap(op, err)
	}
	return k.told(), cx.Wrap(op, k.each(t, func(_, row int) error { return fn(k.customer(row)) }))
}

// OfCustomer tells what one customer is worth. It needs the right customers.view; the
// error is NotFound for an unknown customer, or one that p does not reach. Of who bought
// nothing, or while nothing can be told, only No is set.
func (s *Service) OfCustomer(ctx context.Context, p cx.Principal, id cx.CustomerID) (Customer, error) {
	c, err := s.c.Memory.Customer(ctx, p, id)
	if err != nil {
		return Customer{}, cx.Wrap("worth.OfCustomer", err)
	}
	k := s.known.Load()
	if k == nil || k.fit.Fault != "" {
		return Customer{No: c.No}, nil
	}
	row, ok := k.table.Find(c.No)
	if !ok || k.table.From[row] == k.table.From[row+1] {
		return Customer{No: c.No}, nil
	}
	out := k.customer(row)
	out.Interval = k.interval(row)
	return out, nil
}

// By tells what groups of customers are worth, the largest group first. It needs the
// right scores.view; the errors are Invalid for a By, NotFound for a segment. It is
// empty while nothing is known.
func (s *Service) By(ctx context.Context, p cx.Principal, f purchases.Filter, by purchases.By) ([]Group, error) {
	const op = "worth.By"
	k, t, err := s.asked(ctx, p, f)
	if err != nil {
		return nil, cx.Wrap(op, err)
	}
	groups, err := s.c.Purchases.Groups(ctx, p, t, by)
	if err != nil || k == nil || k.fit.Fault != "" {
		return nil, cx.Wrap(op, err)
	}
	out := []Group{}
	for _, g := range groups {
		if of := k.group(t.Only(g.Rows)); of.N > 0 {
			of.Key, of.Name = g.Key, g.Name
			out = append(out, of)
		}
	}
	return out, nil
}

// Distribution tells how the value is spread over customers. It needs the right
// scores.view; the error is NotFound for a segment.
func (s *Service) Distribution(ctx context.Context, p cx.Principal, f purchases.Filter) (Distribution, error) {
	const op = "worth.Distribution"
	k, t, err := s.asked(ctx, p, f)
	if err != nil {
		return Distribution{}, cx.Wrap(op, err)
	}
	if k == nil {
		return Distribution{Pending: true}, nil
	}
	return k.distribution(t), nil
}
