package impact

import (
	"context"
	"database/sql"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

var _ cx.Holder = (*Service)(nil)

// Holds names the tables. Evaluations hold sums only.
func (s *Service) Holds() []string { return []string{"impact_arms"} }

// exported is an arm as its customer takes it away.
type exported struct {
	Initiative string  `json:"initiative"`
	Arm        string  `json:"arm"`
	DrawnAt    cx.Time `json:"drawn_at"`
	ExposedAt  cx.Time `json:"exposed_at"`
}

// Export returns the arms that a customer was drawn into, as they were drawn.
func (s *Service) Export(ctx context.Context, subject cx.Subject) ([]cx.Section, error) {
	const op = "impact.Export"
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
			rows, err := tx.Query(ctx, `SELECT initiative, arm, drawn_at, exposed_at FROM impact_arms WHERE customer = $1 ORDER BY drawn_at, initiative`, string(id))
			if err != nil {
				return err
			}
			found, err := sqldb.Collect(rows, func(rows *sql.Rows) (e exported, err error) {
				err = rows.Scan(&e.Initiative, &e.Arm, &e.DrawnAt, &e.ExposedAt)
				return e, err
			})
			if err != nil {
				return err
			}
			all = append(all, found...)
		}
		return nil
	})
	return []cx.Section{{Name: "initiatives", Items: all}}, cx.Wrap(op, err)
}

// Erase removes the arms of a customer, and the exposures on their way. Evaluations
// that were made stay, sums as they are; later ones count them no more.
func (s *Service) Erase(ctx context.Context, subject cx.Subject) (n int, err error) {
	const op = "impact.Erase"
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
			rows, err := tx.Query(ctx, `DELETE FROM impact_arms WHERE customer = $1 RETURNING initiative`, string(id))
			if err != nil {
				return err
			}
			gone, err := sqldb.Collect(rows, sqldb.Scan[string])
			if err != nil {
				return err
			}
			for _, slug := range gone {
				if _, err := s.c.Jobs.Cancel(ctx, tx, exposeKind, slug+":"+string(id)); err != nil {
					return err
				}
			}
			n += len(gone)
		}
		return nil
	})
	if err == nil && n > 0 {
		err = s.c.DB.Scrub(ctx)
	}
	return n, cx.Wrap(op, err)
}
