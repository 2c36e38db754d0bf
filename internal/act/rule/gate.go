package rule

import (
	"context"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// ledger tells how often a rule began.
type ledger interface {
	// near counts its runs for a customer whose events were lived less than per
	// before or after at.
	near(ctx context.Context, rule string, customers []cx.CustomerID, at cx.Time, per time.Duration) (int, error)
	// within counts its runs whose events were lived within a window.
	within(ctx context.Context, rule string, w cx.Window) (int, error)
	// running counts its runs that go on.
	running(ctx context.Context, rule string, at cx.Time) (int, error)
}

// enters looks whether somebody enters a rule, by the reasons of Entries in
// their order; "" says that they do. It knows nothing but the log: times are
// those of the events. Outranked is for who sees all rules at once.
func enters(ctx context.Context, l ledger, r *model.Rule, zone *time.Location, customers []cx.CustomerID, at cx.Time, human, held, outranked bool) (Reason, error) {
	if c := r.Caps.PerCustomer; c.N > 0 {
		if n, err := l.near(ctx, r.Slug, customers, at, c.Per); err != nil || n >= c.N {
			return Capped, err
		}
	}
	switch {
	case human:
		return Human, nil
	case held:
		return Holdout, nil
	case outranked:
		return Outranked, nil
	}
	if q := r.Caps.Entries; q.N > 0 {
		if n, err := l.within(ctx, r.Slug, period(at, q.Per, zone)); err != nil || n >= q.N {
			return Enough, err
		}
	}
	if r.Caps.Running > 0 {
		if n, err := l.running(ctx, r.Slug, at); err != nil || n >= r.Caps.Running {
			return Concurrency, err
		}
	}
	return "", nil
}

// period returns the day, week (from Monday) or month of the company that a time
// lies in.
func period(at cx.Time, per string, zone *time.Location) cx.Window {
	t := at.Std().In(zone)
	y, m, d := t.Date()
	from, to := time.Date(y, m, d, 0, 0, 0, 0, zone), time.Date(y, m, d+1, 0, 0, 0, 0, zone)
	switch per {
	case model.PerWeek:
		monday := d - (int(t.Weekday())+6)%7
		from, to = time.Date(y, m, monday, 0, 0, 0, 0, zone), time.Date(y, m, monday+7, 0, 0, 0, 0, zone)
	case model.PerMonth:
		from, to = time.Date(y, m, 1, 0, 0, 0, 0, zone), time.Date(y, m+1, 1, 0, 0, 0, 0, zone)
	}
	return cx.Window{From: cx.TimeOf(from), To: cx.TimeOf(to)}
}
