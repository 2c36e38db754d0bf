package ask

import (
	"context"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// Holds names the tables.
func (s *Service) Holds() []string { return []string{"ask_asks"} }

// Export returns what a customer was, or will be, asked, oldest first.
func (s *Service) Export(ctx context.Context, subject cx.Subject) ([]cx.Section, error) {
	const op = "ask.Export"
	if !subject.Whole() {
		return nil, nil
	}
	aliases, err := s.c.Memory.Aliases(ctx, subject.Customer)
	if err != nil {
		return nil, cx.Wrap(op, err)
	}
	all := []Ask{}
	for _, id := range aliases {
		found, err := s.rows(ctx, `WHERE customer = $1 ORDER BY due_at, id`, string(id))
		if err != nil {
			return nil, cx.Wrap(op, err)
		}
		for _, r := range found {
			all = append(all, s.shown(r))
		}
	}
	return []cx.Section{{Name: "asks", Items: all}}, nil
}

// Erase removes all asks of a customer: what is scheduled is never asked.
func (s *Service) Erase(ctx context.Context, subject cx.Subject) (n int, err error) {
	const op = "ask.Erase"
	if !subject.Whole() {
		return 0, nil
	}
	s.deciding.Lock()
	defer s.deciding.Unlock()
	aliases, err := s.c.Memory.Aliases(ctx, subject.Customer)
	if err != nil {
		return 0, cx.Wrap(op, err)
	}
	err = s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		n = 0
		for _, id := range aliases {
			rows, err := tx.Query(ctx, `DELETE FROM ask_asks WHERE customer = $1 RETURNING id`, string(id))
			if err != nil {
				return err
			}
			gone, err := sqldb.Collect(rows, sqldb.Scan[string])
			if err != nil {
				return err
			}
			n += len(gone)
			for _, ask := range gone {
				if _, err := s.c.Jobs.Cancel(ctx, tx, jobKind, ask); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err == nil {
		err = s.c.DB.Scrub(ctx)
	}
	return n, cx.Wrap(op, err)
}
