package cycle

import (
	"context"
	"slices"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// Holds names the tables that know customers.
func (s *Service) Holds() []string { return []string{"cycle_evidence"} }

// exported is what a customer's experience caused.
type exported struct {
	Opportunity string `json:"opportunity,omitempty"` // id
	Initiative  string `json:"initiative,omitempty"`  // slug
}

// Export returns the opportunities and initiatives that a customer is behind.
func (s *Service) Export(ctx context.Context, subject cx.Subject) ([]cx.Section, error) {
	const op = "cycle.Export"
	if !subject.Whole() {
		return nil, nil
	}
	aliases, err := s.aliases(ctx, subject)
	if err != nil {
		return nil, cx.Wrap(op, err)
	}
	var of []string
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		of = nil
		return theirs(ctx, tx, aliases, subject.Seqs, func(where string, arg any) error {
			rows, err := tx.Query(ctx, `SELECT of_id FROM cycle_evidence WHERE `+where, arg)
			if err != nil {
				return err
			}
			found, err := sqldb.Collect(rows, sqldb.Scan[string])
			of = append(of, found...)
			return err
		})
	})
	slices.Sort(of)
	out := []exported{}
	for _, id := range slices.Compact(of) {
		if slug, ok := strings.CutPrefix(id, ofInitiative("")); ok {
			out = append(out, exported{Initiative: slug})
		} else {
			out = append(out, exported{Opportunity: strings.TrimPrefix(id, ofOpportunity(""))})
		}
	}
	return []cx.Section{{Name: "initiatives", Items: out}}, cx.Wrap(op, err)
}

// Erase takes a customer and what they said, or what expired, out of the evidence:
// how many left is all that stays.
func (s *Service) Erase(ctx context.Context, subject cx.Subject) (n int, err error) {
	const op = "cycle.Erase"
	aliases, err := s.aliases(ctx, subject)
	if err != nil {
		return 0, cx.Wrap(op, err)
	}
	err = s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		n = 0
		return theirs(ctx, tx, aliases, subject.Seqs, func(where string, arg any) error {
			rows, err := tx.Query(ctx, `DELETE FROM cycle_evidence WHERE `+where+` RETURNING of_id`, arg)
			if err != nil {
				return err
			}
			gone, err := sqldb.Collect(rows, sqldb.Scan[string])
			n += len(gone)
			for _, of := range gone {
				if err == nil {
					_, err = tx.Exec(ctx, `INSERT INTO cycle_gone (of_id, n) VALUES ($1, 1) ON CONFLICT (of_id) DO UPDATE SET n = cycle_gone.n + 1`, of)
				}
			}
			return err
		})
	})
	if err == nil && n > 0 {
		err = s.c.DB.Scrub(ctx)
	}
	return n, cx.Wrap(op, err)
}

// aliases are the ids under which the subject was known; none of a stretch of
// events.
func (s *Service) aliases(ctx context.Context, subject cx.Subject) ([]cx.CustomerID, error) {
	if !subject.Whole() {
		return nil, nil
	}
	all, err := s.c.Memory.Aliases(ctx, subject.Customer)
	if len(all) == 0 && cx.KindOf(err) == cx.NotFound { // of whom nothing is remembered any more
		all, err = []cx.CustomerID{subject.Customer}, nil
	}
	return all, err
}

// theirs calls fn with each condition that finds rows of the aliases, or of the
// seqs, which ascend.
func theirs(ctx context.Context, tx *sqldb.Tx, aliases []cx.CustomerID, seqs []cx.Seq, fn func(where string, arg any) error) error {
	for _, id := range aliases {
		if err := fn(`customer = $1`, string(id)); err != nil {
			return err
		}
	}
	if len(seqs) == 0 {
		return nil
	}
	rows, err := tx.Query(ctx, `SELECT DISTINCT seq FROM cycle_evidence WHERE seq BETWEEN $1 AND $2`, int64(seqs[0]), int64(seqs[len(seqs)-1]))
	if err != nil {
		return err
	}
	among, err := sqldb.Collect(rows, sqldb.Scan[int64])
	for _, seq := range among {
		if _, is := slices.BinarySearch(seqs, cx.Seq(seq)); err == nil && is {
			err = fn(`seq = $1`, seq)
		}
	}
	return err
}
