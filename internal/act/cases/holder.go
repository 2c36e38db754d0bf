package cases

import (
	"context"
	"database/sql"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// Holds names the tables.
func (s *Service) Holds() []string { return []string{"cases_cases", "cases_entries", "cases_thanks"} }

// exported is a case as its customer takes it away, with its story: what was
// noted about them is theirs to know (GDPR art. 15).
type exported struct {
	Case
	Story []Entry
}

// Export returns a customer's cases, oldest first, and what they thanked for.
func (s *Service) Export(ctx context.Context, subject cx.Subject) ([]cx.Section, error) {
	const op = "cases.Export"
	if !subject.Whole() {
		return nil, nil
	}
	aliases, err := s.aliases(ctx, subject.Customer)
	if err != nil {
		return nil, cx.Wrap(op, err)
	}
	all, thanks := []exported{}, []Thanks{}
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		for _, id := range aliases {
			rows, err := tx.Query(ctx, `SELECT body FROM cases_cases WHERE customer = $1 ORDER BY opened_at, id`, string(id))
			if err != nil {
				return err
			}
			found, err := sqldb.Collect(rows, scanBody)
			if err != nil {
				return err
			}
			for _, c := range found {
				story, err := s.story(ctx, tx, c.ID)
				if err != nil {
					return err
				}
				all = append(all, exported{c, story})
			}
			if rows, err = tx.Query(ctx, `SELECT case_id, text, at FROM cases_thanks WHERE customer = $1 ORDER BY at`, string(id)); err != nil {
				return err
			}
			gave, err := sqldb.Collect(rows, func(rows *sql.Rows) (t Thanks, err error) {
				return t, rows.Scan(&t.Case, &t.Text, &t.At)
			})
			if err != nil {
				return err
			}
			thanks = append(thanks, gave...)
		}
		return nil
	})
	return []cx.Section{{Name: "cases", Items: all}, {Name: "thanks", Items: thanks}}, cx.Wrap(op, err)
}

// Erase removes a customer's cases, with their stories and timers: the figures of
// the past lose them too. Of what expired it removes the thanks.
func (s *Service) Erase(ctx context.Context, subject cx.Subject) (n int, err error) {
	const op = "cases.Erase"
	if !subject.Whole() {
		n, err = s.expire(ctx, subject.Seqs)
		return n, cx.Wrap(op, err)
	}
	aliases, err := s.aliases(ctx, subject.Customer)
	if err != nil {
		return 0, cx.Wrap(op, err)
	}
	err = s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		n = 0
		for _, id := range aliases {
			rows, err := tx.Query(ctx, `DELETE FROM cases_cases WHERE customer = $1 RETURNING id`, string(id))
			if err != nil {
				return err
			}
			gone, err := sqldb.Collect(rows, sqldb.Scan[string])
			if err != nil {
				return err
			}
			for _, one := range gone {
				if _, err := tx.Exec(ctx, `DELETE FROM cases_entries WHERE case_id = $1`, one); err != nil {
					return err
				}
				if _, err := s.c.Jobs.Cancel(ctx, tx, timerKind, one); err != nil {
					return err
				}
			}
			thanks, err := tx.Exec(ctx, `DELETE FROM cases_thanks WHERE customer = $1`, string(id))
			if err != nil {
				return err
			}
			more, err := thanks.RowsAffected()
			if err != nil {
				return err
			}
			n += len(gone) + int(more)
		}
		return nil
	})
	if err == nil {
		err = s.c.DB.Scrub(ctx)
	}
	return n, cx.Wrap(op, err)
}

// expire removes the thanks that the log has at the seqs, which ascend.
func (s *Service) expire(ctx context.Context, seqs []cx.Seq) (n int, err error) {
	if len(seqs) == 0 {
		return 0, nil
	}
	err = s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		n = 0
		rows, err := tx.Query(ctx, `SELECT seq FROM cases_thanks WHERE seq BETWEEN $1 AND $2`, int64(seqs[0]), int64(seqs[len(seqs)-1]))
		if err != nil {
			return err
		}
		kept, err := sqldb.Collect(rows, sqldb.Scan[int64])
		for _, seq := range kept {
			if _, expired := slices.BinarySearch(seqs, cx.Seq(seq)); err == nil && expired {
				_, err = tx.Exec(ctx, `DELETE FROM cases_thanks WHERE seq = $1`, seq)
				n++
			}
		}
		return err
	})
	if err == nil && n > 0 {
		err = s.c.DB.Scrub(ctx)
	}
	return n, err
}
