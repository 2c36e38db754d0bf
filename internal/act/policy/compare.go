package policy

import (
	"math"
	"slices"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/stats"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

const (
	day    = 24 * time.Hour
	after  = 90 * day  // what customers do so long after they were hit is compared
	before = 180 * day // what they spent so long before makes them comparable
	soon   = 30 * day  // an answer so long after tells of it; two events without a common object belong together
	fewest = 20        // customers on either side
)

// hit is since when each customer of a group is in it.
type hit map[cx.CustomerNo]cx.Time

func (h hit) add(customer cx.CustomerNo, at cx.Time) {
	if was, ok := h[customer]; !ok || at < was {
		h[customer] = at
	}
}

// stratum is what two customers who are compared have in common: the month in which
// it happened, and how much they had spent until then.
type stratum struct {
	month int
	spent int // 0 nothing, else which third of those who had spent
}

// comparison compares customers that a policy hit with others whom the same event
// happened to, within strata.
type comparison struct {
	g           *gathering
	hit, others hit
	zone        *time.Location
	thirds      [2]int64
}

func newComparison(g *gathering, in hit, all hit) *comparison {
	c := &comparison{g: g, hit: in, others: hit{}, zone: g.m.Company.Zone()}
	var spent []int64
	for customer, at := range all {
		when, is := in[customer]
		if !is {
			c.others[customer], when = at, at
		}
		if s := c.spent(customer, when.Add(-before), when); s > 0 {
			spent = append(spent, s)
		}
	}
	if slices.Sort(spent); len(spent) > 0 {
		c.thirds = [2]int64{spent[len(spent)/3], spent[2*len(spent)/3]}
	}
	return c
}

// spent adds up what a customer paid after from and up to to.
func (c *comparison) spent(customer cx.CustomerNo, from, to cx.Time) (sum int64) {
	for _, s := range c.g.spent[customer] {
		if s.at > from && s.at <= to {
			sum += s.amount
		}
	}
	return sum
}

func (c *comparison) stratum(customer cx.CustomerNo, at cx.Time) stratum {
	local := at.Std().In(c.zone)
	s := stratum{month: local.Year()*12 + int(local.Month())}
	if spent := c.spent(customer, at.Add(-before), at-1); spent > 0 {
		s.spent = 1
		for _, third := range c.thirds {
			if spent > third {
				s.spent++
			}
		}
	}
	return s
}

// contrast compares a value of the customers who have one.
func (c *comparison) contrast(value func(customer cx.CustomerNo, at cx.Time) (float64, bool)) (change Change, ok bool) {
	strata := map[stratum]*stats.Stratum{}
	var with, without stats.Moments
	put := func(group hit, is bool) {
		for customer, at := range group {
			v, ok := value(customer, at)
			if !ok {
				continue
			}
			key := c.stratum(customer, at)
			s := strata[key]
			if s == nil {
				s = &stats.Stratum{}
				strata[key] = s
			}
			if is {
				s.With.Add(v)
			} else {
				s.Without.Add(v)
			}
		}
	}
	put(c.hit, true)
	put(c.others, false)
	list := ordered(strata, func(a, b stratum) int {
		if a.month != b.month {
			return a.month - b.month
		}
		return a.spent - b.spent
	})
	for _, s := range list {
		if s.With.N > 0 && s.Without.N > 0 {
			with.Join(s.With)
			without.Join(s.Without)
		}
	}
	return changeOf(list, with, without)
}

// ordered lists strata in an order of their own, so that sums are the same to the
// digit.
func ordered[K comparable](strata map[K]*stats.Stratum, order func(a, b K) int) []stats.Stratum {
	keys := make([]K, 0, len(strata))
	for k := range strata {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, order)
	list := make([]stats.Stratum, len(keys))
	for i, k := range keys {
		list[i] = *strata[k]
	}
	return list
}

// changeOf is the difference within strata; ok is false when too few can be compared.
func changeOf(strata []stats.Stratum, with, without stats.Moments) (c Change, ok bool) {
	t := stats.Stratified(strata)
	if t.With < fewest || t.Without < fewest || math.IsNaN(t.Delta) || math.IsNaN(t.Low) || math.IsInf(t.Low, 0) || math.IsInf(t.High, 0) {
		return c, false
	}
	hit := with.Sample().Mean
	return Change{
		Estimate: outcome.Estimate{Value: t.Delta, Low: t.Low, High: t.High, N: t.With},
		Hit:      hit, Others: hit - t.Delta, OthersN: t.Without,
	}, true
}

// clip keeps a difference of shares within what there can be.
func (c *Change) clip() {
	c.Estimate.Low, c.Estimate.High = max(-1, c.Estimate.Low), min(1, c.Estimate.High)
}

// money is what those hit spent less or more than others; nil: too few to tell.
func (c *comparison) money() *Money {
	change, ok := c.contrast(func(customer cx.CustomerNo, at cx.Time) (float64, bool) {
		return float64(c.spent(customer, at, at.Add(after))), at.Add(after) <= c.g.window.To
	})
	if !ok {
		return nil
	}
	e := change.Estimate
	n := float64(e.N)
	return &Money{
		Value: math.Round(e.Value * n), Low: math.Round(e.Low * n), High: math.Round(e.High * n), N: e.N, Others: change.OthersN,
		Currency: c.g.m.Company.Currency, Days: int(after / day),
	}
}

// left is the share of customers who bought nothing any more; nil: too few to tell.
func (c *comparison) left() *Change {
	change, ok := c.contrast(func(customer cx.CustomerNo, at cx.Time) (float64, bool) {
		gone := 1.0
		if c.spent(customer, at, at.Add(after)) > 0 {
			gone = 0
		}
		return gone, at.Add(after) <= c.g.window.To
	})
	if !ok {
		return nil
	}
	change.clip()
	return &change
}

// scores are how those hit and others answered soon afterwards, by metric and scale,
// most answers first.
func (c *comparison) scores() (out []Change) {
	type on struct{ metric, scale string }
	kinds := map[on]int{}
	for customer, at := range c.hit {
		for _, s := range c.g.scores[customer] {
			if s.metric != "" && s.value == s.value && s.at > at && s.at <= at.Add(soon) {
				kinds[on{s.metric, s.scale}]++
			}
		}
	}
	list := make([]on, 0, len(kinds))
	for k := range kinds {
		list = append(list, k)
	}
	slices.SortFunc(list, func(a, b on) int {
		if kinds[a] != kinds[b] {
			return kinds[b] - kinds[a]
		}
		return slices.Compare([]string{a.metric, a.scale}, []string{b.metric, b.scale})
	})
	for _, k := range list {
		change, ok := c.contrast(func(customer cx.CustomerNo, at cx.Time) (v float64, ok bool) {
			var first cx.Time
			for _, s := range c.g.scores[customer] {
				if s.metric == k.metric && s.scale == k.scale && s.value == s.value && s.at > at && s.at <= at.Add(soon) && (!ok || s.at < first) {
					v, first, ok = s.value, s.at, true
				}
			}
			return v, ok
		})
		if ok {
			change.Metric, change.Scale = k.metric, k.scale
			out = append(out, change)
		}
	}
	return out
}

// answers are the seqs of what those hit answered soon afterwards, ascending.
func (c *comparison) answers() (seqs []cx.Seq) {
	for customer, at := range c.hit {
		for _, s := range c.g.scores[customer] {
			if s.at > at && s.at <= at.Add(soon) {
				seqs = append(seqs, s.seq)
			}
		}
	}
	slices.Sort(seqs)
	return slices.Compact(seqs)
}
