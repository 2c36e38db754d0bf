package outcome

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
)

// kept holds what was told of all of history, by question. It is told again as
// long as history is the same; while facts come, for as long as patience lasts.
// What is erased or classified otherwise ends it at once.
type kept struct {
	busy chan struct{} // holds one: who reads

	mu    sync.Mutex
	asked uint64
	known map[string]*telling
}

type telling struct {
	Inferred
	edition history.Edition
	at      time.Time
	cost    time.Duration
	asked   uint64 // guarded by the mu of kept
}

// How many tellings are kept, and how long one is told while facts come: at least
// patience, and costShare times what it took.
const (
	mostTellings = 16
	patience     = 20 * time.Second
	costShare    = 20
)

// told returns what customers remember and what the silent would have said: kept,
// or read by one at a time. Nobody may write to it.
func (s *Service) told(ctx context.Context, p cx.Principal, q MemoryQuery) (Inferred, error) {
	key := fmt.Sprintf("%q %d ", q.Survey, q.Until)
	if p.Areas != nil {
		key += "of " + strings.Join(slices.Sorted(slices.Values(p.Areas)), " ")
	}
	t, err := s.fresh(ctx, p, key)
	if t == nil && err == nil {
		t, err = s.tell(ctx, p, q, key)
	}
	if err != nil {
		return Inferred{}, err
	}
	return t.Inferred, nil
}

// tell reads all of history, unless somebody did while this waited.
func (s *Service) tell(ctx context.Context, p cx.Principal, q MemoryQuery, key string) (*telling, error) {
	select {
	case s.kept.busy <- struct{}{}:
		defer func() { <-s.kept.busy }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if t, err := s.fresh(ctx, p, key); t != nil || err != nil {
		return t, err
	}
	began := time.Now()
	past, err := s.past(ctx, p, q)
	if err != nil {
		return nil, err
	}
	t := &telling{Inferred: past.inferred(), edition: past.edition, at: began}
	t.cost = time.Since(began)
	s.kept.put(key, t)
	return t, nil
}

// fresh returns the telling of a key that may be told again; nil when none may.
func (s *Service) fresh(ctx context.Context, p cx.Principal, key string) (*telling, error) {
	t := s.kept.get(key)
	if t == nil {
		return nil, nil
	}
	var now history.Edition
	err := s.facts.Snapshot(ctx, p, func(snap history.Snapshot) error {
		now = snap.Edition()
		return nil
	})
	if err != nil || now.Rewritten != t.edition.Rewritten || now.Position != t.edition.Position && time.Since(t.at) > max(patience, costShare*t.cost) {
		return nil, err
	}
	return t, nil
}

func (k *kept) get(key string) *telling {
	k.mu.Lock()
	defer k.mu.Unlock()
	t := k.known[key]
	if t != nil {
		k.asked++
		t.asked = k.asked
	}
	return t
}

// put keeps a telling; of too many the one goes that was asked for least lately.
func (k *kept) put(key string, t *telling) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.asked++
	t.asked = k.asked
	k.known[key] = t
	for len(k.known) > mostTellings {
		oldest := key
		for other, o := range k.known {
			if o.asked < k.known[oldest].asked {
				oldest = other
			}
		}
		delete(k.known, oldest)
	}
}
