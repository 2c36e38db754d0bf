package referral

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// Claim is who says that they were brought, as people see it.
type Claim struct {
	ID               string
	At               cx.Time
	Friend, Referrer cx.CustomerID // "": nobody known (any more)
	Code, Said       string
	Anyway           Anyway
	State            State
	Reason           Reason
	ProvenAt         cx.Time
	Late             cx.Time // when what proved it was given back too late to count; 0: not
}

// ClaimsQuery narrows a list of claims. Zero fields narrow nothing.
type ClaimsQuery struct {
	State  State
	Reason Reason
	Before int64 // Next of the page before
	Limit  int   // 1..500; 0: 50
}

// ClaimsPage is claims, newest first; Next is 0 at the end.
type ClaimsPage struct {
	Claims []Claim
	Next   int64
}

const (
	usualLimit = 50
	maxLimit   = 500
)

func limitOf(n int) int {
	if n <= 0 {
		return usualLimit
	}
	return min(n, maxLimit)
}

// Claims lists claims. Needs account.ViewReferrals.
func (s *Service) Claims(ctx context.Context, p cx.Principal, q ClaimsQuery) (page ClaimsPage, err error) {
	const op = "referral.Claims"
	if err := account.Check(p, account.ViewReferrals); err != nil {
		return page, cx.Wrap(op, err)
	}
	which, args, now := `WHERE 1 = 1`, []any{}, s.c.Clock.Now()
	add := func(condition string, more ...any) {
		for _, arg := range more {
			args = append(args, arg)
			condition = fmt.Sprintf(condition, len(args))
		}
		which += condition
	}
	switch q.State {
	case "":
	case Expired:
		add(` AND state = 'pending' AND until < $%d`, int64(now))
	case Pending:
		add(` AND state = 'pending' AND until >= $%d`, int64(now))
	default:
		add(` AND state = $%d`, string(q.State))
	}
	if q.Reason != "" {
		add(` AND reason = $%d`, string(q.Reason))
	}
	if q.Before > 0 {
		add(` AND seq < $%d`, q.Before)
	}
	limit := limitOf(q.Limit)
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		found, err := claims(ctx, tx, which+fmt.Sprintf(` ORDER BY seq DESC LIMIT %d`, limit+1), args...)
		if len(found) > limit {
			found = found[:limit]
			page.Next = int64(found[limit-1].seq)
		}
		page.Claims = make([]Claim, len(found))
		for i, c := range found {
			page.Claims[i] = Claim{c.id, c.at, c.friend, c.referrer, c.code, c.said, c.anyway, c.stateAt(now), c.reason, c.proof.at, c.late}
		}
		return err
	})
	return page, cx.Wrap(op, err)
}

// LedgerPage is entries of the ledger, newest first; Next is 0 at the end.
type LedgerPage struct {
	Entries []Entry
	Next    int64
}

// Ledger lists entries written before one (0: the newest). Needs
// account.ViewReferrals.
func (s *Service) Ledger(ctx context.Context, p cx.Principal, before int64, limit int) (page LedgerPage, err error) {
	const op = "referral.Ledger"
	if err := account.Check(p, account.ViewReferrals); err != nil {
		return page, cx.Wrap(op, err)
	}
	limit = limitOf(limit)
	which, args := ``, []any{}
	if before > 0 {
		which, args = `WHERE l.n < $1`, []any{before}
	}
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) (err error) {
		page.Entries, err = entries(ctx, tx, which+fmt.Sprintf(` ORDER BY l.n DESC LIMIT %d`, limit+1), args...)
		return err
	})
	if len(page.Entries) > limit {
		page.Entries = page.Entries[:limit]
		page.Next = page.Entries[limit-1].N
	}
	return page, cx.Wrap(op, err)
}

func entries(ctx context.Context, tx *sqldb.Tx, which string, args ...any) ([]Entry, error) {
	rows, err := tx.Query(ctx, `SELECT l.n, l.at, l.written, COALESCE(a.customer, ''), l.claim, l.milestone, l.amount, l.currency, l.why
		FROM referral_ledger l LEFT JOIN referral_accounts a ON a.account = l.account `+which, args...)
	if err != nil {
		return nil, err
	}
	return sqldb.Collect(rows, func(rows *sql.Rows) (e Entry, err error) {
		return e, rows.Scan(&e.N, &e.At, &e.Written, &e.Customer, &e.Claim, &e.Milestone, &e.Amount, &e.Currency, &e.Why)
	})
}

// pair is a text and when it was.
type pair struct {
	text string
	at   cx.Time
}

func scanPair(rows *sql.Rows) (p pair, err error) { return p, rows.Scan(&p.text, &p.at) }

func scanCount(rows *sql.Rows) (c Count, err error) { return c, rows.Scan(&c.Key, &c.N) }
