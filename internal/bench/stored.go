package bench

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"time"
)

// stored fills a directory and measures the way there, and then what depends on
// how much is stored: memory, disk, questions, a start after a crash.
func (r *runner) stored(ctx context.Context) error {
	return r.with(ctx, "stored", func(s *server) error {
		l := newLoad(r.Seed, r.Events, time.Now())
		if err := r.fillUp(ctx, s, l); err != nil {
			return err
		}
		if err := wait(ctx, r.Duration); err != nil {
			return err
		}
		now, _, err := s.resident()
		if err != nil {
			return err
		}
		r.found("stored.memory", now)
		if err := errors.Join(r.disk(s), r.questions(ctx, s)); err != nil {
			return err
		}
		if now, _, err = s.resident(); err != nil {
			return err
		}
		r.found("asked.memory", now)
		return r.restart(ctx, s, l)
	})
}

// fillUp stores r.Events events, at the pace at which the views follow, and
// notes a point of the curve each fortieth of the way.
func (r *runner) fillUp(ctx context.Context, s *server, l *load) error {
	const points = 40
	// How far what is sent runs ahead of the views: of few events not so far that
	// there would be no points between.
	ahead := min(20_000, r.Events/4)
	c, err := newCurve(s, r.Events/points)
	if err != nil {
		return err
	}
	written := r.profile(ctx, s, "stored", 10*r.Duration)
	filling, stop := context.WithCancel(ctx)
	defer stop()
	room := make(chan struct{}) // one to take for each chunk to send
	ended := make(chan error, 1)
	go func() {
		_, err := l.send(filling, s, 4, func(c *sender, next func() []event) error {
			for range room {
				if err := c.batch(next()); err != nil {
					stop() // or the others would wait for it
					return err
				}
			}
			return nil
		})
		ended <- err
	}()
	started := time.Now()
	for given := 0; ; {
		p, err := s.progress(filling)
		if err == nil {
			err = c.note(s, p.Applied)
		}
		for err == nil && given < r.Events && given < p.Applied+ahead {
			given += chunkSize
			select {
			case room <- struct{}{}:
			case <-filling.Done():
				err = filling.Err()
			}
		}
		if err == nil && given >= r.Events && p.Applied == p.Last && p.Last >= given {
			break
		}
		if err == nil {
			err = wait(filling, pollEvery)
		}
		if err != nil {
			close(room)
			return errors.Join(<-ended, err)
		}
	}
	close(room)
	r.found("stored.rate", float64(r.Events)/time.Since(started).Seconds())
	r.curve(c)
	return errors.Join(<-ended, written())
}

// disk measures what the stores take.
func (r *runner) disk(s *server) error {
	for _, store := range []struct{ name, prefix string }{
		{"disk.log", "log/"}, {"disk.memory", "views.db"}, {"disk.history", "history.duckdb"}, {"disk.all", ""},
	} {
		used, err := diskUsed(s.dir, store.prefix)
		if err != nil {
			return err
		}
		r.found(store.name, used/float64(r.Events))
	}
	return nil
}

// questions measures what people wait for, as they ask for it.
func (r *runner) questions(ctx context.Context, s *server) error {
	people, err := s.browser(ctx)
	if err != nil {
		return err
	}
	customers := r.Events / chunkSize * chunkFirst
	random := rand.New(rand.NewPCG(r.Seed, 1))
	known, err := s.board(ctx)
	if err != nil {
		return err
	}
	r.found("board.first", known.Seconds())
	var search, timeline, today, todayYear, board latencies
	written := r.profile(ctx, s, "questions", r.Duration)
	for i := range 100 {
		who := random.IntN(customers)
		query := [...]string{email(who), email(who)[:12], customerName(who), strings.ToLower(customerName(who)[:5]), userID(who)}[i%5]
		took, err := timed(ctx, s.api, "http://vivencia/api/v1/customers?search="+url.QueryEscape(query))
		if err != nil {
			return err
		}
		search = append(search, took)

		id, err := s.customer(ctx, userID(who))
		if err != nil || id == "" {
			return fmt.Errorf("customer %s is not there: %w", userID(who), err)
		}
		if took, err = timed(ctx, s.api, "http://vivencia/api/v1/customers/"+id+"/timeline"); err != nil {
			return err
		}
		timeline = append(timeline, took)
		if i%5 > 0 {
			continue
		}
		if took, err = timed(ctx, people, "http://"+s.addr+"/today"); err != nil {
			return err
		}
		today = append(today, took)
		if took, err = timed(ctx, people, "http://"+s.addr+"/today?weeks=52"); err != nil {
			return err
		}
		todayYear = append(todayYear, took)
		if took, err = timed(ctx, people, "http://"+s.addr+"/today?for=board"); err != nil {
			return err
		}
		board = append(board, took)
	}
	r.found("search.p95", search.at(.95))
	r.found("timeline.p95", timeline.at(.95))
	r.found("today.p95", today.at(.95))
	r.found("today.year.p95", todayYear.at(.95))
	r.found("board.p95", board.at(.95))
	return written()
}

// board waits until the indicators and what stands behind them are known.
func (s *server) board(ctx context.Context) (time.Duration, error) {
	for started := time.Now(); ; {
		var told struct {
			Pending bool
			Why     any
		}
		if err := s.call(ctx, "/api/v1/outcomes/indicators", nil, &told); err != nil {
			return 0, err
		}
		if !told.Pending && told.Why != nil {
			return time.Since(started), nil
		}
		if err := wait(ctx, pollEvery); err != nil {
			return 0, err
		}
	}
}

// restart kills the server while events come and starts it again.
func (r *runner) restart(ctx context.Context, s *server, l *load) error {
	loaded, stop := context.WithTimeout(ctx, r.Duration)
	defer stop()
	if _, err := l.send(loaded, s, 2, paced(loaded, arriving/2)); err != nil {
		return err
	}
	s.kill()
	started := time.Now()
	again, err := startServer(ctx, r.Binary, s.dir)
	if err != nil {
		return err
	}
	defer again.kill()
	if err := again.settled(ctx); err != nil {
		return err
	}
	r.found("start.killed", time.Since(started).Seconds())
	now, _, err := again.resident()
	r.found("start.memory", now)
	return err
}
