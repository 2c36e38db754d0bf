package promise

import (
	"context"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// Week is what ended in a week of the company's time.
type Week struct {
	From cx.Time
	Tally
	Share
}

// MaxWeeks is how far back Weeks looks.
const MaxWeeks = 104

// Weeks tells a promise week by week, the oldest first, up to the present one;
// only where all of where hold. Nothing is pending in them. The errors are NotFound
// for the promise, Invalid for weeks outside 1 to MaxWeeks.
func (s *Service) Weeks(ctx context.Context, p cx.Principal, slug string, where []Is, weeks int) (out []Week, err error) {
	const op = "promise.Weeks"
	if weeks < 1 || weeks > MaxWeeks {
		return nil, cx.Errorf(cx.Invalid, op, "ask for 1 to %d weeks", MaxWeeks)
	}
	v, err := s.see(p, account.ViewPromises)
	if err != nil {
		return nil, cx.Wrap(op, err)
	}
	d, err := v.one(slug)
	if err != nil {
		return nil, cx.Wrap(op, err)
	}
	from := cx.TimeOf(v.now.Std().In(v.m.Company.Zone()).AddDate(0, 0, -7*(weeks-1)))
	cuts := history.Cuts(cx.Window{From: from, To: v.now + 1}, history.Week, v.m.Company.Zone())
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		if err := v.contexts(ctx, tx); err != nil {
			return err
		}
		for i := range cuts[:len(cuts)-1] {
			cells, err := v.cells(ctx, tx, d, cx.Window{From: cuts[i], To: cuts[i+1]}, where)
			if err != nil {
				return err
			}
			w := Week{From: cuts[i], Tally: tallyOf(cells)}
			w.Open, w.AtRisk = 0, 0
			w.Share = ShareOf(w.Kept, w.Broken)
			out = append(out, w)
		}
		return nil
	})
	return out, cx.Wrap(op, err)
}
