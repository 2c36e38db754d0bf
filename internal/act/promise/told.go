package promise

import (
	"context"
	"database/sql"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// Outcomes calls fn with each instance of a promise that was kept or broken within a
// window: whose profile it is of, when, at which place, and which of the two; in no
// order. It is for what counts them over everybody. The error is NotFound for a
// promise.
func (s *Service) Outcomes(ctx context.Context, p cx.Principal, slug string, w cx.Window, fn func(profile cx.ProfileNo, at cx.Time, place string, kept bool)) error {
	const op = "promise.Outcomes"
	v, err := s.see(p, account.ViewPromises)
	if err != nil {
		return cx.Wrap(op, err)
	}
	d, err := v.one(slug)
	if err != nil {
		return cx.Wrap(op, err)
	}
	to := w.To
	if to == 0 {
		to = maxTime
	}
	return cx.Wrap(op, s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		if err := v.contexts(ctx, tx); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `SELECT profile_no, since, context, state FROM promise_instances WHERE promise_no = $1 AND since >= $2 AND since < $3 AND state IN ($4, $5)`,
			d.no, int64(w.From), int64(to), Kept.number(), Broken.number())
		if err != nil {
			return err
		}
		_, err = sqldb.Collect(rows, func(rows *sql.Rows) (_ struct{}, err error) {
			var profile cx.ProfileNo
			var at cx.Time
			var where, state int
			if err = rows.Scan(&profile, &at, &where, &state); err == nil {
				fn(profile, at, v.where[where].place, states[state] == Kept)
			}
			return struct{}{}, err
		})
		return err
	}))
}
