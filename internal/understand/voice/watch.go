package voice

import (
	"context"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
)

// tell wakes who watches. The caller holds mu.
func (s *Service) tell() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// WaitFor returns when everything up to seq is heard. The error is Unavailable
// when ctx ends before.
func (s *Service) WaitFor(ctx context.Context, seq cx.Seq) error {
	for {
		s.mu.RLock()
		position, changed := s.state.position, s.changed
		s.mu.RUnlock()
		if position >= seq {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return &cx.Error{
				Kind: cx.Unavailable, Op: "voice.WaitFor", Err: context.Cause(ctx),
				Message: "it is in the log and will be heard soon: ask again",
			}
		}
	}
}

// Watch sends a token whenever texts came, went or read otherwise, until ctx
// ends; then it closes the channel. Who is slow gets one for all that happened
// meanwhile. It needs scores.view; what there is to see, Search tells.
func (s *Service) Watch(ctx context.Context, p cx.Principal) (<-chan struct{}, error) {
	if err := account.Check(p, account.ViewScores); err != nil {
		return nil, cx.Wrap("voice.Watch", err)
	}
	out := make(chan struct{})
	s.mu.RLock()
	edition, changed := s.edition, s.changed
	s.mu.RUnlock()
	go func() {
		defer close(out)
		for {
			select {
			case <-changed:
			case <-ctx.Done():
				return
			}
			s.mu.RLock()
			now := s.edition
			changed = s.changed
			s.mu.RUnlock()
			if now == edition {
				continue
			}
			select {
			case out <- struct{}{}:
				edition = now
			case <-ctx.Done():
				return
			}
		}
	}()
	return out, nil
}
