package remember

import (
	"context"
	"database/sql"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// Aliases returns every id that leads, or led, to the same customer, oldest
// first; also of one who was let go. It returns none for an id that nobody had.
func (m *Memory) Aliases(ctx context.Context, id cx.CustomerID) (ids []cx.CustomerID, err error) {
	err = m.db.Read(ctx, func(tx *sqldb.Tx) error {
		no, _, err := anyCustomer(ctx, tx, id)
		if cx.KindOf(err) == cx.NotFound {
			return nil
		}
		if err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `SELECT created_seq FROM profiles WHERE customer_no = $1 ORDER BY created_seq`, no)
		if err != nil {
			return err
		}
		ids, err = sqldb.Collect(rows, scanID)
		return err
	})
	return ids, cx.Wrap("remember.Aliases", err)
}

// Owners returns the id of the customer that each profile belongs to; "" for one
// that is not known.
func (m *Memory) Owners(ctx context.Context, profiles []cx.ProfileNo) ([]cx.CustomerID, error) {
	out := make([]cx.CustomerID, len(profiles))
	err := m.db.Read(ctx, func(tx *sqldb.Tx) error {
		for i, p := range profiles {
			rows, err := tx.Query(ctx, `SELECT c.created_seq FROM profiles p JOIN profiles c ON c.profile_no = p.customer_no WHERE p.profile_no = $1`, p)
			if err != nil {
				return err
			}
			found, err := sqldb.Collect(rows, scanID)
			if err != nil {
				return err
			}
			if len(found) > 0 {
				out[i] = found[0]
			}
		}
		return nil
	})
	return out, cx.Wrap("remember.Owners", err)
}

// Origins returns the id that each profile had when it came, and has again when
// its merges are undone; "" for one that is not known.
func (m *Memory) Origins(ctx context.Context, profiles []cx.ProfileNo) ([]cx.CustomerID, error) {
	out := make([]cx.CustomerID, len(profiles))
	err := m.db.Read(ctx, func(tx *sqldb.Tx) error {
		for i, p := range profiles {
			rows, err := tx.Query(ctx, `SELECT created_seq FROM profiles WHERE profile_no = $1`, p)
			if err != nil {
				return err
			}
			found, err := sqldb.Collect(rows, scanID)
			if err != nil {
				return err
			}
			if len(found) > 0 {
				out[i] = found[0]
			}
		}
		return nil
	})
	return out, cx.Wrap("remember.Origins", err)
}

// Numbers returns the number of the customer that each id leads to; 0 for an id
// that leads to nobody.
func (m *Memory) Numbers(ctx context.Context, ids []cx.CustomerID) ([]cx.CustomerNo, error) {
	out := make([]cx.CustomerNo, len(ids))
	err := m.db.Read(ctx, func(tx *sqldb.Tx) error {
		for i, id := range ids {
			seq, ok := id.Seq()
			if !ok {
				continue
			}
			rows, err := tx.Query(ctx, `SELECT customer_no FROM profiles WHERE created_seq = $1`, int64(seq))
			if err != nil {
				return err
			}
			found, err := sqldb.Collect(rows, sqldb.Scan[cx.CustomerNo])
			if err != nil {
				return err
			}
			if len(found) > 0 {
				out[i] = found[0]
			}
		}
		return nil
	})
	return out, cx.Wrap("remember.Numbers", err)
}

func scanID(rows *sql.Rows) (cx.CustomerID, error) {
	var created cx.Seq
	err := rows.Scan(&created)
	return cx.CustomerIDOf(created), err
}
