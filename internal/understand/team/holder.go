package team

import (
	"context"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

var _ cx.Holder = (*Service)(nil)

// Holds names the table with words of people.
func (s *Service) Holds() []string { return []string{"team_said"} }

// Export knows nothing of customers.
func (s *Service) Export(context.Context, cx.Subject) ([]cx.Section, error) { return nil, nil }

// Erase removes what stretches of events say, and returns how many that were. No
// byte of them stays on SQLite.
func (s *Service) Erase(ctx context.Context, subject cx.Subject) (erased int, err error) {
	const op = "team.Erase"
	err = s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		erased = 0
		for _, seq := range subject.Seqs {
			r, err := tx.Exec(ctx, `DELETE FROM team_said WHERE seq = $1`, seq)
			if err != nil {
				return err
			}
			n, err := r.RowsAffected()
			if err != nil {
				return err
			}
			erased += int(n)
		}
		return nil
	})
	if err != nil || erased == 0 {
		return 0, cx.Wrap(op, err)
	}
	if err := s.load(ctx); err != nil {
		return 0, cx.Wrap(op, err)
	}
	return erased, cx.Wrap(op, s.c.DB.Scrub(ctx))
}
