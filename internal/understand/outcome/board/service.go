package board

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/chain"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/purchases"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/risk"
	"github.com/vivencia-cx/vivencia/internal/understand/reason"
)

// Scores tells what was answered and how it felt. outcome.Service does.
type Scores interface {
	Pulse(ctx context.Context, p cx.Principal, q outcome.PulseQuery) (outcome.Pulse, error)
	Scores(ctx context.Context, p cx.Principal, q outcome.Query) (outcome.Result, error)
}

// Purchases tells what customers brought, from memory; Refresh reads what came since.
// purchases.Service does.
type Purchases interface {
	Refresh(ctx context.Context) error
	Ask(ctx context.Context, p cx.Principal, f purchases.Filter) (*purchases.Table, error)
}

// Chains tells how what is lived becomes money. chain.Service does.
type Chains interface {
	Chain(ctx context.Context, p cx.Principal, q chain.Query) (chain.Chain, error)
}

// Risks tells the money at risk. risk.Service does.
type Risks interface {
	AtRisk(ctx context.Context, p cx.Principal, q risk.Query) (risk.AtRisk, error)
}

// Reasons tells what moved a score. reason.Service does.
type Reasons interface {
	Changed(ctx context.Context, p cx.Principal, q reason.ChangedQuery) (reason.Changes, error)
	Reasons(ctx context.Context, p cx.Principal, q reason.Query) (reason.Answer, error)
}

// Referrals tells who came because somebody brought them. act/referral does.
type Referrals interface {
	// Came returns how many of those whose first purchase lies in the window came by a
	// proven referral, and how many those are; nil customers: of all.
	Came(ctx context.Context, p cx.Principal, w cx.Window, customers []cx.CustomerNo) (came, of int, err error)
}

// Segments tells who is in a segment. segment.Service does.
type Segments interface {
	Customers(ctx context.Context, p cx.Principal, slug string) ([]cx.CustomerNo, error)
}

// Models is where segments, areas and touchpoints come from.
type Models interface{ Current() model.Version }

// Config wires a Service.
type Config struct {
	Facts     history.Teller
	Scores    Scores
	Purchases Purchases
	Chains    Chains
	Risks     Risks
	Reasons   Reasons
	Referrals Referrals // nil: nobody tells of them
	Segments  Segments
	Models    Models
	Clock     cx.Clock
	Logger    *slog.Logger
}

// MaxAge is how old indicators may be that are told.
const MaxAge = 60 * time.Second

const (
	interval    = 15 * time.Second       // between looks whether anything came
	whyInterval = 45 * time.Second       // the same for what stands behind, which costs more
	patience    = 250 * time.Millisecond // that somebody who asks first waits
	wanted      = 15 * time.Minute       // that what was asked for is kept fresh
	settling    = 15 * time.Minute       // after the basis changed: until then what stands behind may be told of before (history.Kept)
	mostKept    = 64
	usualDays   = 28
	mostDays    = 366
)

// Service tells the indicators from memory. What was asked for lately, and always the
// whole company's, is kept fresh in the background from Start to Close: it is found anew
// when anything came. It is safe for concurrent use.
type Service struct {
	c       Config
	wake    chan struct{}
	wakeWhy chan struct{}
	stop    func()

	mu   sync.Mutex
	kept map[string]*telling
}

// telling is the indicators for one query and some areas.
type telling struct {
	areas []string // of who asks; nil: everywhere
	q     Query

	// Guarded by the mu of Service.
	asked   cx.Time // when last; 0: always
	answer  *Indicators
	basis   basis
	since   cx.Time // when the basis was another
	why     *Why
	whyOf   basis
	err     error
	changed chan struct{} // closed when another answer is there
}

// basis is what decides an answer.
type basis struct {
	model     int
	position  cx.Seq
	rewritten uint64
	table     uint64
	today     int32
}

// New returns a service; Start sets it to work.
func New(c Config) *Service {
	s := &Service{c: c, wake: make(chan struct{}, 1), wakeWhy: make(chan struct{}, 1), kept: map[string]*telling{}}
	q := Query{Days: usualDays}
	s.kept[key(nil, q)] = &telling{q: q, changed: make(chan struct{})}
	return s
}

func key(areas []string, q Query) string {
	k := fmt.Sprintf("%+v", q)
	if areas != nil {
		k += " of " + strings.Join(slices.Sorted(slices.Values(areas)), " ")
	}
	return k
}

// Start keeps the indicators fresh until Close.
func (s *Service) Start() {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	s.stop = func() { cancel(); running.Wait() }
	running.Go(func() { s.every(ctx, interval, s.wake, s.Refresh) })
	running.Go(func() { s.every(ctx, whyInterval, s.wakeWhy, s.RefreshWhy) })
}

