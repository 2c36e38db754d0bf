package journey

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
)

// Facts is what was lived. history.Store is one.
type Facts interface{ history.Teller }

// Models is where the journeys come from.
type Models interface{ Current() model.Version }

// Segments tells who is in a segment. segment.Service does.
type Segments interface {
	Customers(ctx context.Context, p cx.Principal, slug string) ([]cx.CustomerNo, error)
}

// Memory tells who customers are, and what an event said. remember.Memory does.
type Memory interface {
	CustomersByNo(ctx context.Context, p cx.Principal, nos []cx.CustomerNo) ([]remember.CustomerSummary, error)
	Customer(ctx context.Context, p cx.Principal, id cx.CustomerID) (remember.Customer, error)
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
//
// The runs of a journey are read from history when they are first asked for.
// Whoever asks later is answered from runs that know everything that history
// knew when they asked: those that were touched since are cut anew. Where that
// takes long (tens of milliseconds), what is told may be four times as old.
type Service struct {
	c        Config
	patient  time.Duration
	lifetime context.Context
	end      context.CancelFunc
	work     sync.WaitGroup

	mu     sync.Mutex
	kept   map[string]*kept // by journey and areas
	asked  uint64           // counts questions, so that it is known who was asked last
	closed bool

	foresights foresights
}

// New returns a service.
func New(c Config) *Service {
	if c.Bytes == 0 {
		c.Bytes = 256 << 20
	}
	s := &Service{c: c, patient: patient, kept: map[string]*kept{}}
	s.lifetime, s.end = context.WithCancel(context.Background())
	return s
}

// Close ends what is under way, waits for it and forgets all runs. It may be
// called again.
func (s *Service) Close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.end()
	s.work.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.kept)
	return nil
}

// kept is what is kept of a journey for those who see the same areas. Its fields
// are guarded by the service's mu.
type kept struct {
	edition *edition // nil: none yet
	renewal *renewal // under way; nil: none
	asked   uint64   // the question that asked for it last
	refused *refusal // nil: none
}

// refusal is that runs do not fit in memory: to find out costs as much as to
// read them, so it is told for a while.
type refusal struct {
	err     error
	version int // of the model
	until   time.Time
}

// renewal is the making of an edition, which all who wait share.
type renewal struct {
	began time.Time
	done  chan struct{} // closed at the end
	err   error         // told then
}

// patient is what a renewal may take for everybody to wait for it, and costShare
// how many times what it took a costlier one is told: a fifth of a second to
// renew is a second at most to be told.
const (
	patient   = 50 * time.Millisecond
	costShare = 4
)

// edition returns the journey's runs as they are now. The error is cx.NotFound
// when the model in force has no such journey.
func (s *Service) edition(ctx context.Context, p cx.Principal, slug string) (*edition, error) {
	if err := account.Check(p, account.ViewScores); err != nil {
		return nil, err
	}
	key, asked := slug, time.Now()
	if p.Areas != nil {
		key += " of " + strings.Join(slices.Sorted(slices.Values(p.Areas)), " ")
	}
	for {
		version := s.c.Models.Current()
		j, ok := version.Model.Journey(slug)
		if !ok {
			return nil, cx.Errorf(cx.NotFound, "", "there is no such journey")
		}
		s.mu.Lock()
		if s.closed {
			s.mu.Unlock()
			return nil, cx.Errorf(cx.Unavailable, "", "the product is about to stop")
		}
		k := s.kept[key]
		if k == nil {
			k = &kept{}
			s.kept[key] = k
		}
		s.asked++
		k.asked = s.asked
		if e := k.edition; e != nil && e.version == version.Number && s.fresh(e, asked) {
			s.mu.Unlock()
			return e, nil
		}
		if r := k.refused; r != nil && r.version == version.Number && asked.Before(r.until) {
			s.mu.Unlock()
			return nil, r.err
		}
		r := k.renewal
		if r == nil {
			r = s.renew(ctx, k, p, version, j)
		}
		s.mu.Unlock()
		select {
		case <-r.done:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if r.err != nil && !r.began.Before(asked) {
			return nil, r.err
		}
	}
}

// fresh tells whether an edition is told to who asked then.
func (s *Service) fresh(e *edition, asked time.Time) bool {
	return !e.checked.Before(asked) || e.cost > s.patient && asked.Sub(e.checked) < costShare*e.cost
}

// renew begins to make an edition, for whoever waits: it goes on when one of
// them gives up. The caller holds mu.
func (s *Service) renew(ctx context.Context, k *kept, p cx.Principal, version model.Version, j model.Journey) *renewal {
	r := &renewal{began: time.Now(), done: make(chan struct{})}
	k.renewal = r
	for _, other := range s.kept { // what another model made makes room first
		if other.renewal == nil && other.edition != nil && other.edition.version != version.Number {
			other.edition = nil
		}
	}
	before := k.edition
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(s.lifetime, cancel)
	s.work.Go(func() {
		defer cancel()
		defer stop()
		e, err := s.renewed(ctx, before, p, version, j)
		s.mu.Lock()
		defer s.mu.Unlock()
		defer close(r.done)
		took := time.Since(r.began)
		k.renewal, k.refused, r.err = nil, nil, err
		if cx.KindOf(err) == cx.TooLarge {
			k.refused = &refusal{err, version.Number, time.Now().Add(costShare * took)}
		}
		if err != nil {
			return
		}
		e.checked, e.cost = r.began, took
		k.edition = e
		s.makeRoom()
	})
	return r
}

// makeRoom drops the runs that were asked for least lately while all take more
// than they may. The caller holds mu.
func (s *Service) makeRoom() {
	for {
		total, oldest := int64(0), ""
		for key, k := range s.kept {
			if k.edition != nil {
				total += k.edition.runs.Bytes()
			}
			if k.renewal == nil && (oldest == "" || k.asked < s.kept[oldest].asked) {
				oldest = key
			}
		}
		if total <= s.c.Bytes || oldest == "" || len(s.kept) == 1 {
			return
		}
		delete(s.kept, oldest)
	}
}
