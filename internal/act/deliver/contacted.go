package deliver

import (
	"context"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// Contacted counts the messages that went, or are on their way, to a customer
// since a time, whatever they are for: by every id that leads to them.
func (s *Service) Contacted(ctx context.Context, customers []cx.CustomerID, since cx.Time) (n int, err error) {
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		n = 0
		for _, id := range customers {
			of := 0
			if err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM deliver_messages WHERE customer = $1 AND created_at > $2 AND state IN ($3, $4)`,
				string(id), int64(since), string(Waiting), string(Sent)).Scan(&of); err != nil {
				return err
			}
			n += of
		}
		return nil
	})
	return n, cx.Wrap("deliver.Contacted", err)
}
