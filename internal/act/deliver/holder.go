package deliver

import (
	"context"
	"database/sql"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// Holds names the tables.
func (s *Service) Holds() []string {
	return []string{"deliver_messages", "deliver_bounces", "deliver_contacts", "deliver_hooks", "deliver_pushes"}
}

// Export returns what was sent to a customer, oldest first, whether they want to
// be written to, and what other programs were told about them.
func (s *Service) Export(ctx context.Context, subject cx.Subject) ([]cx.Section, error) {
	const op = "deliver.Export"
	if !subject.Whole() {
		return nil, nil
	}
	aliases, err := s.c.People.Aliases(ctx, subject.Customer)
	if err != nil {
		return nil, cx.Wrap(op, err)
	}
	all, hooks := []Delivery{}, []HookDelivery{}
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		for _, id := range aliases {
			rows, err := tx.Query(ctx, `SELECT `+columns+` FROM deliver_messages WHERE customer = $1 ORDER BY created_at, id`, string(id))
			if err != nil {
				return err
			}
			found, err := sqldb.Collect(rows, scanDelivery)
			if err != nil {
				return err
			}
			all = append(all, found...)
			if rows, err = tx.Query(ctx, `SELECT `+hookColumns+` FROM deliver_hooks WHERE customer = $1 ORDER BY created_at, id`, string(id)); err != nil {
				return err
			}
			sent, err := sqldb.Collect(rows, scanHook)
			if err != nil {
				return err
			}
			hooks = append(hooks, sent...)
		}
		return nil
	})
	if err != nil {
		return nil, cx.Wrap(op, err)
	}
	is, err := s.Unsubscribed(ctx, subject.Customer)
	contact := []struct {
		Unsubscribed bool `json:"unsubscribed"`
	}{{is}}
	return []cx.Section{{Name: "deliveries", Items: all}, {Name: "contact", Items: contact}, {Name: "webhooks", Items: hooks}}, cx.Wrap(op, err)
}

// Erase removes all of a customer: what waits is never sent.
func (s *Service) Erase(ctx context.Context, subject cx.Subject) (n int, err error) {
	const op = "deliver.Erase"
	if !subject.Whole() {
		return 0, nil
	}
	aliases, err := s.c.People.Aliases(ctx, subject.Customer)
	if err != nil {
		return 0, cx.Wrap(op, err)
	}
	err = s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		n = 0
		for _, id := range aliases {
			rows, err := tx.Query(ctx, `SELECT id FROM deliver_messages WHERE customer = $1`, string(id))
			if err != nil {
				return err
			}
			messages, err := sqldb.Collect(rows, sqldb.Scan[string])
			if err != nil {
				return err
			}
			for _, m := range messages {
				for _, kind := range []string{jobKind, endedKind} {
					if _, err := s.c.Jobs.Cancel(ctx, tx, kind, m); err != nil {
						return err
					}
				}
			}
			hooks, err := hookIDs(ctx, tx, `SELECT id FROM deliver_hooks WHERE customer = $1`, string(id))
			if err != nil {
				return err
			}
			for _, h := range hooks {
				if _, err := s.c.Jobs.Cancel(ctx, tx, hookKind, h); err != nil {
					return err
				}
			}
			for _, text := range []string{`DELETE FROM deliver_hooks WHERE customer = $1`, `DELETE FROM deliver_pushes WHERE customer = $1`, `DELETE FROM deliver_messages WHERE customer = $1`, `DELETE FROM deliver_contacts WHERE customer = $1`} {
				if err := erased(ctx, tx, &n, text, string(id)); err != nil {
					return err
				}
			}
		}
		for _, v := range subject.Values { // those that are addresses among them
			if err := erased(ctx, tx, &n, `DELETE FROM deliver_bounces WHERE address = $1`, s.addressKey(v)); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		err = s.c.DB.Scrub(ctx)
	}
	return n, cx.Wrap(op, err)
}

func erased(ctx context.Context, tx *sqldb.Tx, n *int, text string, args ...any) error {
	var gone sql.Result
	gone, err := tx.Exec(ctx, text, args...)
	if err != nil {
		return err
	}
	rows, err := gone.RowsAffected()
	*n += int(rows)
	return err
}
