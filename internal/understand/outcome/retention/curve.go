package retention

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/stats/survival"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/purchases"
)

// mostCurves is how many groups are told apart, and mostPoints how finely.
const (
	mostCurves = 12
	mostPoints = 100
)

// Survival tells how long contracts last, or how long it takes until the second
// purchase. It needs the right scores.view. The errors are those of Cohorts, and
// Invalid for a By that is none.
func (s *Service) Survival(ctx context.Context, p cx.Principal, q SurvivalQuery) (Survival, error) {
	const op = "retention.Survival"
	t, err := s.table(ctx, p, q.Filter, q.Contract)
	if err != nil {
		return Survival{}, cx.Wrap(op, err)
	}
	groups, err := s.c.Purchases.Groups(ctx, p, t, q.By)
	if err != nil {
		return Survival{}, cx.Wrap(op, err)
	}
	out := Survival{AsOf: t.AsOf, Query: q}
	type group struct {
		Curve
		spells []survival.Spell
	}
	var found []group
	for _, g := range groups {
		if spells := spellsOf(t, g.Rows, q.Contract); len(spells) > 0 {
			found = append(found, group{Curve{Key: g.Key, Name: g.Name}, spells})
		}
	}
	slices.SortStableFunc(found, func(a, b group) int { return cmp.Compare(len(b.spells), len(a.spells)) })
	found = found[:min(len(found), mostCurves)]
	var all [][]survival.Spell
	for _, g := range found {
		g.draw(g.spells)
		out.Groups, all = append(out.Groups, g.Curve), append(all, g.spells)
	}
	out.P = survival.LogRank(all).P
	return out, nil
}

// spellsOf returns how long the contracts of some customers lasted, or how long it
// was from their first day of purchases to the second; in days.
func spellsOf(t *purchases.Table, rows []int, contract bool) (out []survival.Spell) {
	for _, row := range rows {
		if contract {
			for _, span := range t.Spans(row) {
				out = append(out, survival.Spell{Duration: float64(min(span.End, t.Today) - span.Start), Ended: !span.Lasts()})
			}
			continue
		}
		switch days, _ := t.Purchases(row); {
		case len(days) > 1:
			out = append(out, survival.Spell{Duration: float64(days[1] - days[0]), Ended: true})
		case len(days) == 1:
			out = append(out, survival.Spell{Duration: float64(t.Today - days[0])})
		}
	}
	return out
}

// draw estimates the curve, and thins it.
func (c *Curve) draw(spells []survival.Spell) {
	k := survival.KaplanMeier(spells)
	c.N, c.Events = k.N, k.Ended
	c.Median, c.Range = k.Median()
	durations := make([]float64, len(spells))
	for i, s := range spells {
		durations[i] = s.Duration
	}
	slices.Sort(durations)
	step := max(1, int(math.Ceil(k.Longest/(mostPoints-1))))
	for day := 0; ; day = min(day+step, int(k.Longest)) {
		value, interval := k.At(float64(day))
		before, _ := slices.BinarySearch(durations, float64(day))
		c.Points = append(c.Points, Point{day, len(durations) - before, value, interval})
		if day >= int(k.Longest) {
			return
		}
	}
}

// Hazard tells how many contracts end in each month of their life. It needs the
// right scores.view; the errors are those of Cohorts.
func (s *Service) Hazard(ctx context.Context, p cx.Principal, f purchases.Filter) (Hazard, error) {
	const op = "retention.Hazard"
	t, err := s.table(ctx, p, f, true)
	if err != nil {
		return Hazard{}, cx.Wrap(op, err)
	}
	all, err := s.c.Purchases.Groups(ctx, p, t, purchases.Together)
	if err != nil {
		return Hazard{}, cx.Wrap(op, err)
	}
	out := Hazard{AsOf: t.AsOf}
	const month = 30
	for _, of := range survival.LifeTable(spellsOf(t, all[0].Rows, true), month, mostAges) {
		exposed := max(of.Ended, int(math.Round(float64(of.AtRisk)-float64(of.Censored)/2)))
		out.Ages = append(out.Ages, Ending{Age: int(of.From) / month, Share: ShareOf(of.Ended, exposed)})
	}
	return out, nil
}
