package bench

import (
	"context"
	"time"
)

// behind measures how fast the views follow: the log is filled, and then
// nothing else is done until they know all of it.
func (r *runner) behind(ctx context.Context) error {
	for _, kind := range []struct {
		name   string
		random int
	}{{"behind.visits", 0}, {"behind.random", million}} {
		err := r.with(ctx, kind.name, func(s *server) error {
			l := newLoad(r.Seed, r.sample(), time.Now())
			l.random = kind.random
			if _, err := l.fill(ctx, s, r.sample()); err != nil {
				return err
			}
			started := time.Now()
			from, err := s.progress(ctx)
			if err != nil {
				return err
			}
			written := r.profile(ctx, s, kind.name, r.Duration)
			if err := s.settled(ctx); err != nil {
				return err
			}
			r.found(kind.name, float64(from.Last-from.Applied)/time.Since(started).Seconds())
			return written()
		})
		if err != nil {
			return err
		}
	}
	return nil
}
