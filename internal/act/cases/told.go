package cases

import (
	"cmp"
	"context"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// Unsolved tells which customers had a case that was not solved at a time, as often as
// they had one, in no order. It is for what counts them over everybody: who is limited
// to areas is refused. Needs account.ViewCases.
func (s *Service) Unsolved(ctx context.Context, p cx.Principal, at cx.Time) (customers []cx.CustomerID, err error) {
	const op = "cases.Unsolved"
	if err := account.Check(p, account.ViewCases); err != nil {
		return nil, cx.Wrap(op, err)
	}
	if p.Areas != nil {
		return nil, cx.Errorf(cx.Forbidden, op, "who is limited to areas cannot count everybody's cases")
	}
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		rows, err := tx.Query(ctx, `SELECT body FROM cases_cases WHERE customer <> '' AND merged = '' AND opened_at < $1 AND (state = $2 OR changed_at >= $1)`, int64(at), string(StateOpen))
		if err != nil {
			return err
		}
		all, err := sqldb.Collect(rows, scanBody)
		for i := range all {
			if ended := cmp.Or(all[i].SolvedAt, all[i].ClosedAt); ended == 0 || ended >= at {
				customers = append(customers, all[i].Customer)
			}
		}
		return err
	})
	return customers, cx.Wrap(op, err)
}
