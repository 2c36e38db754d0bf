package notify

import (
	"context"
	"slices"
	"sync"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// hub hands notices to who is looking.
type hub struct {
	mu sync.Mutex
	of map[string][]chan Item // by person
}

// behind is how many notices who is slow may be behind; then the oldest go: the
// list has them.
const behind = 16

func (h *hub) tell(person string, i Item) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, c := range h.of[person] {
		for {
			select {
			case c <- i:
			default:
				select {
				case <-c:
				default:
				}
				continue
			}
			break
		}
	}
}

// Live sends one's notices as they come, until ctx ends; then it closes the
// channel. An empty Item says that something was read. Needs
// account.ViewNotices.
func (s *Service) Live(ctx context.Context, p cx.Principal) (<-chan Item, error) {
	if err := mine(p); err != nil {
		return nil, cx.Wrap("notify.Live", err)
	}
	c := make(chan Item, behind)
	s.hub.mu.Lock()
	s.hub.of[p.ID] = append(s.hub.of[p.ID], c)
	s.hub.mu.Unlock()
	context.AfterFunc(ctx, func() {
		s.hub.mu.Lock()
		defer s.hub.mu.Unlock()
		left := slices.DeleteFunc(s.hub.of[p.ID], func(o chan Item) bool { return o == c })
		if s.hub.of[p.ID] = left; len(left) == 0 {
			delete(s.hub.of, p.ID)
		}
		close(c)
	})
	return c, nil
}
