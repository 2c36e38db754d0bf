package bench

import (
	"context"
	"errors"
	"sync"
	"time"
)

// idle measures what the server holds when there is nothing to do.
func (r *runner) idle(ctx context.Context) error {
	return r.with(ctx, "idle", func(s *server) error {
		if err := errors.Join(s.settled(ctx), wait(ctx, r.Duration)); err != nil {
			return err
		}
		now, _, err := s.resident()
		r.found("idle.memory", now)
		return err
	})
}

// batch measures how fast batches are made durable.
func (r *runner) batch(ctx context.Context) error {
	return r.accept(ctx, "batch", 16, func(s *sender, events []event, took func()) error {
		err := s.batch(events)
		took()
		return err
	})
}

// single measures how fast events are made durable that come one by one.
func (r *runner) single(ctx context.Context) error {
	return r.accept(ctx, "single", 64, func(s *sender, events []event, took func()) error {
		for _, e := range events {
			if err := s.single(e); err != nil {
				return err
			}
			took()
		}
		return nil
	})
}

// accept sends chunks over connections for r.Duration, each by post, which
// tells took of each request that was answered. The views work meanwhile, as
// they always do.
func (r *runner) accept(ctx context.Context, name string, connections int, post func(*sender, []event, func()) error) error {
	return r.with(ctx, name, func(s *server) error {
		l := newLoad(r.Seed, r.Events, time.Now())
		written := r.profile(ctx, s, name, r.Duration)
		var mu sync.Mutex
		var all latencies
		started := time.Now()
		sent, err := l.send(ctx, s, connections, func(c *sender, next func() []event) error {
			var own latencies
			defer func() { mu.Lock(); defer mu.Unlock(); all = append(all, own...) }()
			for time.Since(started) < r.Duration && ctx.Err() == nil {
				before := time.Now()
				err := post(c, next(), func() {
					own = append(own, time.Since(before))
					before = time.Now()
				})
				if err != nil {
					return err
				}
			}
			return ctx.Err()
		})
		if err != nil {
			return err
		}
		r.found(name+".rate", float64(sent)/time.Since(started).Seconds())
		r.found(name+".p50", all.at(.50))
		r.found(name+".p99", all.at(.99))
		if name == "batch" {
			_, most, err := s.resident()
			if err != nil {
				return err
			}
			r.found("batch.memory", most)
		}
		return written()
	})
}

// send runs fn on as many connections, each with a writer of the load, and
// returns how many events were written for them.
func (l *load) send(ctx context.Context, s *server, connections int, fn func(c *sender, next func() []event) error) (int, error) {
	before := l.chunk.Load()
	errs := make([]error, connections)
	var ended sync.WaitGroup
	for i := range connections {
		c, err := newSender(ctx, s.addr, s.key)
		if err != nil {
			errs[i] = err
			break
		}
		ended.Go(func() {
			defer c.close()
			errs[i] = fn(c, newWriter(l).next)
		})
	}
	ended.Wait()
	return int(l.chunk.Load()-before) * chunkSize, errors.Join(errs...)
}

// fill sends count events in batches over four connections.
func (l *load) fill(ctx context.Context, s *server, count int) (int, error) {
	end := l.chunk.Load() + uint64(count/chunkSize)
	return l.send(ctx, s, 4, func(c *sender, next func() []event) error {
		for l.chunk.Load() < end && ctx.Err() == nil {
			if err := c.batch(next()); err != nil {
				return err
			}
		}
		return ctx.Err()
	})
}
