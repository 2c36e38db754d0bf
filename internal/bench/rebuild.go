package bench

import (
	"context"
	"time"
)

// rebuild measures how fast everything derived is made again from the log.
func (r *runner) rebuild(ctx context.Context) error {
	return r.with(ctx, "rebuild", func(s *server) error {
		sent, err := newLoad(r.Seed, r.sample(), time.Now()).fill(ctx, s, r.sample())
		if err != nil {
			return err
		}
		s.kill()
		started := time.Now()
		if _, err := r.command(ctx, "rebuild", "--data", s.dir); err != nil {
			return err
		}
		r.found("rebuild.rate", float64(sent)/time.Since(started).Seconds())
		return nil
	})
}
