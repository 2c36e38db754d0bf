package api

import (
	"math"
	"strconv"

	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/board"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/chain"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/risk"
)

// unit moves estimates from minor units to the currency's own.
func (s *server) unit() func(e *outcome.Estimate) {
	digits := 0
	if m := s.Models.Current().Model; m != nil {
		digits = m.Company.Digits()
	}
	by := math.Pow10(-digits)
	return func(e *outcome.Estimate) { e.Value, e.Low, e.High = by*e.Value, by*e.Low, by*e.High }
}

// days reads how long a period is.
func (q *request) days() int {
	text := q.text("days")
	if text == "" {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		q.fault("days", "must be a number of days")
	}
	return n
}

func (s *server) showIndicators(q *request) (any, error) {
	query := board.Query{Segment: q.text("segment"), Area: q.text("area"), Days: q.days()}
	return reasoned(q, "", func() (board.Indicators, error) {
		i, err := s.Board.Indicators(q.Context(), q.principal, query)
		unit := s.unit()
		i.Revenue.Figure = moneyOf(i.Revenue.Figure, unit)
		if i.Why != nil {
			why := board.Why{AsOf: i.Why.AsOf, Chain: chainOf(i.Why.Chain, unit), Risk: riskOf(i.Why.Risk, unit)}
			for _, m := range i.Why.Moved {
				unit(&m.Money)
				why.Moved = append(why.Moved, m)
			}
			i.Why = &why
		}
		return i, err
	}, nil)
}

func moneyOf(f board.Figure, unit func(*outcome.Estimate)) board.Figure {
	unit(&f.Now)
	unit(&f.Before)
	delta := outcome.Estimate{Value: f.Change.Delta}
	unit(&delta)
	f.Change.Delta = delta.Value
	f.Weeks = append([]outcome.Week(nil), f.Weeks...)
	for i := range f.Weeks {
		unit(&f.Weeks[i].Estimate)
	}
	return f
}

func (s *server) showChain(q *request) (any, error) {
	query := chain.Query{Segment: q.text("segment"), Area: q.text("area")}
	return reasoned(q, "chain", func() (chain.Chain, error) {
		c, err := s.Chain.Chain(q.Context(), q.principal, query)
		return chainOf(c, s.unit()), err
	}, func(c chain.Chain) any { return c.Links })
}

func chainOf(c chain.Chain, unit func(*outcome.Estimate)) chain.Chain {
	link := func(l chain.Link) chain.Link {
		unit(&l.Worth)
		if l.To == chain.Revenue {
			unit(&l.Slope)
			l.ByMonth = append([]outcome.Estimate(nil), l.ByMonth...)
			for i := range l.ByMonth {
				unit(&l.ByMonth[i])
			}
		}
		return l
	}
	links := c.Links
	c.Links = nil
	for _, l := range links {
		c.Links = append(c.Links, link(l))
	}
	c.Whole = link(c.Whole)
	return c
}

func (s *server) showAtRisk(q *request) (any, error) {
	query := risk.Query{Segment: q.text("segment"), Area: q.text("area")}
	return reasoned(q, "at-risk", func() (risk.AtRisk, error) {
		a, err := s.Risk.AtRisk(q.Context(), q.principal, query)
		return riskOf(a, s.unit()), err
	}, func(a risk.AtRisk) any { return a.Groups })
}

func riskOf(a risk.AtRisk, unit func(*outcome.Estimate)) risk.AtRisk {
	unit(&a.Total)
	unit(&a.Expected)
	groups := a.Groups
	a.Groups = nil
	for _, g := range groups {
		unit(&g.AtRisk)
		unit(&g.Beyond)
		a.Groups = append(a.Groups, g)
	}
	return a
}
