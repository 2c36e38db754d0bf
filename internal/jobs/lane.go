package jobs

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// mostClaimed and mostFinished are how many jobs one transaction claims or ends
// at most.
const mostClaimed, mostFinished = 512, 512

// lane runs the jobs of one kind.
type lane struct {
	Lane
	c     *Config
	wake  chan struct{}  // holds one: look now
	slots chan struct{}  // one for each worker at work
	ahead int            // how many are claimed at once: more while workers are quick
	ended chan *finished // worked on, to be written
}

// finished is a job that was worked on.
type finished struct {
	job   Job
	until cx.Time // of the claim: it tells whether the job is still this one
	done  Done
	err   error
}

func newLane(c *Config, l Lane) *lane {
	l.Workers, l.Lease = cmp.Or(l.Workers, 4), cmp.Or(l.Lease, time.Minute)
	l.Retry.First, l.Retry.Most = cmp.Or(l.Retry.First, 5*time.Second), cmp.Or(l.Retry.Most, time.Hour)
	l.Retry.For = cmp.Or(l.Retry.For, 4*24*time.Hour)
	return &lane{Lane: l, c: c, wake: make(chan struct{}, 1), slots: make(chan struct{}, l.Workers), ahead: l.Workers, ended: make(chan *finished, l.Workers)}
}

func (l *lane) signal() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// run claims and works until ctx ends, and returns when everything is written.
func (l *lane) run(ctx context.Context) {
	var writer, workers sync.WaitGroup
	writer.Go(func() { l.write(ctx) })
	defer func() {
		workers.Wait()
		close(l.ended)
		writer.Wait()
	}()
	tick := time.NewTicker(Beat)
	defer tick.Stop()
	for {
		more, err := l.claim(ctx, &workers)
		if err != nil && ctx.Err() == nil {
			l.c.Logger.Warn("jobs could not be claimed", slog.String("kind", l.Kind), slog.Any("error", err))
		}
		if more && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-l.wake:
		case <-tick.C:
		}
	}
}

// claim claims what is due once a worker is free, and gives it to the workers;
// more tells that others may be due as well. A transaction costs as much as many
// quick jobs, so as long as workers take what was claimed within half a Beat,
// twice as many are claimed the next time. What no worker takes in a quarter of
// its lease is given back.
func (l *lane) claim(ctx context.Context, workers *sync.WaitGroup) (more bool, err error) {
	if !l.take(ctx) {
		return false, ctx.Err()
	}
	<-l.slots
	n := l.ahead
	began := time.Now()
	claimed, until, err := l.due(ctx, n)
	if err != nil {
		return false, err
	}
	given := time.Now()
	for _, j := range claimed {
		if time.Since(began) > l.Lease/4 || !l.take(ctx) {
			l.ended <- &finished{j, until, nil, Later(j.Due)}
			continue
		}
		workers.Go(func() { l.work(ctx, j, until, began) })
	}
	switch {
	case time.Since(given) > Beat/2:
		l.ahead = l.Workers
	case len(claimed) == n:
		l.ahead = min(2*n, mostClaimed)
	}
	return len(claimed) == n, nil
}

