package account

import (
	"context"
	"database/sql"
	"math"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// Entry is one line of the audit log: who did what to what, by opaque ids
// only ("person:3" "source.revoked" "source:web").
type Entry struct {
	ID                        int64
	At                        cx.Time
	Principal, Action, Object string
}

// Record adds a line to the audit log, which only grows. object is an opaque
// id ("customer:c_…", "model:4"), never personal data.
func (s *Service) Record(ctx context.Context, p cx.Principal, action, object string) error {
	return cx.Wrap("account.Record", s.db.Write(ctx, func(tx *sqldb.Tx) error { return s.record(ctx, tx, p, action, object) }))
}

func (s *Service) record(ctx context.Context, tx *sqldb.Tx, p cx.Principal, action, object string) error {
	_, err := tx.Exec(ctx, `INSERT INTO account_audit (id, at, principal, action, object)
		SELECT COALESCE(MAX(id), 0) + 1, CAST($1 AS BIGINT), CAST($2 AS TEXT), CAST($3 AS TEXT), CAST($4 AS TEXT) FROM account_audit`, s.clock.Now(), p.ID, action, object)
	return err
}

// Audit returns at most limit lines with ids below before (0: from the
// newest), newest first. Needs ViewAudit.
func (s *Service) Audit(ctx context.Context, p cx.Principal, before int64, limit int) ([]Entry, error) {
	const op = "account.Audit"
	if err := Check(p, ViewAudit); err != nil {
		return nil, cx.Wrap(op, err)
	}
	if before <= 0 {
		before = math.MaxInt64
	}
	var all []Entry
	err := s.db.Read(ctx, func(tx *sqldb.Tx) error {
		rows, err := tx.Query(ctx, `SELECT id, at, principal, action, object FROM account_audit WHERE id < $1 ORDER BY id DESC LIMIT $2`, before, limit)
		if err != nil {
			return err
		}
		all, err = sqldb.Collect(rows, func(rows *sql.Rows) (e Entry, err error) {
			err = rows.Scan(&e.ID, &e.At, &e.Principal, &e.Action, &e.Object)
			return e, err
		})
		return err
	})
	return all, cx.Wrap(op, err)
}
