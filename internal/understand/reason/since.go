package reason

import (
	"iter"
	"math"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/stats"
)

// since tells from when on a reason is lived as often as now, by the days of what was
// lived (of topics, of the answers).
func (s *study) since(g group) *Since {
	type day struct{ k, n int }
	days := map[int64]day{}
	has, _ := s.lived(g)
	first, last := int64(math.MaxInt64), int64(math.MinInt64)
	for r, at := range s.when(g) {
		k := s.day(at)
		d := days[k]
		d.n++
		if has[r] {
			d.k++
		}
		days[k], first, last = d, min(first, k), max(last, k)
	}
	if len(days) == 0 || last-first > 4000 {
		return nil
	}
	k, n := make([]int, last-first+1), make([]int, last-first+1)
	for at, d := range days {
		k[at-first], n[at-first] = d.k, d.n
	}
	found, ok := stats.Prevalent(k, n, sinceP)
	if !ok {
		return nil
	}
	out := &Since{Then: found.Then, Now: found.Now}
	begin := func(d int) cx.Time { return s.dayBegins(first + int64(d)) }
	if found.From > 0 {
		out.From, out.Low, out.High = begin(found.From), begin(max(0, found.Low-1)), begin(min(len(k), found.High+1))
	}
	if found.Until < len(k) {
		out.Until = begin(found.Until)
	}
	return out
}

// when tells of the rows that could have lived a reason when they could: when the
// fact was that places them; of what was said, when it was said.
func (s *study) when(g group) iter.Seq2[uint32, cx.Time] {
	lived := s.table.drivers[g.parts[0].driver].touchpoint != ""
	placed := s.placing(g)
	return func(yield func(uint32, cx.Time) bool) {
		for _, r := range g.parts[0].rows {
			at := s.answers[r].at
			if f, ok := placed(r); ok {
				at = s.events[f].at
			} else if lived {
				continue
			}
			if !yield(r, at) {
				return
			}
		}
	}
}

// sinceP is how improbable a change of level must be to be told.
const sinceP = .01

// day numbers the days of the company's calendar.
func (s *study) day(at cx.Time) int64 {
	y, m, d := at.Std().In(s.zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86_400
}

func (s *study) dayBegins(day int64) cx.Time {
	y, m, d := time.Unix(day*86_400, 0).UTC().Date()
	return cx.TimeOf(time.Date(y, m, d, 0, 0, 0, 0, s.zone))
}

// placing tells by which fact each row that could have lived a reason is placed: the
// newest at the reason's touchpoint, so that who lived it is compared with who was
// there too; where few of the others were there (an order cancelled, a call made
// again), by the fact by which they could have lived it.
func (s *study) placing(g group) func(row uint32) (fact uint32, ok bool) {
	d := s.table.drivers[g.parts[0].driver]
	newest := func(r, driver uint32) (fact uint32, ok bool) {
		for _, o := range s.table.seen[s.table.rows[r].from:s.table.rows[r].to] {
			if o.driver == driver && o.fact != noFact {
				fact, ok = o.fact, true
			}
		}
		return fact, ok
	}
	there, ok := s.table.numbered[driverKey{"touchpoint", "", d.touchpoint}]
	if !ok {
		return func(uint32) (uint32, bool) { return 0, false }
	}
	has, exposed := s.lived(g)
	others := 0
	for _, r := range g.parts[0].rows {
		if _, ok := newest(r, there); ok && !has[r] {
			others++
		}
	}
	if 10*others < exposed && d.among >= 0 {
		return func(r uint32) (uint32, bool) { return newest(r, uint32(d.among)) }
	}
	return func(r uint32) (fact uint32, ok bool) {
		if has[r] {
			for _, o := range s.table.seen[s.table.rows[r].from:s.table.rows[r].to] {
				if o.fact != noFact && s.holds(g, o) {
					fact, ok = o.fact, true
				}
			}
			return fact, ok
		}
		return newest(r, there)
	}
}
