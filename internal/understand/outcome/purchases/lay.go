package purchases

import (
	"math"
	"slices"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// lay makes the table of what was read. What lies after the day of now is left out.
func (r *reading) lay(m *model.Model, now cx.Time) *Table {
	zone := m.Company.Zone()
	t := &Table{
		AsOf: now, Zone: zone, Today: dayOf(now, zone), Currency: r.wants.currency, Digits: m.Company.Digits(),
		Margin: m.Outcomes.Margin, HasMargin: m.Outcomes.Margin > 0, HasContracts: r.wants.contract.Declared(), Others: r.others,
		Origins: slices.Clip(slices.Clone(r.origins)),
	}
	if !t.HasMargin {
		t.Margin = 1
	}
	l := laying{Table: t, days: newDays(zone, now)}
	rows, turns := r.rows, r.turns
	for len(rows) > 0 || len(turns) > 0 {
		no := cx.CustomerNo(math.MaxUint32)
		if len(rows) > 0 {
			no = rows[0].customer
		}
		if len(turns) > 0 {
			no = min(no, turns[0].customer)
		}
		n := 0
		for n < len(rows) && rows[n].customer == no {
			n++
		}
		k := 0
		for k < len(turns) && turns[k].customer == no {
			k++
		}
		l.customer(no, rows[:n], turns[:k])
		rows, turns = rows[n:], turns[k:]
	}
	t.From, t.spanFrom = append(t.From, uint32(len(t.Days))), append(t.spanFrom, uint32(len(t.spans)))
	return t
}

// laying is a table under way.
type laying struct {
	*Table
	days   days
	bought []bought // of the customer
	backs  []bought
}

// bought is what is left of one purchase, or of one refund.
type bought struct {
	day    int32
	origin uint32
	object uint64
	minor  int64
}

func (l *laying) customer(no cx.CustomerNo, rows []row, turns []turn) {
	l.bought, l.backs = l.bought[:0], l.backs[:0]
	for _, x := range rows {
		day := l.days.of(x.at)
		switch {
		case day > l.Today:
		case x.minor > 0:
			l.bought = append(l.bought, bought{day, x.origin, x.object, x.minor})
		default:
			l.backs = append(l.backs, bought{day, 0, x.object, -x.minor})
		}
	}
	spans := len(l.spans)
	l.contracts(turns)
	if len(l.bought)+len(l.backs) == 0 && len(l.spans) == spans {
		return // all of it is still to come, or made no sense
	}
	back := l.takeBack()
	origin := uint32(0)
	if len(l.bought) > 0 {
		origin = l.bought[0].origin
	}
	l.Customers, l.Firsts, l.Back = append(l.Customers, no), append(l.Firsts, origin), append(l.Back, back)
	from := len(l.Days)
	l.From, l.spanFrom = append(l.From, uint32(from)), append(l.spanFrom, uint32(spans))
	for _, b := range l.bought {
		switch last := len(l.Days) - 1; {
		case b.minor == 0: // all of it went back
		case last >= from && l.Days[last] == b.day:
			l.Minor[last] += b.minor
		default:
			l.Days, l.Minor = append(l.Days, b.day), append(l.Minor, b.minor)
		}
	}
}

// takeBack takes each refund off the purchases that share its object, else off those
// of its day and before, the latest first, and returns how much that was. What is
// known comes first.
func (l *laying) takeBack() (sum int64) {
	if len(l.backs) == 0 {
		return 0
	}
	of := map[uint64][]int{} // purchases by object of a refund
	for _, b := range l.backs {
		if b.object != 0 {
			of[b.object] = nil
		}
	}
	for i, x := range l.bought {
		if known, asked := of[x.object]; asked {
			of[x.object] = append(known, i)
		}
	}
	for i := range l.backs {
		if shared := of[l.backs[i].object]; len(shared) > 0 {
			left, took := l.take(&l.backs[i], shared)
			of[l.backs[i].object], sum = left[:max(1, len(left))], sum+took // one stays, to tell that it was bought
		}
	}
	var before []int
	n := 0
	for i := range l.backs {
		b := &l.backs[i]
		if len(of[b.object]) == 0 {
			for ; n < len(l.bought) && l.bought[n].day <= b.day; n++ {
				before = append(before, n)
			}
			var took int64
			before, took = l.take(b, before)
			sum += took
		}
		if b.minor > 0 {
			l.Odd.Refunds, l.Odd.Minor = l.Odd.Refunds+1, l.Odd.Minor+b.minor
		}
	}
	return sum
}

// take takes a refund off purchases, the last first, and returns those of which
// something may be left, and how much it took.
func (l *laying) take(b *bought, from []int) (left []int, sum int64) {
	for len(from) > 0 && b.minor > 0 {
		x := &l.bought[from[len(from)-1]]
		taken := min(b.minor, x.minor)
		x.minor, b.minor, sum = x.minor-taken, b.minor-taken, sum+taken
		if x.minor == 0 {
			from = from[:len(from)-1]
		}
	}
	return from, sum
}

func (l *laying) contracts(turns []turn) {
	open := -1
	for _, x := range turns {
		switch day := l.days.of(x.at); {
		case day > l.Today:
		case x.ends && open < 0:
			l.Odd.Unstarted++
		case x.ends:
			l.spans[open].End, open = day, -1
		case open >= 0:
			l.Odd.Duplicated++
		default:
			open = len(l.spans)
			l.spans = append(l.spans, Span{day, Lasting})
		}
	}
}

func dayOf(at cx.Time, zone *time.Location) int32 {
	y, m, d := at.Std().In(zone).Date()
	return int32(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86_400)
}

// days numbers the days of a calendar, fast within the years before a time.
type days struct {
	zone  *time.Location
	first int32
	cuts  []cx.Time
}

// usualYears is how far back days are found fast.
const usualYears = 15

func newDays(zone *time.Location, until cx.Time) days {
	w := cx.Window{From: max(1, until.Add(-usualYears*366*24*time.Hour)), To: max(2, until)}
	return days{zone, dayOf(w.From, zone), history.Cuts(w, history.Day, zone)}
}

func (d days) of(at cx.Time) int32 {
	last := len(d.cuts) - 1
	if at < d.cuts[0] || at >= d.cuts[last] {
		return dayOf(at, d.zone)
	}
	// Days are of 23 to 25 hours, so that the guess is off by one at most.
	i := min(int((at-d.cuts[0])/cx.Time(24*time.Hour/time.Microsecond)), last-1)
	for i > 0 && at < d.cuts[i] {
		i--
	}
	for i < last-1 && at >= d.cuts[i+1] {
		i++
	}
	return d.first + int32(i)
}
