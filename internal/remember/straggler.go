package remember

import (
	"context"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// Stragglers returns, ascending, at most limit messages that came again after
// their customer had been forgotten: nobody has their identifiers any more, and
// their message was seen. Memory drops them; they stand in the log until they
// are redacted.
func (m *Memory) Stragglers(ctx context.Context, limit int) ([]cx.Seq, error) {
	var seqs []cx.Seq
	err := m.db.Read(ctx, func(tx *sqldb.Tx) error {
		rows, err := tx.Query(ctx, `SELECT seq FROM traces WHERE profile_no = $1 ORDER BY seq LIMIT $2`, nobody, limit)
		if err != nil {
			return err
		}
		seqs, err = sqldb.Collect(rows, sqldb.Scan[cx.Seq])
		return err
	})
	return seqs, cx.Wrap("remember.Stragglers", err)
}
