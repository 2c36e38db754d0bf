package cases

import (
	"context"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// Reached counts the customers in whose cases a person wrote, noted what was said, or
// made it right within a window: those who were spoken with. Cases without a customer
// count each as one. Needs account.ViewCases.
func (s *Service) Reached(ctx context.Context, p cx.Principal, person string, w cx.Window) (n int, err error) {
	const op = "cases.Reached"
	if err := account.Check(p, account.ViewCases); err != nil {
		return 0, cx.Wrap(op, err)
	}
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		return tx.QueryRow(ctx, `SELECT COUNT(DISTINCT CASE WHEN c.customer <> '' THEN c.customer ELSE c.id END)
			FROM cases_entries e JOIN cases_cases c ON c.id = e.case_id
			WHERE e.by_id = $1 AND e.at >= $2 AND e.at < $3 AND e.what IN ('wrote', 'noted', 'solved')`, person, w.From, w.To).Scan(&n)
	})
	return n, cx.Wrap(op, err)
}
