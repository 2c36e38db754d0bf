package journey

import (
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/stats"
)

// Since is from when on something is as it is.
type Since struct {
	Known     bool    // it changed; false: it was always so, or too little is known
	From      cx.Time // the first day that is otherwise; 0: it was so from the beginning, until Until
	Low, High cx.Time // where From lies with 95 % confidence, to the day
	Until     cx.Time // when it was over; 0: it lasts still
	Then, Now float64 // the level before From (of From = 0, after Until), and from then on
	P         float64 // of so strong a change when there is none
}

// sinceP is how improbable a change must be without which a level is told as
// having changed.
const sinceP = .01

// calendar numbers the days of the company's zone in which something was lived.
type calendar struct{ cuts []cx.Time }

// longestDays bounds a calendar, as of clocks that were decades wrong.
const longestDays = 20 * 366

// calendar returns the days from the first event of the log to its last; those
// before the last twenty years are none.
func (x *lived) calendar() calendar {
	w := x.period()
	w.To = min(w.To, x.now.Add(24*time.Hour)) // a clock that runs ahead is of today
	w.From = max(1, w.From, w.To.Add(-longestDays*24*time.Hour))
	return calendar{history.Cuts(w, history.Day, x.zone)}
}

// period returns the time from the first event of the log to just after its
// last; of an empty log the zero window.
func (x *lived) period() cx.Window {
	l := x.log
	if l.Cases() == 0 {
		return cx.Window{}
	}
	first, last := l.At[0], l.At[0]
	for c := range l.Cases() {
		from, to := l.Span(c)
		first, last = min(first, l.At[from]), max(last, l.At[to-1])
	}
	return cx.Window{From: cx.Time(first), To: cx.Time(last) + 1}
}

func (k calendar) days() int { return max(0, len(k.cuts)-1) }

// day returns the number of the day, −1 before the first; what comes after the
// last is of the last.
func (k calendar) day(at int64) int {
	const long = int64(24 * time.Hour / time.Microsecond)
	if len(k.cuts) < 2 || cx.Time(at) < k.cuts[0] {
		return -1
	}
	// Days are of 23 to 25 hours, so that the guess is off by one at most.
	i := min(int((at-int64(k.cuts[0]))/long), k.days()-1)
	for i > 0 && cx.Time(at) < k.cuts[i] {
		i--
	}
	for i < k.days()-1 && cx.Time(at) >= k.cuts[i+1] {
		i++
	}
	return i
}

// frequentSince tells when the share of k in n a day became greater
// (stats.Prevalent).
func (k calendar) frequentSince(successes, trials []int) Since {
	p, ok := stats.Prevalent(successes, trials, sinceP)
	if !ok {
		return Since{}
	}
	out := Since{Known: true, Then: p.Then, Now: p.Now, P: p.P}
	if p.Until < k.days() {
		out.Until = k.cuts[p.Until]
	}
	if p.From > 0 {
		k.from(&out, stats.Break{At: p.From, Low: p.Low, High: p.High, P: p.P})
	}
	return out
}

// changedSince tells when a mean came to the level of the last days.
func (k calendar) changedSince(days []stats.Moments) Since {
	breaks := stats.MeanBreaks(days, sinceP)
	if len(breaks) == 0 {
		return Since{}
	}
	last, before := breaks[len(breaks)-1], 0
	if len(breaks) > 1 {
		before = breaks[len(breaks)-2].At
	}
	mean := func(from, to int) float64 {
		var m stats.Moments
		for _, d := range days[from:to] {
			m.Join(d)
		}
		return m.Sum / float64(m.N)
	}
	out := Since{Known: true, Then: mean(before, last.At), Now: mean(last.At, k.days())}
	k.from(&out, last)
	return out
}

// from says when the break was. It may have been in the middle of a day, the one
// before the first or the last likely one.
func (k calendar) from(s *Since, b stats.Break) {
	s.From, s.Low, s.High, s.P = k.cuts[b.At], k.cuts[max(0, b.Low-1)], k.cuts[min(k.days(), b.High+1)], b.P
}
