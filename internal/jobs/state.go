package jobs

import (
	"context"
	"database/sql"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// State is how the queue is.
type State struct {
	Waiting int     // put off, due or being worked on
	Working int     // of these, the last
	Oldest  cx.Time // when the first of what is late was due; 0: nothing is
	Dead    int     // failed for good
}

// DeadJob is a job that failed for good.
type DeadJob struct {
	Job
	At    cx.Time
	Error string
}

// State tells how the queue is. Needs account.ViewStatus.
func (q *Queue) State(ctx context.Context, p cx.Principal) (s State, err error) {
	const op = "jobs.State"
	if err := account.Check(p, account.ViewStatus); err != nil {
		return s, cx.Wrap(op, err)
	}
	err = q.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		return tx.QueryRow(ctx, `SELECT COUNT(*) - COUNT(NULLIF(dead_at, 0)), COUNT(NULLIF(dead_at, 0)), COUNT(NULLIF(claimed_until, 0)),
			COALESCE(MIN(CASE WHEN dead_at = 0 AND claimed_until = 0 AND due < $1 THEN due END), 0) FROM jobs`,
			int64(q.c.Clock.Now())).Scan(&s.Waiting, &s.Dead, &s.Working, &s.Oldest)
	})
	return s, cx.Wrap(op, err)
}

// Dead lists at most limit jobs that failed for good, the last first. Needs
// account.ViewStatus.
func (q *Queue) Dead(ctx context.Context, p cx.Principal, limit int) (all []DeadJob, err error) {
	const op = "jobs.Dead"
	if err := account.Check(p, account.ViewStatus); err != nil {
		return nil, cx.Wrap(op, err)
	}
	err = q.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		rows, err := tx.Query(ctx, `SELECT kind, key, due, payload, attempts, dead_at, error FROM jobs WHERE dead_at > 0 ORDER BY dead_at DESC, kind, key LIMIT $1`, limit)
		if err != nil {
			return err
		}
		all, err = sqldb.Collect(rows, func(rows *sql.Rows) (d DeadJob, err error) {
			return d, rows.Scan(&d.Kind, &d.Key, &d.Due, &d.Payload, &d.Attempts, &d.At, &d.Error)
		})
		return err
	})
	return all, cx.Wrap(op, err)
}

// Replay runs a job that failed for good again, from its first try. Needs
// account.Operate; NotFound when no such job is dead.
func (q *Queue) Replay(ctx context.Context, p cx.Principal, kind, key string) error {
	const op = "jobs.Replay"
	if err := account.Check(p, account.Operate); err != nil {
		return cx.Wrap(op, err)
	}
	err := q.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		again, err := tx.Exec(ctx, `UPDATE jobs SET dead_at = 0, attempts = 0, due = $1, error = '' WHERE kind = $2 AND key = $3 AND dead_at > 0`, int64(q.c.Clock.Now()), kind, key)
		if err != nil {
			return err
		}
		if n, err := again.RowsAffected(); err != nil || n > 0 {
			return err
		}
		return cx.Errorf(cx.NotFound, op, "no job of this name failed for good")
	})
	q.Wake()
	return cx.Wrap(op, err)
}