func (s *Service) every(ctx context.Context, d time.Duration, wake <-chan struct{}, do func(context.Context)) {
	tick := time.NewTicker(d)
	defer tick.Stop()
	for {
		do(ctx)
		select {
		case <-tick.C:
		case <-wake:
		case <-ctx.Done():
			return
		}
	}
}

// Close waits until what is being found has ended. It may be called again.
func (s *Service) Close() error {
	if s.stop != nil {
		s.stop()
	}
	return nil
}

// Indicators tells how the company is doing, from memory: at most MaxAge old, or Pending.
// It needs the right scores.view; of who is limited to areas, all is of what was lived
// and bought there. Nobody may write to
// what it returns. The error is cx.NotFound when the model has no such segment or area.
func (s *Service) Indicators(ctx context.Context, p cx.Principal, q Query) (Indicators, error) {
	out, err := s.indicators(ctx, p, q)
	return out, cx.Wrap("board.Indicators", err)
}

func (s *Service) indicators(ctx context.Context, p cx.Principal, q Query) (Indicators, error) {
	if err := account.Check(p, account.ViewScores); err != nil {
		return Indicators{}, err
	}
	version := s.c.Models.Current()
	if q.Days == 0 {
		q.Days = usualDays
	}
	if q.Days < 1 || q.Days > mostDays {
		return Indicators{}, cx.InvalidFaults("", []cx.Fault{{Field: "days", Message: fmt.Sprintf("must be 1 to %d", mostDays)}})
	}
	if _, ok := version.Model.Area(q.Area); !ok && q.Area != "" {
		return Indicators{}, cx.Errorf(cx.NotFound, "", "there is no such area")
	}
	if _, ok := version.Model.Segment(q.Segment); !ok && q.Segment != "" {
		return Indicators{}, cx.Errorf(cx.NotFound, "", "there is no such segment")
	}
	var edition history.Edition
	err := s.c.Facts.Snapshot(ctx, p, func(facts history.Snapshot) error {
		edition = facts.Edition()
		return nil
	})
	if err != nil {
		return Indicators{}, err
	}
	t := s.telling(p.Areas, q)
	waited := time.NewTimer(patience)
	defer waited.Stop()
	for {
		out, changed, err := s.told(t, version.Number, edition.Rewritten)
		if err != nil || !out.Pending {
			return out, err
		}
		signal(s.wake)
		select {
		case <-changed:
		case <-waited.C:
			return out, nil
		case <-ctx.Done():
			return out, ctx.Err()
		}
	}
}

// telling returns what is kept for a query, from now on for a while.
func (s *Service) telling(areas []string, q Query) *telling {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := key(areas, q)
	t := s.kept[k]
	if t == nil {
		t = &telling{areas: slices.Clone(areas), q: q, changed: make(chan struct{})}
		s.kept[k] = t
	}
	if areas != nil || q != (Query{Days: usualDays}) {
		t.asked = s.c.Clock.Now()
	}
	for len(s.kept) > mostKept {
		oldest := ""
		for other, o := range s.kept {
			if o.asked != 0 && (oldest == "" || o.asked < s.kept[oldest].asked) {
				oldest = other
			}
		}
		delete(s.kept, oldest)
	}
	return t
}

// told returns what may be told now; Pending when nothing may: what is there is too old,
// of another model, or of what was erased since.
func (s *Service) told(t *telling, model int, rewritten uint64) (Indicators, <-chan struct{}, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t.answer == nil || t.basis.model != model || t.basis.rewritten != rewritten || s.c.Clock.Now().Sub(t.answer.AsOf) > MaxAge {
		if t.err != nil && t.answer == nil {
			return Indicators{}, nil, t.err
		}
		return Indicators{Pending: true}, t.changed, nil
	}
	out := *t.answer
	if t.why != nil && t.whyOf.model == model && t.whyOf.rewritten == rewritten {
		out.Why = t.why
	}
	return out, t.changed, nil
}

func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// fresh returns the tellings to keep fresh.
func (s *Service) fresh() (list []*telling) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.c.Clock.Now()
	for _, k := range slices.Sorted(maps.Keys(s.kept)) {
		if t := s.kept[k]; t.asked == 0 || now.Sub(t.asked) <= wanted {
			list = append(list, t)
		}
	}
	slices.SortStableFunc(list, func(a, b *telling) int { // who waits first
		switch {
		case a.answer == nil && b.answer != nil:
			return -1
		case a.answer != nil && b.answer == nil:
			return 1
		}
		return 0
	})
	return list
}
