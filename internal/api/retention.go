package api

import (
	"math"

	"github.com/vivencia-cx/vivencia/internal/stats"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/purchases"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/retention"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/worth"
)

// bought reads of whom a question on purchases is.
func (q *request) bought() purchases.Filter {
	return purchases.Filter{Segment: q.text("segment"), Touchpoint: q.text("touchpoint"), Channel: q.text("channel"), Place: q.text("place"), Campaign: q.text("campaign")}
}

func (q *request) apart() purchases.By {
	return purchases.By(q.oneOf("by", "touchpoint", "channel", "place", "campaign", "segment"))
}

func (q *request) truth(name string) bool { return q.oneOf(name, "true", "false") == "true" }

// dateOf writes a day of the company's calendar; null for none.
func dateOf(day int32) any {
	if day == 0 {
		return nil
	}
	return purchases.Date(day).Format("2006-01-02")
}

// boundsOf writes an interval between members of their own.
func boundsOf(i stats.Interval) members {
	return members{{"low", figure(i.Low, true)}, {"high", figure(i.High, true)}}
}

// shaped is plain, with money in units of the company's currency: what is an int64 is
// money here.
func (s *server) shaped(v any) any {
	return inUnits(plain(v), math.Pow10(-s.Models.Current().Model.Company.Digits()))
}

func inUnits(v any, unit float64) any {
	switch x := v.(type) {
	case int64:
		return float64(x) * unit
	case []any:
		for i := range x {
			x[i] = inUnits(x[i], unit)
		}
	case members:
		for i := range x {
			x[i].value = inUnits(x[i].value, unit)
		}
	}
	return v
}

// scaled moves figures of money that are means.
func (s *server) scaled(v float64, i stats.Interval) (float64, stats.Interval) {
	unit := math.Pow10(-s.Models.Current().Model.Company.Digits())
	return v * unit, stats.Interval{Low: i.Low * unit, High: i.High * unit}
}

func (s *server) showCohorts(q *request) (any, error) {
	query := retention.CohortQuery{Filter: q.bought(), Every: retention.Every(q.oneOf("every", "month", "quarter")), Relative: q.truth("relative"), Contract: q.truth("contract")}
	return reasoned(q, "retention", func() (members, error) {
		c, err := s.Retention.Cohorts(q.Context(), q.principal, query)
		return s.shaped(c).(members).without("query"), err
	}, func(m members) any {
		var rows []any
		for _, row := range m.get("rows").([]any) {
			row := row.(members)
			for _, cell := range row.get("cells").([]any) {
				rows = append(rows, append(members{{"from", row.get("from")}}, cell.(members)...))
			}
		}
		return rows
	})
}

func (s *server) showSurvival(q *request) (any, error) {
	query := retention.SurvivalQuery{Filter: q.bought(), By: q.apart(), Contract: q.truth("contract")}
	return reasoned(q, "survival", func() (members, error) {
		c, err := s.Retention.Survival(q.Context(), q.principal, query)
		return plain(c).(members).without("query"), err
	}, func(m members) any {
		var rows []any
		for _, group := range m.get("groups").([]any) {
			group := group.(members)
			for _, point := range group.get("points").([]any) {
				rows = append(rows, append(members{{"key", group.get("key")}}, point.(members)...))
			}
		}
		return rows
	})
}

func (s *server) showHazard(q *request) (any, error) {
	filter := q.bought()
	return reasoned(q, "hazard", func() (retention.Hazard, error) {
		return s.Retention.Hazard(q.Context(), q.principal, filter)
	}, func(h retention.Hazard) any { return h.Ages })
}

// leaverOf shapes who may leave; what was not learned is null.
func (s *server) leaverOf(l retention.Leaver) members {
	return s.shaped(l).(members).without("no").set("last", dateOf(l.Last))
}

func (s *server) showChurn(q *request) (any, error) {
	query := retention.ChurnQuery{Filter: q.bought(), Contract: q.truth("contract"), Reason: q.text("reason"), Cursor: q.text("cursor"), Limit: q.limit()}
	return reasoned(q, "churn", func() (members, error) {
		r, err := s.Retention.Churn(q.Context(), q.principal, query)
		return plain(r).(members).set("customers", each(r.Customers, func(l retention.Leaver) any { return s.leaverOf(l) })), err
	}, func(m members) any { return m.get("customers") })
}

func (s *server) showWorth(q *request) (any, error) {
	filter, by := q.bought(), q.apart()
	return reasoned(q, "worth", func() (members, error) {
		fit, err := s.Worth.Fit(q.Context(), q.principal)
		if err != nil {
			return nil, err
		}
		spread, err := s.Worth.Distribution(q.Context(), q.principal, filter)
		if err != nil {
			return nil, err
		}
		groups, err := s.Worth.By(q.Context(), q.principal, filter, by)
		spread.Mean, spread.Interval = s.scaled(spread.Mean, spread.Interval)
		for i := range groups {
			groups[i].Value, groups[i].Interval = s.scaled(groups[i].Value, groups[i].Interval)
		}
		fit.Gamma, _ = s.scaled(fit.Gamma, stats.Interval{})
		hold := plain(fit.HoldOut).(members).set("from", dateOf(fit.HoldOut.From))
		return members{
			{"fit", append(s.shaped(fit).(members).set("hold_out", hold), member{"interval", s.shaped(fit.Interval())})},
			{"distribution", s.shaped(spread)},
			{"groups", s.shaped(groups)},
		}, err
	}, func(m members) any { return m.get("groups") })
}

// showOutcomesOf tells what one customer is worth, and how likely they leave.
func (s *server) showOutcomesOf(q *request) (any, error) {
	return reasoned(q, "", func() (members, error) {
		value, err := s.Worth.OfCustomer(q.Context(), q.principal, q.customer())
		if err != nil {
			return nil, err
		}
		leaver, err := s.Retention.Of(q.Context(), q.principal, q.customer())
		if err != nil {
			return nil, err
		}
		s.seen(q, q.customer())
		return members{{"worth", s.worthOf(value)}, {"leaving", s.leaverOf(leaver).without("who")}}, nil
	}, nil)
}

func (s *server) worthOf(c worth.Customer) any {
	if c.Purchases == 0 {
		return nil
	}
	return s.shaped(c).(members).without("no").set("first", dateOf(c.First)).set("last", dateOf(c.Last))
}
