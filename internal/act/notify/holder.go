package notify

import (
	"context"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

var _ cx.Holder = (*Service)(nil)

// Holds names the table that may tell of customers.
func (s *Service) Holds() []string { return []string{"notify_notices"} }

// Export returns what people were told about a customer, each notice once for
// each person told, without who that is.
func (s *Service) Export(ctx context.Context, subject cx.Subject) ([]cx.Section, error) {
	const op = "notify.Export"
	all := []Item{}
	if !subject.Whole() {
		return nil, nil
	}
	err := s.ofCustomer(ctx, subject, func(tx *sqldb.Tx, id string) error {
		i, err := readItem(ctx, tx, id)
		all = append(all, i)
		return err
	}, s.c.DB.Read)
	return []cx.Section{{Name: "notices", Items: all}}, cx.Wrap(op, err)
}

// Erase removes what people were told about a customer: what waits does not go
// out.
func (s *Service) Erase(ctx context.Context, subject cx.Subject) (n int, err error) {
	const op = "notify.Erase"
	if !subject.Whole() {
		return 0, nil
	}
	var erased []string
	err = s.ofCustomer(ctx, subject, func(tx *sqldb.Tx, id string) error {
		erased = append(erased, id)
		if _, err := tx.Exec(ctx, `DELETE FROM notify_notices WHERE id = $1`, id); err != nil {
			return err
		}
		_, err := s.c.Jobs.Cancel(ctx, tx, sendKind, id)
		return err
	}, func(ctx context.Context, fn func(*sqldb.Tx) error) error {
		return s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
			erased = nil
			return fn(tx)
		})
	})
	if err == nil && len(erased) > 0 {
		err = s.c.DB.Scrub(ctx)
	}
	return len(erased), cx.Wrap(op, err)
}

// ofCustomer calls fn with the ids of the notices about a customer, whatever
// they were called.
func (s *Service) ofCustomer(ctx context.Context, subject cx.Subject, fn func(*sqldb.Tx, string) error, in func(context.Context, func(*sqldb.Tx) error) error) error {
	aliases, err := s.c.People.Aliases(ctx, subject.Customer)
	if err != nil {
		return err
	}
	return in(ctx, func(tx *sqldb.Tx) error {
		for _, alias := range aliases {
			rows, err := tx.Query(ctx, `SELECT id FROM notify_notices WHERE customer = $1 ORDER BY last_at, id`, string(alias))
			if err != nil {
				return err
			}
			ids, err := sqldb.Collect(rows, sqldb.Scan[string])
			if err != nil {
				return err
			}
			for _, id := range ids {
				if err := fn(tx, id); err != nil {
					return err
				}
			}
		}
		return nil
	})
}
