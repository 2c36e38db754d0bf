package cases

import (
	"context"
	"slices"
	"sync"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
)

// watchers are those who want to know of changes.
type watchers struct {
	mu  sync.Mutex
	all map[chan Update]cx.Principal
}

// Watch tells of changes of cases within p's reach until ctx ends; then the
// channel is closed. Who is slow misses some: each says only that it is time to
// look again. Needs account.ViewCases.
func (s *Service) Watch(ctx context.Context, p cx.Principal) (<-chan Update, error) {
	if err := account.Check(p, account.ViewCases); err != nil {
		return nil, cx.Wrap("cases.Watch", err)
	}
	updates := make(chan Update, 16)
	w := s.watch
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.all == nil {
		w.all = map[chan Update]cx.Principal{}
	}
	w.all[updates] = p
	context.AfterFunc(ctx, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.all, updates)
		close(updates)
	})
	return updates, nil
}

func (w *watchers) tell(u Update) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for updates, p := range w.all {
		if p.Areas != nil && !slices.Contains(p.Areas, u.Area) && u.Owner != p.ID {
			continue
		}
		select {
		case updates <- u:
		default:
		}
	}
}
