package referral

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/jobs"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// Entry is one line of the ledger.
type Entry struct {
	N         int64
	At        cx.Time       // when it was earned, or lost
	Written   cx.Time       // when the ledger got it
	Customer  cx.CustomerID // "": whoever it was, was forgotten
	Claim     string        // "" of a milestone
	Milestone int           // 0 of a claim
	Amount    int64         // minor units; below 0: taken back
	Currency  string
	Why       Reason // "" of a reward
}

// accountOf returns the account of a customer by one of their ids; it is made
// where there is none and one is needed.
func accountOf(ctx context.Context, tx *sqldb.Tx, id cx.CustomerID, needed bool) (account string, err error) {
	err = tx.QueryRow(ctx, `SELECT account FROM referral_accounts WHERE customer = $1`, string(id)).Scan(&account)
	if !errors.Is(err, sql.ErrNoRows) || !needed {
		if errors.Is(err, sql.ErrNoRows) {
			err = nil
		}
		return account, err
	}
	account = rand.Text()
	_, err = tx.Exec(ctx, `INSERT INTO referral_accounts (account, customer) VALUES ($1, $2)`, account, string(id))
	return account, err
}

// balance sums what an id has earned in a currency.
func balance(ctx context.Context, tx *sqldb.Tx, id cx.CustomerID, currency string) (sum int64, err error) {
	err = tx.QueryRow(ctx, `SELECT COALESCE(SUM(l.amount), 0) FROM referral_ledger l JOIN referral_accounts a ON a.account = l.account WHERE a.customer = $1 AND l.currency = $2`,
		string(id), currency).Scan(&sum)
	return sum, err
}

// book is what the ledger is brought to in one transaction.
type book struct {
	s   *Service
	ctx context.Context //nolint:containedctx // of one transaction
	tx  *sqldb.Tx
	now cx.Time
}

// standing sums the entries of a claim, or of a milestone, on an account, and
// counts them.
func (b *book) standing(account, claim string, milestone int) (sum int64, n int, err error) {
	err = b.tx.QueryRow(b.ctx, `SELECT COALESCE(SUM(amount), 0), COUNT(*) FROM referral_ledger WHERE account = $1 AND claim = $2 AND milestone = $3`, account, claim, milestone).Scan(&sum, &n)
	return sum, n, err
}

// add appends an entry. Its key makes the same entry twice impossible.
func (b *book) add(e Entry, account string, nth int, code string) error {
	key := fmt.Sprintf("%s/%s/%d/%d", account, e.Claim, e.Milestone, nth)
	var n int64
	if err := b.tx.QueryRow(b.ctx, `SELECT COALESCE(MAX(n), 0) + 1 FROM referral_ledger`).Scan(&n); err != nil {
		return err
	}
	_, err := b.tx.Exec(b.ctx, `INSERT INTO referral_ledger (n, key, at, written, account, claim, milestone, amount, currency, why) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		n, key, int64(e.At), int64(b.now), account, e.Claim, e.Milestone, e.Amount, e.Currency, string(e.Why))
	if err != nil || b.now.Sub(e.At) > news {
		return err
	}
	return b.s.put(b.ctx, b.tx, jobs.Job{Key: fmt.Sprintf("%s%d", tellEntry, n), Payload: code})
}

// bring brings one side of a claim to what was judged: at most one entry.
func (b *book) bring(c *claim, id cx.CustomerID, amount int64) error {
	if id == "" || c.frozen || amount == 0 {
		return nil
	}
	want := int64(0)
	if c.state == Proven {
		want = amount
	}
	account, err := accountOf(b.ctx, b.tx, id, want != 0)
	if err != nil || account == "" {
		return err
	}
	has, n, err := b.standing(account, c.id, 0)
	if err != nil || has == want {
		return err
	}
	e := Entry{At: c.proof.at, Claim: c.id, Amount: want - has, Currency: c.currency}
	switch {
	case want == 0 && c.reason == Refunded:
		e.At, e.Why = c.backAt, Refunded
	case want == 0:
		e.At, e.Why = b.now, c.reason
		if c.reason == "" { // what proved it is another's now
			e.Why = Self
		}
	case n > 0:
		e.At, e.Why = max(b.now, c.proof.at), Again
	}
	return b.add(e, account, n, c.code)
}

// milestones brings those of a customer, known by several ids, to how many they
// have brought, proven in the order given: each is earned once, on one account.
// One that the model has no more stays earned.
func (b *book) milestones(ids []cx.CustomerID, m *model.Model, proven []*claim) error {
	for _, ms := range m.Referrals.Milestones {
		reached, kept := len(proven) >= ms.At, false
		for _, id := range ids {
			account, err := accountOf(b.ctx, b.tx, id, false)
			if err != nil {
				return err
			}
			sum, n, err := b.standing(account, "", ms.At)
			switch {
			case err != nil:
				return err
			case sum == 0:
				continue
			case reached && !kept:
				kept = true
				continue
			}
			why := Fewer
			if reached { // two who had earned it are one person
				why = Self
			}
			if err := b.add(Entry{At: b.now, Milestone: ms.At, Amount: -sum, Currency: m.Company.Currency, Why: why}, account, n, ""); err != nil {
				return err
			}
		}
		if !reached || kept || ms.Reward == 0 {
			continue
		}
		account, err := accountOf(b.ctx, b.tx, ids[0], true)
		if err != nil {
			return err
		}
		_, n, err := b.standing(account, "", ms.At)
		if err != nil {
			return err
		}
		e := Entry{At: proven[ms.At-1].proof.at, Milestone: ms.At, Amount: ms.Reward, Currency: m.Company.Currency}
		if n > 0 {
			e.At, e.Why = b.now, Again
		}
		if err := b.add(e, account, n, ""); err != nil {
			return err
		}
	}
	return nil
}
