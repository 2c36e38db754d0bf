package cycle

import (
	"context"
	"database/sql"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// mostEvidence is how many customers, and how many words, an opportunity or an
// initiative keeps: the first ones.
const mostEvidence = 2000

// The names by which evidence is kept.
func ofOpportunity(id string) string  { return "o:" + id }
func ofInitiative(slug string) string { return "i:" + slug }

// keep adds customers and words to the evidence of something.
func keep(ctx context.Context, tx *sqldb.Tx, of string, e Evidence) error {
	put := func(customer cx.CustomerID, seq cx.Seq) error {
		_, err := tx.Exec(ctx, `INSERT INTO cycle_evidence (of_id, customer, seq) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, of, string(customer), int64(seq))
		return err
	}
	for n, id := range e.Customers {
		if n == mostEvidence {
			break
		}
		if err := put(id, 0); err != nil {
			return err
		}
	}
	for n, seq := range e.Words {
		if n == mostEvidence {
			break
		}
		if err := put("", seq); err != nil {
			return err
		}
	}
	return nil
}

// kept reads the customers and words of something, by id and by seq, and how many
// were forgotten.
func kept(ctx context.Context, tx *sqldb.Tx, of string) (e Evidence, gone int, err error) {
	rows, err := tx.Query(ctx, `SELECT customer, seq FROM cycle_evidence WHERE of_id = $1 ORDER BY customer, seq`, of)
	if err != nil {
		return e, 0, err
	}
	_, err = sqldb.Collect(rows, func(rows *sql.Rows) (none struct{}, err error) {
		var customer string
		var seq int64
		if err = rows.Scan(&customer, &seq); customer != "" {
			e.Customers = append(e.Customers, cx.CustomerID(customer))
		} else {
			e.Words = append(e.Words, cx.Seq(seq))
		}
		return none, err
	})
	if err == nil {
		err = tx.QueryRow(ctx, `SELECT COALESCE(SUM(n), 0) FROM cycle_gone WHERE of_id = $1`, of).Scan(&gone)
	}
	return e, gone, err
}

// move copies the evidence of one thing to another.
func move(ctx context.Context, tx *sqldb.Tx, from, to string) error {
	_, err := tx.Exec(ctx, `INSERT INTO cycle_evidence (of_id, customer, seq) SELECT $1, customer, seq FROM cycle_evidence WHERE of_id = $2 ON CONFLICT DO NOTHING`, to, from)
	return err
}

// drop removes the evidence of something.
func drop(ctx context.Context, tx *sqldb.Tx, of string) error {
	_, err := tx.Exec(ctx, `DELETE FROM cycle_evidence WHERE of_id = $1`, of)
	if err == nil {
		_, err = tx.Exec(ctx, `DELETE FROM cycle_gone WHERE of_id = $1`, of)
	}
	return err
}

// Behind returns the customers and words that caused an initiative, whoever asks:
// for what the product does with them by itself.
func (s *Service) Behind(ctx context.Context, slug string) (customers []cx.CustomerID, words []cx.Seq, err error) {
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		if _, err := read(ctx, tx, slug); err != nil {
			return err
		}
		e, _, err := kept(ctx, tx, ofInitiative(slug))
		customers, words = e.Customers, e.Words
		return err
	})
	return customers, words, cx.Wrap("cycle.Behind", err)
}
