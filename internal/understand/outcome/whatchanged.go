package outcome

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/stats"
)

// ChangedQuery asks what changed between two periods.
type ChangedQuery struct {
	Metric      Metric
	Survey      string              // "": all surveys
	Now, Before cx.Window           // Now zero: the last 28 days; Before ends where Now begins, or earlier; zero: it is as long, just before
	By          []history.Dimension // nil: touchpoint, channel, area, supplier, place and source
	Where       []Condition

	Customers []cx.CustomerNo // nil: all
}

// Changed tells what changed. Mix and Rate of a dimension's groups add up to the
// change of the whole.
type Changed struct {
	Metric      Metric
	Scale       string // of ces and mean
	Now, Before Estimate
	Change      Change
	Groups      []Moved // of all dimensions, those that moved the score most first
}

// Moved is what one group did to a score.
type Moved struct {
	By                    history.Dimension
	Key                   string
	Now, Before           Estimate
	ShareNow, ShareBefore Estimate // of the answers, 0..1
	Rate                  float64  // how much the whole moved since the group feels otherwise, in the score's unit
	Mix                   float64  // … since more or fewer of the answers are the group's
	Change                Change   // of its score
	Shift                 Change   // of its share
	Clear                 bool     // Change stays clear among all groups of all dimensions (Benjamini–Hochberg, 5 %)
	ShiftClear            bool     // so does Shift
}

// lately is the period that is looked at when none is named.
const lately = 28 * 24 * time.Hour

// WhatChanged splits the change of a score between two periods over the groups of
// several dimensions, exactly, into who answered (mix) and how they felt (rate):
// Kitagawa 1955, stats.Split. It needs the right scores.view. Associations: a group
// that moved is where to look, not why.
func (s *Service) WhatChanged(ctx context.Context, p cx.Principal, q ChangedQuery) (Changed, error) {
	c, err := s.whatChanged(ctx, p, q)
	return c, cx.Wrap("outcome.WhatChanged", err)
}

func (s *Service) whatChanged(ctx context.Context, p cx.Principal, q ChangedQuery) (Changed, error) {
	if err := account.Check(p, account.ViewScores); err != nil {
		return Changed{}, err
	}
	if q.Now == (cx.Window{}) {
		now := s.clock.Now()
		q.Now = cx.Window{From: now.Add(-lately), To: now}
	}
	if q.Before == (cx.Window{}) {
		q.Before = cx.Window{From: q.Now.From.Add(-q.Now.To.Sub(q.Now.From)), To: q.Now.From}
	}
	if q.Now.From == 0 || q.Now.To <= q.Now.From || q.Before.To <= q.Before.From || q.Before.To > q.Now.From {
		return Changed{}, cx.Errorf(cx.Invalid, "", "give two periods, the one before ending where the one now begins, or earlier")
	}
	if q.By == nil {
		q.By = []history.Dimension{history.Touchpoint, history.Channel, history.Area, history.Supplier, history.Place, history.Source}
	}
	ask, err := question(Query{Metric: q.Metric, Survey: q.Survey, Where: q.Where, Customers: q.Customers})
	if err != nil {
		return Changed{}, err
	}
	ask.Cuts = []cx.Time{q.Before.From, q.Before.To, q.Now.To}
	last := 1
	if q.Before.To < q.Now.From {
		ask.Cuts, last = []cx.Time{q.Before.From, q.Before.To, q.Now.From, q.Now.To}, 2
	}
	c := Changed{Metric: q.Metric}
	for i, by := range q.By {
		ask.By = []history.Dimension{by}
		bins, err := s.facts.Distribution(ctx, p, ask)
		if err != nil {
			return Changed{}, err
		}
		if c.Scale, err = scaleOf(q.Metric, bins); err != nil {
			return Changed{}, err
		}
		var all pair
		groups := map[string]*pair{}
		for _, b := range bins {
			switch b.Cut {
			case 0:
				all[before].add(b)
				entry(groups, b.Key[0])[before].add(b)
			case last:
				all[now].add(b)
				entry(groups, b.Key[0])[now].add(b)
			}
		}
		if i == 0 {
			c.Now, c.Before, c.Change = all[now].estimate(q.Metric, c.Scale), all[before].estimate(q.Metric, c.Scale), change(q.Metric, &all[before], &all[now])
		}
		c.Groups = append(c.Groups, movedBy(by, q.Metric, c.Scale, &all, groups)...)
	}
	discover(c.Groups)
	slices.SortStableFunc(c.Groups, func(a, b Moved) int {
		return cmp.Compare(math.Abs(b.Rate)+math.Abs(b.Mix), math.Abs(a.Rate)+math.Abs(a.Mix))
	})
	return c, nil
}

// movedBy tells what the groups of one dimension did, ordered by their keys.
func movedBy(by history.Dimension, m Metric, scale string, all *pair, groups map[string]*pair) []Moved {
	keys := make([]string, 0, len(groups))
	for key := range groups {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	var parts [2][]stats.Part
	for _, key := range keys {
		for period, t := range groups[key] {
			parts[period] = append(parts[period], stats.Part{N: float64(t.n), Mean: t.estimate(m, scale).Value})
		}
	}
	effects := stats.Split(parts[before], parts[now])
	out := make([]Moved, 0, len(keys))
	for i, key := range keys {
		g := groups[key]
		moved := Moved{
			By: by, Key: key, Now: g[now].estimate(m, scale), Before: g[before].estimate(m, scale),
			ShareNow: shareOf(g[now].n, all[now].n), ShareBefore: shareOf(g[before].n, all[before].n),
			Change: change(m, &g[before], &g[now]), Shift: shift(g, all),
		}
		if all[before].n > 0 && all[now].n > 0 {
			moved.Mix, moved.Rate = effects[i].Mix, effects[i].Rate
		}
		out = append(out, moved)
	}
	return out
}

// shareOf is k of n.
func shareOf(k, n int) Estimate {
	if n == 0 {
		return Estimate{}
	}
	return estimateOf(float64(k)/float64(n), stats.Wilson(k, n), n)
}

// shift compares the shares of a group.
func shift(g, all *pair) Change {
	if all[before].n < leastCompared || all[now].n < leastCompared {
		return Change{P: 1, Verdict: NoComparison}
	}
	return verdict(stats.ProportionChange(g[before].n, all[before].n, g[now].n, all[now].n))
}

// discover marks what stays clear among all comparisons.
func discover(groups []Moved) {
	ps := make([]float64, 0, 2*len(groups))
	for _, g := range groups {
		for _, c := range []Change{g.Change, g.Shift} {
			if c.Verdict == NoComparison {
				c.P = math.NaN()
			}
			ps = append(ps, c.P)
		}
	}
	found := stats.BenjaminiHochberg(ps, clearBelow)
	for i := range groups {
		groups[i].Clear, groups[i].ShiftClear = found[2*i], found[2*i+1]
	}
}
