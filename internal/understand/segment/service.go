package segment

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/expr"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
)

// Models is where the segments come from.
type Models interface{ Current() model.Version }

// Memory tells who customers are. remember.Memory does.
type Memory interface {
	CustomersByNo(ctx context.Context, p cx.Principal, nos []cx.CustomerNo) ([]remember.CustomerSummary, error)
	Customer(ctx context.Context, p cx.Principal, id cx.CustomerID) (remember.Customer, error)
}

// Service answers who is in which segment. It is safe for concurrent use. It
// does nothing while nobody asks.
type Service struct {
	facts  history.Asker
	models Models
	memory Memory
	clock  cx.Clock

	busy chan struct{} // holds one: who evaluates

	mu    sync.Mutex
	known map[string]*evaluation // by areas
}

// New returns a service.
func New(facts history.Asker, models Models, memory Memory, clock cx.Clock) *Service {
	return &Service{facts: facts, models: models, memory: memory, clock: clock, busy: make(chan struct{}, 1), known: map[string]*evaluation{}}
}

// Count is how many customers are in a segment.
type Count struct {
	Segment model.Segment
	N       int
	Share   float64 // of all customers that the principal's answers are about; 0 when there are none
}

// Counts is how many customers are in each segment of the model, in its order.
type Counts struct {
	Counts []Count
	Of     int     // customers in all
	At     cx.Time // when they were counted
}

// Counts counts the customers of every segment. It needs the right scores.view;
// of who is limited to areas, all is of what was lived there.
func (s *Service) Counts(ctx context.Context, p cx.Principal) (Counts, error) {
	const op = "segment.Counts"
	if err := account.Check(p, account.ViewScores); err != nil {
		return Counts{}, cx.Wrap(op, err)
	}
	e, err := s.evaluated(ctx, p)
	if err != nil {
		return Counts{}, cx.Wrap(op, err)
	}
	out := Counts{Of: e.of, At: e.at}
	for i, segment := range e.segments {
		c := Count{Segment: segment, N: len(e.members[i])}
		if e.of > 0 {
			c.Share = float64(c.N) / float64(e.of)
		}
		out.Counts = append(out.Counts, c)
	}
	return out, nil
}

// evaluation is who was in each segment at a time, for some areas.
type evaluation struct {
	model    int // version
	at       cx.Time
	until    cx.Time // told until then
	of       int
	segments []model.Segment
	members  [][]cx.CustomerNo // by segment, ascending
	none     []cx.CustomerNo   // who is in no segment, ascending
}

const (
	// freshFor is how long an evaluation is told at least, and costShare how
	// many times what it took.
	freshFor  = 3 * time.Second
	costShare = 10
	// mostKnown is of how many different areas evaluations are kept.
	mostKnown = 16
)

// evaluated returns an evaluation that is fresh, and makes one when there is
// none: one at a time, which all who wait share.
func (s *Service) evaluated(ctx context.Context, p cx.Principal) (*evaluation, error) {
	key := "all"
	if p.Areas != nil {
		key = "of " + strings.Join(slices.Sorted(slices.Values(p.Areas)), " ")
	}
	if e := s.fresh(key); e != nil {
		return e, nil
	}
	select {
	case s.busy <- struct{}{}:
		defer func() { <-s.busy }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if e := s.fresh(key); e != nil {
		return e, nil
	}
	version := s.models.Current()
	e := &evaluation{model: version.Number, segments: version.Model.Segments}
	err := s.evaluate(ctx, p, version.Model, nil, e)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.known) >= mostKnown {
		clear(s.known)
	}
	s.known[key] = e
	return e, nil
}

func (s *Service) fresh(key string) *evaluation {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, now := s.known[key], s.clock.Now()
	if e == nil || e.model != s.models.Current().Number || now >= e.until || now < e.at { // a clock set back
		return nil
	}
	return e
}

// evaluate fills e with who of the customers (nil: all) is in its segments now.
func (s *Service) evaluate(ctx context.Context, p cx.Principal, m *model.Model, customers []cx.CustomerNo, e *evaluation) error {
	e.at = s.clock.Now()
	e.members = make([][]cx.CustomerNo, len(e.segments))
	programs := make([]*expr.Program, len(e.segments))
	for i, segment := range e.segments {
		programs[i] = segment.When
	}
	j := joinAsks(programs)
	q := history.BehaviourQuery{
		Asks: j.asks, Traits: j.traits, Now: e.at, Currency: m.Company.Currency, Digits: m.Company.Digits(), Customers: customers,
	}
	err := s.facts.Behaviour(ctx, p, q, func(b history.Behaviour) error {
		e.of++
		in := false
		err := j.each(q.Now, b, func(i int) { e.members[i], in = append(e.members[i], b.Customer), true })
		if !in {
			e.none = append(e.none, b.Customer)
		}
		return err
	})
	now := s.clock.Now()
	e.until = now.Add(max(freshFor, costShare*now.Sub(e.at)))
	return err
}
