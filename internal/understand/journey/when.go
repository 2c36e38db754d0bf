package journey

import (
	"math"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/stats"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
)

// tellWhom tells of each suspect for whom and since when.
func (x *lived) tellWhom(k calendar, suspects []suspect, groups []group) {
	p := make([]float64, len(suspects)*len(groups))
	x.eachWhen(k, suspects, func(i int, when []int32) {
		d := &suspects[i]
		d.Since = k.frequentSince(counts(k, when, d.with, d.risk))
		d.lasting = k.runs(when, d.Since)
		with, risk := d.with.And(d.lasting), d.risk.And(d.lasting)
		for g := range groups {
			w, test := over(groups[g].in, with, risk)
			if p[i*len(groups)+g] = test.P; test.P == 1 && w.P == 1 {
				p[i*len(groups)+g] = math.NaN()
			}
		}
	})
	clear := stats.BenjaminiHochberg(p, falseRate)
	cut := 0.0
	for i, c := range clear {
		if c {
			cut = max(cut, p[i])
		}
	}
	x.eachWhen(k, suspects, func(i int, when []int32) {
		d := &suspects[i]
		own := clear[i*len(groups) : (i+1)*len(groups)]
		whom, first := forWhom(groups, own, d.with.And(d.lasting), d.risk.And(d.lasting), cut)
		if first != nil { // among those whom it hits it is clearest since when
			if since := k.frequentSince(counts(k, when, d.with.And(first), d.risk.And(first))); since.Known {
				d.Since, d.lasting = since, k.runs(when, since)
				whom, _ = forWhom(groups, own, d.with.And(d.lasting), d.risk.And(d.lasting), cut)
			}
		}
		d.ForWhom = whom
	})
}

// eachWhen calls fn for each suspect with the days on which runs came to it, which
// suspects of the same subject share.
func (x *lived) eachWhen(k calendar, suspects []suspect, fn func(i int, when []int32)) {
	var alike [][]int
	for i := range suspects {
		same := func(of []int) bool { return slices.Equal(suspects[of[0]].subject, suspects[i].subject) }
		if at := slices.IndexFunc(alike, same); at >= 0 {
			alike[at] = append(alike[at], i)
		} else {
			alike = append(alike, []int{i})
		}
	}
	eventlog.Each(len(alike), func(a int) {
		when := x.when(k, suspects[alike[a][0]].subject)
		for _, i := range alike[a] {
			fn(i, when)
		}
	})
}

// when returns the day on which each run came to the subject: that of the first
// event of it or, where the run has none, of when others come to it; −1 is before
// the calendar.
func (x *lived) when(k calendar, subject []bool) []int32 {
	l := x.log
	first := make([]int64, l.Cases())
	var offsets []int64
	for c := range first {
		from, to := l.Span(c)
		first[c] = -1
		for e := from; e < to; e++ {
			if subject[l.Activity[e]] {
				first[c] = l.At[e]
				offsets = append(offsets, l.At[e]-l.At[from])
				break
			}
		}
	}
	typical := int64(eventlog.SpreadOf(offsets).Median * 1e6)
	out := make([]int32, len(first))
	for c, at := range first {
		if at < 0 {
			at = l.At[l.First[c]] + typical
		}
		out[c] = int32(k.day(at)) //nolint:gosec // days of twenty years
	}
	return out
}

// counts counts the runs that have it, of those that could, on each day.
func counts(k calendar, when []int32, with, risk eventlog.Mask) (successes, trials []int) {
	successes, trials = make([]int, k.days()), make([]int, k.days())
	for c, day := range when {
		if day >= 0 && risk.Has(c) {
			trials[day]++
			if with.Has(c) {
				successes[day]++
			}
		}
	}
	return successes, trials
}

// runs returns the runs of the days on which something was as it is.
func (k calendar) runs(when []int32, s Since) eventlog.Mask {
	from, to := -1, k.days()
	if s.From != 0 {
		from = k.day(int64(s.From))
	}
	if s.Until != 0 {
		to = k.day(int64(s.Until))
	}
	return eventlog.MaskOf(len(when), func(c int) bool { return from <= int(when[c]) && int(when[c]) < to })
}
