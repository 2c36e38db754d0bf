package journey

import (
	"context"
	"sync"
	"time"
	"weak"
)

// latelies keeps what was told lately of a journey's runs, whatever was touched
// since: it outlives editions, until all is read again.
type latelies struct {
	mu    sync.Mutex
	known map[string]*telling // by filter and question
}

// mostLately bounds what is kept; past it, all is found anew.
const mostLately = 256

// telling is an answer and what it cost.
type telling struct {
	of      weak.Pointer[memos] // of the runs that it was told of, which need not be kept for it
	value   any
	at      time.Time
	took    time.Duration
	renewed bool // is being
}

// staleFor is how much longer than costShare times what it took an answer is
// told while it is found anew.
const staleFor = time.Minute

// lately returns what make tells of x, which is kept as memo does. Where that
// took longer than anybody should wait for, what was told of the runs as they
// were is told for ten times as long; then once more, while it is found anew.
// The context of make is the service's, when nobody waits for it.
func lately[T any](ctx context.Context, s *Service, x *lived, key string, make func(context.Context) (T, error)) (T, error) {
	if x.lately == nil {
		return memo(x, key, func() (T, error) { return make(ctx) })
	}
	ctx = context.WithoutCancel(ctx) // others may wait for it too
	if value, ok := x.lately.told(s, x, key, func() { _, _ = find(s.lifetime, x, key, make) }); ok {
		return value.(T), nil
	}
	return find(ctx, x, key, make)
}

// find finds an answer and keeps it.
func find[T any](ctx context.Context, x *lived, key string, make func(context.Context) (T, error)) (T, error) {
	began := time.Now()
	value, err := memo(x, key, func() (T, error) { return make(ctx) })
	l := x.lately
	l.mu.Lock()
	defer l.mu.Unlock()
	key = x.asked + key
	if before := l.known[key]; err != nil {
		if before != nil {
			before.renewed = false
		}
	} else if before == nil || before.of != weak.Make(x.memos) {
		if len(l.known) >= mostLately {
			clear(l.known)
		}
		l.known[key] = &telling{of: weak.Make(x.memos), value: value, at: time.Now(), took: time.Since(began)}
	}
	return value, err
}

// told returns the answer when it may be told still; renew is called at once when
// it should be found anew.
func (l *latelies) told(s *Service, x *lived, key string, renew func()) (any, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	last := l.known[x.asked+key]
	same := last != nil && last.of == weak.Make(x.memos)
	if last == nil || !same && last.took <= s.patient {
		return nil, false
	}
	fresh := costShare*last.took - time.Since(last.at)
	if same || fresh > 0 || last.renewed {
		return last.value, true
	}
	if fresh < -staleFor {
		return nil, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		last.renewed = true
		s.work.Go(renew)
	}
	return last.value, true
}
