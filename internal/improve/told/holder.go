package told

import (
	"context"
	"database/sql"
	"errors"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

var _ cx.Holder = (*Service)(nil)

// gone tells whether what was asked for is not there (any more).
func gone(err error) bool {
	return errors.Is(err, sql.ErrNoRows) || err != nil && cx.KindOf(err) == cx.NotFound
}

// Holds names the tables.
func (s *Service) Holds() []string { return []string{"told_customers"} }

// exported is what a customer was told, as they take it away.
type exported struct {
	Initiative string  `json:"initiative"`
	State      string  `json:"state"`
	Since      cx.Time `json:"since"`
}

// Export returns what a customer was told, or is about to be.
func (s *Service) Export(ctx context.Context, subject cx.Subject) ([]cx.Section, error) {
	const op = "told.Export"
	if !subject.Whole() {
		return nil, nil
	}
	aliases, err := s.c.Memory.Aliases(ctx, subject.Customer)
	if err != nil {
		return nil, cx.Wrap(op, err)
	}
	all := []exported{}
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		for _, id := range aliases {
			rows, err := tx.Query(ctx, `SELECT initiative, state, since FROM told_customers WHERE customer = $1 ORDER BY since, initiative`, string(id))
			if err != nil {
				return err
			}
			found, err := sqldb.Collect(rows, func(rows *sql.Rows) (e exported, err error) {
				err = rows.Scan(&e.Initiative, &e.State, &e.Since)
				return e, err
			})
			if err != nil {
				return err
			}
			all = append(all, found...)
		}
		return nil
	})
	return []cx.Section{{Name: "changes", Items: all}}, cx.Wrap(op, err)
}

// Erase removes that a customer was told; who waits is not told any more.
func (s *Service) Erase(ctx context.Context, subject cx.Subject) (n int, err error) {
	const op = "told.Erase"
	if !subject.Whole() {
		return 0, nil
	}
	aliases, err := s.c.Memory.Aliases(ctx, subject.Customer)
	if err != nil {
		return 0, cx.Wrap(op, err)
	}
	err = s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		n = 0
		for _, id := range aliases {
			rows, err := tx.Query(ctx, `DELETE FROM told_customers WHERE customer = $1 RETURNING initiative`, string(id))
			if err != nil {
				return err
			}
			slugs, err := sqldb.Collect(rows, sqldb.Scan[string])
			if err != nil {
				return err
			}
			for _, slug := range slugs {
				if _, err := s.c.Jobs.Cancel(ctx, tx, jobKind, slug+":"+string(id)); err != nil {
					return err
				}
			}
			n += len(slugs)
		}
		return nil
	})
	if err == nil && n > 0 {
		err = s.c.DB.Scrub(ctx)
	}
	return n, cx.Wrap(op, err)
}
