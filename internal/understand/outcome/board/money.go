package board

import (
	"math"
	"math/bits"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/stats"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/purchases"
)

// span is days from From to before To.
type span struct{ from, to int32 }

// period is what is asked of the purchases.
type period struct {
	spans []span   // the period, the one before, then weeks; at most 64
	first int32    // day
	of    []uint64 // in which spans each day from the first on lies, as bits

	// who counts in which spans, and in which of the days Within before them; nil: in all.
	there, thereBefore map[cx.CustomerNo]uint64
}

// Places of spans.
const (
	now = iota
	before
	weeks
)

func newPeriod(spans []span) *period {
	p := &period{spans: spans, first: spans[now].from}
	last := p.first
	for _, s := range spans {
		p.first, last = min(p.first, s.from), max(last, s.to)
	}
	p.of = make([]uint64, last-p.first)
	for k, s := range spans {
		for day := s.from; day < s.to; day++ {
			p.of[day-p.first] |= 1 << k
		}
	}
	return p
}

// at tells in which spans a day lies.
func (q *period) at(day int32) uint64 {
	if day < q.first || day >= q.first+int32(len(q.of)) {
		return 0
	}
	return q.of[day-q.first]
}

// visit says that a customer was there on a day.
func (q *period) visit(c cx.CustomerNo, day, within int32) {
	if in := q.at(day); in != 0 {
		q.there[c] |= in
	}
	if in := q.at(day + within); in != 0 {
		q.thereBefore[c] |= in
	}
}

// counts tells in which spans a customer counts.
func counts(there map[cx.CustomerNo]uint64, c cx.CustomerNo) uint64 {
	if there == nil {
		return math.MaxUint64
	}
	return there[c]
}

// each calls fn with the places of a set of spans.
func each(set uint64, fn func(k int)) {
	for ; set != 0; set &= set - 1 {
		fn(bits.TrailingZeros64(set))
	}
}

// revenue adds up what customers brought in each span.
func (q *period) revenue(t *purchases.Table) Figure {
	sum, squares, n := make([]float64, len(q.spans)), make([]float64, len(q.spans)), make([]int, len(q.spans))
	own, both := make([]float64, len(q.spans)), 0.0 // both: squares of what each brought more than before
	for row, c := range t.Customers {
		days, minor := t.Purchases(row)
		found, in := uint64(0), counts(q.there, c)
		for i := len(days) - 1; i >= 0 && days[i] >= q.first; i-- {
			spans := q.at(days[i]) & in
			each(spans, func(k int) { own[k] += float64(minor[i]) })
			found |= spans
		}
		if found&(1<<now|1<<before) != 0 {
			both += (own[now] - own[before]) * (own[now] - own[before])
		}
		each(found, func(k int) {
			sum[k] += own[k]
			squares[k] += own[k] * own[k]
			n[k]++
			own[k] = 0
		})
	}
	return q.figure(t.Zone, func(k int) outcome.Estimate {
		if n[k] == 0 {
			return outcome.Estimate{}
		}
		half := normal * math.Sqrt(squares[k])
		return outcome.Estimate{Value: sum[k], Low: max(0, sum[k]-half), High: sum[k] + half, N: n[k]}
	}, func() stats.Test {
		test := stats.Test{Delta: sum[now] - sum[before], P: 1}
		if both > 0 {
			test.P = math.Erfc(math.Abs(test.Delta) / math.Sqrt(2*both))
		}
		return test
	})
}

// normal is the normal quantile of a 95 % interval.
const normal = 1.959963984540054

// retention tells who of those who bought in a span, so many days ago, bought again
// within as many, or has a contract that lasts.
func (q *period) retention(t *purchases.Table, within int32) Figure {
	of, stayed := make([]int, len(q.spans)), make([]int, len(q.spans))
	for row, c := range t.Customers {
		days, _ := t.Purchases(row)
		left := counts(q.thereBefore, c)
		for i, day := range days {
			spans := q.at(day+within) & left
			if spans == 0 {
				continue
			}
			left &^= spans // the first purchase of a span counts
			again := i+1 < len(days) && days[i+1]-day <= within || t.HasContracts && lasts(t.Spans(row), day+within)
			each(spans, func(k int) {
				of[k]++
				if again {
					stayed[k]++
				}
			})
		}
	}
	return q.figure(t.Zone, func(k int) outcome.Estimate {
		if of[k] == 0 {
			return outcome.Estimate{}
		}
		i := stats.Wilson(stayed[k], of[k])
		return outcome.Estimate{Value: float64(stayed[k]) / float64(of[k]), Low: i.Low, High: i.High, N: of[k]}
	}, func() stats.Test { return stats.ProportionChange(stayed[before], of[before], stayed[now], of[now]) })
}

// lasts tells whether one of the contracts is in force on a day.
func lasts(contracts []purchases.Span, day int32) bool {
	for _, c := range contracts {
		if c.Start <= day && (c.End == 0 || day < c.End) {
			return true
		}
	}
	return false
}

// figure makes a figure of its parts.
func (q *period) figure(zone *time.Location, of func(span int) outcome.Estimate, change func() stats.Test) Figure {
	f := Figure{Now: of(now), Before: of(before)}
	f.Change = outcome.ChangeOf(f.Before.N, f.Now.N, change)
	for k, s := range q.spans[weeks:] {
		f.Weeks = append(f.Weeks, outcome.Week{From: midnight(s.from, zone), To: midnight(s.to, zone), Estimate: of(weeks + k)})
	}
	return f
}

// midnight is when a day begins.
func midnight(day int32, zone *time.Location) cx.Time {
	y, m, d := time.Unix(int64(day)*86_400, 0).UTC().Date()
	return cx.TimeOf(time.Date(y, m, d, 0, 0, 0, 0, zone))
}
