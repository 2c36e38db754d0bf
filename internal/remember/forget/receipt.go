package forget

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// Receipt proves that something was erased, and holds nothing of it. It is of
// one customer, or of a run of what expired.
type Receipt struct {
	ID       int64           `json:"id"`
	Customer cx.CustomerID   `json:"customer,omitempty"`
	IDs      []cx.CustomerID `json:"ids,omitempty"`     // every id that led to the customer
	Expired  []Expired       `json:"expired,omitempty"` // of what expired: by rule
	AskedAt  time.Time       `json:"asked_at"`
	AskedBy  string          `json:"asked_by"` // a principal's id
	DoneAt   time.Time       `json:"done_at,omitzero"`
	Counts   map[string]int  `json:"counts"` // records erased, by holder
	SHA256   string          `json:"sha256"` // over the rest of this JSON; "" while it is under way
}

// Done tells whether everything is erased.
func (r *Receipt) Done() bool { return !r.DoneAt.IsZero() }

// Sum returns what SHA256 must be.
func (r Receipt) Sum() string {
	r.SHA256 = ""
	b, err := json.Marshal(r)
	if err != nil {
		panic(err) // plain data
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// Receipts returns at most limit receipts with ids below before (0: from the
// newest), newest first. Needs account.ForgetCustomers.
func (s *Service) Receipts(ctx context.Context, p cx.Principal, before int64, limit int) ([]Receipt, error) {
	const op = "forget.Receipts"
	if err := account.Check(p, account.ForgetCustomers); err != nil {
		return nil, cx.Wrap(op, err)
	}
	if before <= 0 {
		before = math.MaxInt64
	}
	found, err := s.receipts(ctx, `WHERE id < $1 ORDER BY id DESC LIMIT $2`, before, limit)
	return found, cx.Wrap(op, err)
}

// Receipt returns one; NotFound when there is none. Needs
// account.ForgetCustomers.
func (s *Service) Receipt(ctx context.Context, p cx.Principal, id int64) (Receipt, error) {
	const op = "forget.Receipt"
	if err := account.Check(p, account.ForgetCustomers); err != nil {
		return Receipt{}, cx.Wrap(op, err)
	}
	r, err := s.receipt(ctx, id)
	return r, cx.Wrap(op, err)
}

// Ledger returns every receipt, oldest first: what a backup keeps beside it, so
// that Replay forgets the same again after a restore.
func (s *Service) Ledger(ctx context.Context) ([]Receipt, error) {
	all, err := s.receipts(ctx, `WHERE done_at > 0 ORDER BY id`)
	return all, cx.Wrap("forget.Ledger", err)
}

// Forgotten returns the receipt of a customer who was forgotten, or is just
// being so; ok is false when there is none of that id.
func (s *Service) Forgotten(ctx context.Context, id cx.CustomerID) (r Receipt, ok bool, err error) {
	found, err := s.receipts(ctx, `WHERE id = (SELECT receipt FROM forget_ids WHERE customer = $1)`, string(id))
	if err != nil || len(found) == 0 {
		return Receipt{}, false, cx.Wrap("forget.Forgotten", err)
	}
	return found[0], true, nil
}

func (s *Service) receipt(ctx context.Context, id int64) (Receipt, error) {
	found, err := s.receipts(ctx, `WHERE id = $1`, id)
	if err == nil && len(found) == 0 {
		err = cx.Errorf(cx.NotFound, "forget.receipt", "there is no receipt %d", id)
	}
	if err != nil {
		return Receipt{}, err
	}
	return found[0], nil
}

func (s *Service) receipts(ctx context.Context, which string, args ...any) (all []Receipt, err error) {
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		all, err = readReceipts(ctx, tx, which, args...)
		return err
	})
	return all, err
}

func readReceipts(ctx context.Context, tx *sqldb.Tx, which string, args ...any) ([]Receipt, error) {
	rows, err := tx.Query(ctx, `SELECT receipt FROM forget_receipts `+which, args...)
	if err != nil {
		return nil, err
	}
	return sqldb.Collect(rows, func(rows *sql.Rows) (r Receipt, err error) {
		var text string
		if err = rows.Scan(&text); err == nil {
			err = json.Unmarshal([]byte(text), &r)
		}
		return r, err
	})
}

// begin keeps an intent and gives it a number, unless it has one.
func (s *Service) begin(ctx context.Context, tx *sqldb.Tx, r *Receipt) error {
	if r.ID == 0 {
		if err := tx.QueryRow(ctx, `SELECT COALESCE(MAX(id), 0) + 1 FROM forget_receipts`).Scan(&r.ID); err != nil {
			return err
		}
	}
	if r.Counts == nil {
		r.Counts = map[string]int{}
	}
	if _, err := tx.Exec(ctx, `INSERT INTO forget_receipts (id, customer, done_at, receipt) VALUES ($1, $2, 0, '')`, r.ID, string(r.Customer)); err != nil {
		return err
	}
	return keep(ctx, tx, r, 0)
}

// keep writes how far a receipt is; done is 0 until all of it is.
func keep(ctx context.Context, tx *sqldb.Tx, r *Receipt, done cx.Time) error {
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE forget_receipts SET done_at = $1, receipt = $2 WHERE id = $3`, int64(done), string(text), r.ID); err != nil {
		return err
	}
	for _, id := range r.IDs {
		if _, err := tx.Exec(ctx, `INSERT INTO forget_ids (customer, receipt) VALUES ($1, $2) ON CONFLICT (customer) DO NOTHING`, string(id), r.ID); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) keep(ctx context.Context, r *Receipt) error {
	return s.c.DB.Write(ctx, func(tx *sqldb.Tx) error { return keep(ctx, tx, r, 0) })
}

// count adds what a holder erased. A sealed receipt counted it before.
func (s *Service) count(ctx context.Context, r *Receipt, holder string, n int) error {
	if n == 0 || r.SHA256 != "" {
		return nil
	}
	r.Counts[holder] += n
	return s.keep(ctx, r)
}

// finish seals a receipt. One that is carried out again after a restore stays
// as it was.
func (s *Service) finish(ctx context.Context, r *Receipt) error {
	if r.SHA256 == "" {
		r.DoneAt = s.c.Clock.Now().Std()
		r.SHA256 = r.Sum()
	}
	err := s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM forget_stretches WHERE receipt = $1`, r.ID)
		return errors.Join(err, keep(ctx, tx, r, cx.TimeOf(r.DoneAt)))
	})
	if err != nil {
		return err
	}
	if s.c.OnReceipt != nil {
		s.c.OnReceipt(*r)
	}
	s.tell()
	return nil
}
