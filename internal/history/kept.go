package history

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// An answer is given again while facts come for patience at least, and for costShare
// times what it took to find; never when there are more by a share of growth: what was
// found while a log was read in is of little.
const (
	patience  = 20 * time.Second
	costShare = 20
	growth    = 10 // one in so many
)

// Kept keeps answers that read all of history, by question and by the areas of
// who asks. An answer is given again as long as history is the same; while facts
// come, for a while. What is erased or classified otherwise ends it at once. One
// answer is found at a time. Make one by NewKept; it is safe for concurrent use.
type Kept[T any] struct {
	facts Teller
	clock cx.Clock
	most  int
	busy  chan struct{} // holds one: who finds an answer

	mu    sync.Mutex
	times uint64 // that something was asked for
	known map[string]*keptAnswer[T]
}

type keptAnswer[T any] struct {
	answer  T
	edition Edition
	began   cx.Time
	cost    time.Duration
	asked   uint64 // when last; guarded by the mu of Kept
}

// NewKept returns an empty Kept of at most so many answers.
func NewKept[T any](facts Teller, clock cx.Clock, most int) *Kept[T] {
	return &Kept[T]{facts: facts, clock: clock, most: most, busy: make(chan struct{}, 1), known: map[string]*keptAnswer[T]{}}
}

// Ask returns the answer to a question, which is named by what decides it but the
// principal's areas: the one that is kept, or the one that find gives with the
// edition of history that it read. Nobody may write to it.
func (k *Kept[T]) Ask(ctx context.Context, p cx.Principal, question string, find func() (T, Edition, error)) (T, error) {
	if p.Areas != nil {
		question += " of " + strings.Join(slices.Sorted(slices.Values(p.Areas)), " ")
	}
	var none T
	if a, err := k.fresh(ctx, p, question); err != nil {
		return none, err
	} else if a != nil {
		return a.answer, nil
	}
	select {
	case k.busy <- struct{}{}:
		defer func() { <-k.busy }()
	case <-ctx.Done():
		return none, ctx.Err()
	}
	if a, err := k.fresh(ctx, p, question); err != nil {
		return none, err
	} else if a != nil { // found while this waited
		return a.answer, nil
	}
	began, start := k.clock.Now(), time.Now()
	answer, edition, err := find()
	if err != nil {
		return none, err
	}
	k.put(question, &keptAnswer[T]{answer: answer, edition: edition, began: began, cost: time.Since(start)})
	return answer, nil
}

// fresh returns what may be given again; nil when nothing may.
func (k *Kept[T]) fresh(ctx context.Context, p cx.Principal, question string) (*keptAnswer[T], error) {
	k.mu.Lock()
	a := k.known[question]
	if a != nil {
		k.times++
		a.asked = k.times
	}
	k.mu.Unlock()
	if a == nil {
		return nil, nil
	}
	var now Edition
	err := k.facts.Snapshot(ctx, p, func(s Snapshot) error {
		now = s.Edition()
		return nil
	})
	if err != nil || now.Rewritten != a.edition.Rewritten {
		return nil, err
	}
	if had := a.edition.Position; now.Position != had && (k.clock.Now().Sub(a.began) > max(patience, costShare*a.cost) || now.Position > had+had/growth) {
		return nil, nil
	}
	return a, nil
}

// put keeps an answer; of too many the one goes that was asked for least lately.
func (k *Kept[T]) put(question string, a *keptAnswer[T]) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.times++
	a.asked = k.times
	k.known[question] = a
	for len(k.known) > k.most {
		oldest := question
		for other, o := range k.known {
			if o.asked < k.known[oldest].asked {
				oldest = other
			}
		}
		delete(k.known, oldest)
	}
}
