package dialogue

import (
	"context"
	"database/sql"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// Holds names the tables.
func (s *Service) Holds() []string {
	return []string{"dialogue_messages", "dialogue_offers", "dialogue_links"}
}

// Export returns what was said with a customer, and what was offered to them.
func (s *Service) Export(ctx context.Context, subject cx.Subject) ([]cx.Section, error) {
	const op = "dialogue.Export"
	if !subject.Whole() {
		return nil, nil
	}
	aliases, err := s.aliases(ctx, subject.Customer)
	if err != nil {
		return nil, cx.Wrap(op, err)
	}
	var c Conversation
	for _, alias := range aliases {
		if err := s.said(ctx, &c, "es", "customer", string(alias)); err != nil {
			return nil, cx.Wrap(op, err)
		}
	}
	for i := range c.Offers { // an address is as good as a key
		c.Offers[i].Token, c.Offers[i].Path, c.Offers[i].URL = "", "", ""
	}
	return []cx.Section{{Name: "messages", Items: slices.Concat([]Message{}, c.Messages)}, {Name: "offers", Items: slices.Concat([]Offer{}, c.Offers)}}, nil
}

// Erase removes all of a customer: what was said, what was offered, and the
// addresses that led there. Of what expired it removes what was said and offered.
func (s *Service) Erase(ctx context.Context, subject cx.Subject) (n int, err error) {
	const op = "dialogue.Erase"
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
		for _, alias := range aliases {
			for _, table := range s.Holds() {
				rows, err := tx.Query(ctx, `DELETE FROM `+table+` WHERE customer = $1 RETURNING id`, string(alias))
				if err != nil {
					return err
				}
				gone, err := sqldb.Collect(rows, func(rows *sql.Rows) (id string, err error) { return id, rows.Scan(&id) })
				if err != nil {
					return err
				}
				n += len(gone)
			}
		}
		return nil
	})
	if err == nil {
		err = s.c.DB.Scrub(ctx)
	}
	return n, cx.Wrap(op, err)
}

// expire removes what the log has at the seqs, which ascend.
func (s *Service) expire(ctx context.Context, seqs []cx.Seq) (n int, err error) {
	if len(seqs) == 0 {
		return 0, nil
	}
	err = s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		n = 0
		for _, table := range []string{"dialogue_messages", "dialogue_offers"} {
			rows, err := tx.Query(ctx, `SELECT seq FROM `+table+` WHERE seq BETWEEN $1 AND $2`, int64(seqs[0]), int64(seqs[len(seqs)-1]))
			if err != nil {
				return err
			}
			kept, err := sqldb.Collect(rows, sqldb.Scan[int64])
			if err != nil {
				return err
			}
			for _, seq := range kept {
				if _, expired := slices.BinarySearch(seqs, cx.Seq(seq)); !expired {
					continue
				}
				if _, err := tx.Exec(ctx, `DELETE FROM `+table+` WHERE seq = $1`, seq); err != nil {
					return err
				}
				n++
			}
		}
		return nil
	})
	if err == nil && n > 0 {
		err = s.c.DB.Scrub(ctx)
	}
	return n, err
}
