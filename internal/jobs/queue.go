package jobs

import (
	"context"
	"database/sql"
	"embed"
	"log/slog"
	"sync"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

//go:embed migrations
var migrations embed.FS

// Beat is how often the queue looks for what is due; Wake makes it look at once.
const Beat = 250 * time.Millisecond

// Config wires a Queue. All fields are required.
type Config struct {
	DB     *sqldb.DB // state.db
	Clock  cx.Clock
	Logger *slog.Logger
	// Holder names this process among those that work on the same database. What
	// a process of the same name was at when it died is free again at Open.
	Holder string
}

// Queue keeps jobs and runs them, between Start and Close. It is safe for
// concurrent use.
type Queue struct {
	c Config

	mu    sync.Mutex // guards what follows
	lanes []*lane
	stop  func() // nil while it does not run
}

// Open opens the jobs in c.DB, and frees what a former process of the same
// holder was working on.
func Open(ctx context.Context, c Config) (*Queue, error) {
	const op = "jobs.Open"
	if err := c.DB.Migrate(ctx, "jobs", migrations); err != nil {
		return nil, cx.Wrap(op, err)
	}
	q := &Queue{c: c}
	err := c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE jobs SET claimed_until = 0 WHERE holder = $1`, c.Holder)
		return err
	})
	return q, cx.Wrap(op, err)
}

// Put puts jobs into the queue, as part of tx. Call Wake after the commit of one
// that is due at once.
func (q *Queue) Put(ctx context.Context, tx *sqldb.Tx, jobs ...Job) error {
	for _, j := range jobs {
		if _, err := tx.Exec(ctx, `INSERT INTO jobs (kind, key, due, payload, attempts, holder, claimed_until, dead_at, error)
			VALUES ($1, $2, $3, $4, 0, '', 0, 0, '') ON CONFLICT (kind, key) DO UPDATE SET
			due = excluded.due, payload = excluded.payload, attempts = 0, holder = '', claimed_until = 0, dead_at = 0, error = ''`,
			j.Kind, j.Key, int64(j.Due), j.Payload); err != nil {
			return cx.Wrap("jobs.Put", err)
		}
	}
	return nil
}

// Cancel takes a job out of the queue, as part of tx; ok tells whether it was
// there. One that is being worked on runs to its end, but its Done is not called.
func (q *Queue) Cancel(ctx context.Context, tx *sqldb.Tx, kind, key string) (ok bool, err error) {
	gone, err := tx.Exec(ctx, `DELETE FROM jobs WHERE kind = $1 AND key = $2`, kind, key)
	if err != nil {
		return false, cx.Wrap("jobs.Cancel", err)
	}
	n, err := gone.RowsAffected()
	return n > 0, cx.Wrap("jobs.Cancel", err)
}

// Handle adds a lane. Call it before Start, once a kind.
func (q *Queue) Handle(l Lane) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.lanes = append(q.lanes, newLane(&q.c, l))
}

// Start begins to run what is due.
func (q *Queue) Start() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.stop != nil {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	var ended sync.WaitGroup
	for _, l := range q.lanes {
		ended.Go(func() { l.run(ctx) })
	}
	q.stop = func() {
		cancel()
		ended.Wait()
	}
}

// Wake makes every lane look for what is due now.
func (q *Queue) Wake() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, l := range q.lanes {
		l.signal()
	}
}

// Close stops the workers and waits for them; what they were at is due again. It
// may be called again.
func (q *Queue) Close() error {
	q.mu.Lock()
	stop := q.stop
	q.stop = nil
	q.mu.Unlock() // the last jobs may still wake the queue
	if stop != nil {
		stop()
	}
	return nil
}

func scanJob(rows *sql.Rows) (j Job, err error) {
	err = rows.Scan(&j.Kind, &j.Key, &j.Due, &j.Payload, &j.Attempts)
	return j, err
}
