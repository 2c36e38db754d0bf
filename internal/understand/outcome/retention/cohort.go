package retention

import (
	"context"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/purchases"
)

// mostAges bounds a table: twenty years of months.
const mostAges = 240

// Cohorts tells who stayed, by when they came. It needs the right scores.view. The
// error is Invalid for another Every, NotFound when there is no such segment, or the
// model names no contract and contracts are asked for.
func (s *Service) Cohorts(ctx context.Context, p cx.Principal, q CohortQuery) (Cohorts, error) {
	const op = "retention.Cohorts"
	if q.Every == "" {
		q.Every = Month
	}
	if q.Every != Month && q.Every != Quarter {
		return Cohorts{}, cx.InvalidFaults(op, []cx.Fault{{Field: "every", Message: "is month or quarter"}})
	}
	t, err := s.table(ctx, p, q.Filter, q.Contract)
	if err != nil {
		return Cohorts{}, cx.Wrap(op, err)
	}
	return cohorts(t, q), nil
}

// table asks for purchases, and for contracts only where there are any.
func (s *Service) table(ctx context.Context, p cx.Principal, f purchases.Filter, contract bool) (*purchases.Table, error) {
	t, err := s.c.Purchases.Ask(ctx, p, f)
	if err != nil {
		return nil, err
	}
	if contract && !t.HasContracts {
		return nil, cx.Errorf(cx.NotFound, "", "the model names no contract: declare the events of its start and end under outcomes")
	}
	return t, nil
}

// period is a month or a quarter of the calendar, counted from year 0.
type period int

func (e Every) months() int {
	if e == Quarter {
		return 3
	}
	return 1
}

// days is how long a relative age is.
func (e Every) days() int32 {
	if e == Quarter {
		return 91
	}
	return 30
}

func (e Every) of(day int32) period {
	y, m, _ := purchases.Date(day).Date()
	return period((y*12 + int(m) - 1) / e.months())
}

// first returns the first day of a period.
func (e Every) first(of period) int32 {
	return int32(time.Date(0, time.Month(int(of)*e.months()+1), 1, 0, 0, 0, 0, time.UTC).Unix() / 86_400)
}

func cohorts(t *purchases.Table, q CohortQuery) Cohorts {
	out := Cohorts{AsOf: t.AsOf, Query: q, Currency: t.Currency}
	c := counting{t: t, q: q, last: q.Every.of(t.Today), rows: map[period]*Cohort{}}
	for row := range t.Customers {
		if c.customer(row) {
			out.N++
		}
	}
	for of := c.earliest; of <= c.last && len(c.rows) > 0; of++ {
		r := c.rows[of]
		if r == nil {
			r = &Cohort{From: t.Start(q.Every.first(of))}
		}
		for i := range r.Cells {
			cell := &r.Cells[i]
			cell.Age, cell.Share = i, ShareOf(cell.K, cell.N)
			if cell.Running {
				continue
			}
			if i == len(out.All) {
				out.All = append(out.All, Cell{Age: i})
			}
			out.All[i].K, out.All[i].N, out.All[i].Brought = out.All[i].K+cell.K, out.All[i].N+cell.N, out.All[i].Brought+cell.Brought
		}
		out.Rows = append(out.Rows, *r)
	}
	for i := range out.All {
		out.All[i].Share = ShareOf(out.All[i].K, out.All[i].N)
	}
	return out
}

// counting counts customers into cohorts.
type counting struct {
	t              *purchases.Table
	q              CohortQuery
	earliest, last period
	rows           map[period]*Cohort
	stayed         []bool  // of one customer, by age
	minor          []int64 // as stayed
}

// customer counts one; false: they never came.
func (c *counting) customer(row int) bool {
	days, minor := c.t.Purchases(row)
	spans := c.t.Spans(row)
	var first int32
	switch {
	case c.q.Contract && len(spans) > 0:
		first = spans[0].Start
	case !c.q.Contract && len(days) > 0:
		first = days[0]
	default:
		return false
	}
	every, of := c.q.Every, c.q.Every.of(first)
	if int(c.last-of) >= mostAges {
		return false // a clock that was decades wrong
	}
	age := func(day int32) int { return int(every.of(day) - of) }
	ages, running := int(c.last-of)+1, true // the last of the calendar is still running
	if c.q.Relative {
		age = func(day int32) int { return int((day - first) / every.days()) }
		if ages, running = int((c.t.Today-first+1)/every.days()), false; ages == 0 {
			ages = 1 // they are there, at least
		}
	}
	c.stayed, c.minor = make([]bool, ages), make([]int64, ages)
	for i, day := range days {
		if a := age(day); day >= first && a < ages {
			c.minor[a] += minor[i]
			c.stayed[a] = c.stayed[a] || !c.q.Contract
		}
	}
	if c.q.Contract {
		for a := range c.stayed {
			c.stayed[a] = lasts(spans, c.end(first, of, a))
		}
		c.stayed[0] = true
	}
	c.add(of, running)
	return true
}

// end is the last day of an age, or today.
func (c *counting) end(first int32, of period, age int) int32 {
	if c.q.Relative {
		return min(c.t.Today, first+int32(age+1)*c.q.Every.days()-1)
	}
	return min(c.t.Today, c.q.Every.first(of+period(age)+1)-1)
}

// lasts tells whether one of the contracts is in force at the end of a day.
func lasts(spans []purchases.Span, day int32) bool {
	for _, s := range spans {
		if s.Start <= day && day < s.End {
			return true
		}
	}
	return false
}

func (c *counting) add(of period, running bool) {
	r := c.rows[of]
	if r == nil {
		r = &Cohort{From: c.t.Start(c.q.Every.first(of))}
		if len(c.rows) == 0 || of < c.earliest {
			c.earliest = of
		}
		c.rows[of] = r
	}
	r.N++
	for len(r.Cells) < len(c.stayed) {
		r.Cells = append(r.Cells, Cell{})
	}
	for a, stayed := range c.stayed {
		cell := &r.Cells[a]
		cell.N++
		cell.Brought += c.minor[a]
		if stayed {
			cell.K++
		}
		cell.Running = running && a == len(c.stayed)-1
	}
}
