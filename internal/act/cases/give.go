package cases

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// Give counts what is given to the customer without asking: an amount in minor
// units, and what ("un vale"). Forbidden when it is more than what is left of what
// they may give; the message says how much that is.
func (s *Service) Give(ctx context.Context, p cx.Principal, id string, amount int64, what string) (Case, error) {
	const op = "cases.Give"
	what, err := words(op, "what", what, maxTitle)
	if err != nil {
		return Case{}, err
	}
	if amount <= 0 {
		return Case{}, cx.InvalidFaults(op, []cx.Fault{{Field: "amount", Message: "write an amount above 0"}})
	}
	return s.act(ctx, op, p, id, func(tx *sqldb.Tx, c *Case) ([]Entry, error) {
		if err := over(op, c); err != nil {
			return nil, err
		}
		a, err := s.allowed(ctx, tx, p, c)
		switch {
		case err != nil:
			return nil, err
		case !a.Allowed:
			return nil, cx.Errorf(cx.Forbidden, op, "nothing may be given here without asking: ask who leads the area")
		case amount > a.Left:
			return nil, cx.Errorf(cx.Forbidden, op, "that is more than the %s that you may still give here without asking: ask who leads the area", s.money(a.Left))
		}
		c.Given += amount
		return []Entry{{What: Gave, Text: what, Amount: amount}}, nil
	})
}

// money writes an amount with its currency.
func (s *Service) money(minor int64) string {
	company := s.c.Models.Current().Model.Company
	digits := company.Digits()
	return fmt.Sprintf("%s %s", strconv.FormatFloat(float64(minor)/math.Pow10(digits), 'f', digits, 64), company.Currency)
}

// MayGive tells what somebody may give in a new case. Needs account.ViewCases.
func (s *Service) MayGive(ctx context.Context, p cx.Principal) (Allowance, error) {
	const op = "cases.MayGive"
	if err := account.Check(p, account.ViewCases); err != nil {
		return Allowance{}, cx.Wrap(op, err)
	}
	a, err := s.allowance(ctx, p, &Case{})
	return a, cx.Wrap(op, err)
}

func (s *Service) allowance(ctx context.Context, p cx.Principal, c *Case) (a Allowance, err error) {
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		a, err = s.allowed(ctx, tx, p, c)
		return err
	})
	return a, err
}

// allowed is the best that the plan lets somebody of a role, and of an area, give.
func (s *Service) allowed(ctx context.Context, tx *sqldb.Tx, p cx.Principal, c *Case) (a Allowance, err error) {
	m := s.c.Models.Current().Model
	a = Allowance{Currency: m.Company.Currency, Given: c.Given}
	for _, g := range m.Cases.Give {
		if g.Role != p.Role || g.Area != "" && p.Areas != nil && !slices.Contains(p.Areas, g.Area) {
			continue
		}
		a.Allowed, a.Each, a.Month = true, max(a.Each, g.Each), max(a.Month, g.Month)
	}
	local := s.c.Clock.Now().Std().In(m.Company.Zone())
	month := cx.TimeOf(time.Date(local.Year(), local.Month(), 1, 0, 0, 0, 0, local.Location()))
	if err := tx.QueryRow(ctx, `SELECT COALESCE(SUM(amount), 0) FROM cases_entries WHERE what = $1 AND by_id = $2 AND at >= $3`, string(Gave), p.ID, int64(month)).Scan(&a.GivenMonth); err != nil {
		return a, err
	}
	a.LeftHere = max(0, a.Each-c.Given)
	a.Left = max(0, min(a.LeftHere, a.Month-a.GivenMonth))
	return a, nil
}
