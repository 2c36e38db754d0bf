package referral

import (
	"context"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

var _ cx.Holder = (*Service)(nil)

// Holds names the tables. The ledger holds amounts of accounts; whose they are
// stands in referral_accounts alone.
func (s *Service) Holds() []string {
	return []string{"referral_codes", "referral_claims", "referral_accounts", "referral_asks"}
}

// Export returns who brought a customer, whom they brought (without saying who
// they are), and what they earned.
func (s *Service) Export(ctx context.Context, subject cx.Subject) ([]cx.Section, error) {
	const op = "referral.Export"
	if !subject.Whole() {
		return nil, nil
	}
	aliases, err := s.c.Memory.Aliases(ctx, subject.Customer)
	if err != nil {
		return nil, cx.Wrap(op, err)
	}
	type item struct {
		Code   string `json:"code,omitempty"`
		Side   string `json:"side"` // "friend", "referrer", "code", "ask", "reward"
		At     string `json:"at"`
		State  string `json:"state,omitempty"`
		Reason Reason `json:"reason,omitempty"`
		Said   string `json:"said,omitempty"`
		Anyway Anyway `json:"would_have_come,omitempty"`
		Amount int64  `json:"amount,omitempty"` // minor units
	}
	all := []item{}
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		for _, id := range aliases {
			for side, which := range map[string]string{"friend": `WHERE friend = $1 ORDER BY at, seq`, "referrer": `WHERE referrer = $1 ORDER BY at, seq`} {
				found, err := claims(ctx, tx, which, string(id))
				if err != nil {
					return err
				}
				for _, c := range found {
					i := item{Code: c.code, Side: side, At: c.at.String(), State: string(c.stateAt(s.c.Clock.Now())), Reason: c.reason}
					if side == "friend" {
						i.Said, i.Anyway = c.said, c.anyway
					}
					all = append(all, i)
				}
			}
			rows, err := tx.Query(ctx, `SELECT code, at FROM referral_codes WHERE customer = $1 ORDER BY at, code`, string(id))
			if err != nil {
				return err
			}
			codes, err := sqldb.Collect(rows, scanPair)
			if err != nil {
				return err
			}
			for _, c := range codes {
				all = append(all, item{Side: "code", Code: c.text, At: c.at.String()})
			}
			if rows, err = tx.Query(ctx, `SELECT state, at FROM referral_asks WHERE customer = $1 ORDER BY at, id`, string(id)); err != nil {
				return err
			}
			asks, err := sqldb.Collect(rows, scanPair)
			if err != nil {
				return err
			}
			for _, a := range asks {
				all = append(all, item{Side: "ask", State: a.text, At: a.at.String()})
			}
			earned, err := entries(ctx, tx, `WHERE a.customer = $1 ORDER BY l.n`, string(id))
			if err != nil {
				return err
			}
			for _, e := range earned {
				all = append(all, item{Side: "reward", At: e.At.String(), Amount: e.Amount, Reason: e.Why})
			}
		}
		return nil
	})
	return []cx.Section{{Name: "referrals", Items: all}}, cx.Wrap(op, err)
}

// Erase removes who a customer is: their codes, whom we asked, whose account it is.
// What was proven stays without them, and what the others earned; what was not
// goes.
func (s *Service) Erase(ctx context.Context, subject cx.Subject) (n int, err error) {
	const op = "referral.Erase"
	if !subject.Whole() {
		return 0, nil
	}
	s.deciding.Lock()
	defer s.deciding.Unlock()
	aliases, err := s.c.Memory.Aliases(ctx, subject.Customer)
	if err != nil {
		return 0, cx.Wrap(op, err)
	}
	err = s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		n = 0
		for _, id := range aliases {
			rows, err := tx.Query(ctx, `DELETE FROM referral_asks WHERE customer = $1 RETURNING id`, string(id))
			if err != nil {
				return err
			}
			asks, err := sqldb.Collect(rows, sqldb.Scan[string])
			if err != nil {
				return err
			}
			for _, ask := range asks {
				if _, err := s.c.Jobs.Cancel(ctx, tx, jobKind, doAsk+ask); err != nil {
					return err
				}
			}
			n += len(asks)
			if rows, err = tx.Query(ctx, `SELECT code FROM referral_codes WHERE customer = $1`, string(id)); err != nil {
				return err
			}
			codes, err := sqldb.Collect(rows, sqldb.Scan[string])
			if err != nil {
				return err
			}
			for _, code := range codes {
				if _, err := s.c.Jobs.Cancel(ctx, tx, jobKind, tellShared+code); err != nil {
					return err
				}
				if _, err := tx.Exec(ctx, `DELETE FROM referral_opened WHERE code = $1`, code); err != nil {
					return err
				}
				// Who keyed it in keeps their claim, not the code that led to somebody.
				if _, err := tx.Exec(ctx, `UPDATE referral_claims SET code = '' WHERE code = $1`, code); err != nil {
					return err
				}
			}
			for _, text := range []string{
				`DELETE FROM referral_claims WHERE friend = $1 AND state NOT IN ('proven', 'taken-back')`,
				`UPDATE referral_claims SET friend = '', said = '', channel = '', frozen = 1 WHERE friend = $1`,
				`UPDATE referral_claims SET referrer = '', lived = '', frozen = 1 WHERE referrer = $1`,
				`DELETE FROM referral_codes WHERE customer = $1`,
				`DELETE FROM referral_accounts WHERE customer = $1`,
			} {
				done, err := tx.Exec(ctx, text, string(id))
				if err != nil {
					return err
				}
				of, err := done.RowsAffected()
				if err != nil {
					return err
				}
				n += int(of)
			}
		}
		return nil
	})
	if err == nil && n > 0 {
		err = s.c.DB.Scrub(ctx)
	}
	return n, cx.Wrap(op, err)
}