// take waits for a worker to be free; it is false when ctx ends before.
func (l *lane) take(ctx context.Context) bool {
	if ctx.Err() != nil {
		return false
	}
	select {
	case l.slots <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

// free lets through what nobody works on: what we do ourselves we know, so only
// the leases of others end.
const free = `(claimed_until = 0 OR claimed_until <= $2 AND holder <> $3)`

// due claims at most n jobs, the first due first. It writes only when there is
// one.
func (l *lane) due(ctx context.Context, n int) (claimed []Job, until cx.Time, err error) {
	now := l.c.Clock.Now()
	until = now.Add(l.Lease)
	any := false
	err = l.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		return tx.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM jobs WHERE kind = $1 AND due <= $2 AND dead_at = 0 AND `+free+`)`, l.Kind, int64(now), l.c.Holder).Scan(&any)
	})
	if err != nil || !any {
		return nil, 0, err
	}
	err = l.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		rows, err := tx.Query(ctx, `UPDATE jobs SET holder = $3, claimed_until = $4, attempts = attempts + 1
			WHERE kind = $1 AND dead_at = 0 AND `+free+` AND key IN
				(SELECT key FROM jobs WHERE kind = $1 AND due <= $2 AND dead_at = 0 AND `+free+` ORDER BY due LIMIT $5)
			RETURNING kind, key, due, payload, attempts`, l.Kind, int64(now), l.c.Holder, int64(until), n)
		if err != nil {
			return err
		}
		claimed, err = sqldb.Collect(rows, scanJob)
		slices.SortFunc(claimed, func(a, b Job) int { return cmp.Compare(a.Due, b.Due) })
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	return claimed, until, nil
}

// work does one job, claimed at a time, and hands over how it ended.
func (l *lane) work(ctx context.Context, j Job, until cx.Time, claimed time.Time) {
	defer func() { <-l.slots }()
	try, cancel := context.WithDeadline(ctx, claimed.Add(l.Lease))
	defer cancel()
	done, err := l.Work(try, j)
	if err != nil && ctx.Err() != nil { // the queue was closed: it is nobody's failure
		err = Later(j.Due)
	}
	l.ended <- &finished{j, until, done, err}
}

// write writes how jobs ended, as many at once as there are.
func (l *lane) write(ctx context.Context) {
	for first := range l.ended {
		all := []*finished{first}
		for len(all) < mostFinished {
			select {
			case f, ok := <-l.ended:
				if ok {
					all = append(all, f)
					continue
				}
			default:
			}
			break
		}
		if l.finish(ctx, all) == nil {
			continue
		}
		for _, f := range all { // one that cannot be written holds up no other
			l.finishAlone(ctx, f)
		}
	}
}

// finishAlone writes how a job ended; when that cannot be written, that it
// failed so; and when the database does not answer, it waits until it does, or
// the queue is closed: then the job is due again at the next Open.
func (l *lane) finishAlone(ctx context.Context, f *finished) {
	for err := l.finish(ctx, []*finished{f}); err != nil; err = l.finish(ctx, []*finished{f}) {
		l.c.Logger.Warn("the end of a job could not be written", slog.String("kind", l.Kind), slog.Any("error", err))
		if f.err != nil {
			if ctx.Err() != nil {
				return
			}
			pause(ctx, Beat)
		}
		f.done, f.err = nil, err
	}
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// finish ends jobs in one transaction, those that are still as they were claimed.
func (l *lane) finish(ctx context.Context, all []*finished) error {
	ctx = context.WithoutCancel(ctx) // closing waits for it
	return l.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		for _, f := range all {
			if err := l.finishOne(ctx, tx, f); err != nil {
				return err
			}
		}
		return nil
	})
}

func (l *lane) finishOne(ctx context.Context, tx *sqldb.Tx, f *finished) error {
	now := l.c.Clock.Now()
	at, later := isLater(f.err)
	text, args := `DELETE FROM jobs WHERE kind = $1 AND key = $2 AND holder = $3 AND claimed_until = $4`, []any{l.Kind, f.job.Key, l.c.Holder, int64(f.until)}
	switch {
	case f.err == nil:
	case later:
		text = `UPDATE jobs SET claimed_until = 0, attempts = attempts - 1, due = $5 WHERE kind = $1 AND key = $2 AND holder = $3 AND claimed_until = $4`
		args = append(args, int64(at))
	case isDead(f.err) || f.job.Attempts >= l.Retry.tries():
		text = `UPDATE jobs SET claimed_until = 0, dead_at = $5, error = $6 WHERE kind = $1 AND key = $2 AND holder = $3 AND claimed_until = $4`
		args = append(args, int64(now), f.err.Error())
		l.c.Logger.Error("a job failed for good", slog.String("kind", l.Kind), slog.Int("attempts", f.job.Attempts), slog.Any("error", f.err))
	default:
		text = `UPDATE jobs SET claimed_until = 0, due = $5, error = $6 WHERE kind = $1 AND key = $2 AND holder = $3 AND claimed_until = $4`
		args = append(args, int64(now.Add(l.Retry.after(f.job.Attempts, jitter()))), f.err.Error())
	}
	ended, err := tx.Exec(ctx, text, args...)
	if err != nil {
		return err
	}
	if n, err := ended.RowsAffected(); err != nil || n == 0 || f.done == nil || f.err != nil {
		return err
	}
	return f.done(ctx, tx)
}
