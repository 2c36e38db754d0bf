package rule

import (
	"container/heap"
	"context"
	"slices"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// Tested is what a rule would have done, or, of a dry run, would be doing.
type Tested struct {
	Rule      string         `json:"rule"`
	From      time.Time      `json:"from"`
	To        time.Time      `json:"to"`
	Events    int            `json:"events"`     // times that what it waits for happened
	Unmet     int            `json:"unmet"`      // of these, that its condition did not let through
	Costly    int            `json:"costly"`     // of these, because the expression cost too much
	Entered   int            `json:"entered"`    // times that it would have begun
	Customers int            `json:"customers"`  // for so many customers
	Twice     int            `json:"twice"`      // of these, more than once
	Not       map[Reason]int `json:"not"`        // times that it would not, by reason
	Quiet     int            `json:"quiet"`      // of Entered, whose first message would wait for the end of the quiet hours
	NoConsent int            `json:"no_consent"` // of Entered, whom nothing may be written to for want of consent, as it is now
	Days      []Day          `json:"days"`       // oldest first, of the company
	Examples  []Example      `json:"examples"`   // the newest who would have entered
}

// Example is one time that a rule would have begun.
type Example struct {
	Customer cx.CustomerID `json:"customer"`
	Name     string        `json:"name"` // of the customer
	At       time.Time     `json:"at"`
	About    cx.Seq        `json:"about,omitempty"`

	no cx.CustomerNo
}

// mostExamples is how many examples are told.
const mostExamples = 10

// tally adds up a Tested, and is the ledger of what it would have begun.
type tally struct {
	Tested
	zone    *time.Location
	caps    model.Caps
	times   map[cx.CustomerNo]int
	days    map[string]*Day
	last    map[cx.CustomerID][]cx.Time // with a cap per customer: when they entered
	periods map[cx.Time]int             // with a cap on entries: by the period's begin
	going   ends                        // with a cap on runs: when they end
	newest  []Example
}

func newTally(r *model.Rule, zone *time.Location, w cx.Window) *tally {
	return &tally{
		Tested: Tested{Rule: r.Slug, From: w.From.Std(), To: w.To.Std(), Not: map[Reason]int{}},
		zone:   zone, caps: r.Caps, times: map[cx.CustomerNo]int{}, days: map[string]*Day{}, last: map[cx.CustomerID][]cx.Time{}, periods: map[cx.Time]int{},
	}
}

func (t *tally) near(_ context.Context, _ string, customers []cx.CustomerID, at cx.Time, per time.Duration) (n int, err error) {
	for _, c := range customers {
		for _, other := range t.last[c] {
			if other > at.Add(-per) && other < at.Add(per) {
				n++
			}
		}
	}
	return n, nil
}

func (t *tally) within(_ context.Context, _ string, w cx.Window) (int, error) {
	return t.periods[w.From], nil
}

func (t *tally) running(_ context.Context, _ string, at cx.Time) (int, error) {
	for len(t.going) > 0 && t.going[0] <= at {
		heap.Pop(&t.going)
	}
	return len(t.going), nil
}

// add notes what was decided; ends is when its run would have ended.
func (t *tally) add(why Reason, no cx.CustomerNo, customer cx.CustomerID, about cx.Seq, at, end cx.Time) {
	day := at.Std().In(t.zone).Format(time.DateOnly)
	d := t.days[day]
	if d == nil {
		d = &Day{Day: day}
		t.days[day] = d
	}
	if why != "" {
		t.Not[why]++
		d.Not++
	}
	if why != "" && why != Human {
		return
	}
	if t.caps.PerCustomer.N > 0 {
		t.last[customer] = append(t.last[customer], at)
	}
	if q := t.caps.Entries; q.N > 0 {
		t.periods[period(at, q.Per, t.zone).From]++
	}
	if t.caps.Running > 0 {
		heap.Push(&t.going, end)
	}
	if why == Human {
		return
	}
	t.Entered++
	d.Entered++
	t.times[no]++
	t.newest = append(t.newest, Example{Customer: customer, At: at.Std(), About: about, no: no})
	if len(t.newest) > 4*mostExamples {
		t.newest = t.examples()
	}
}

func (t *tally) examples() []Example {
	slices.SortStableFunc(t.newest, func(a, b Example) int { return b.At.Compare(a.At) })
	return append([]Example{}, t.newest[:min(len(t.newest), mostExamples)]...)
}

// told returns what was added up.
func (t *tally) told() Tested {
	out := t.Tested
	out.Not = map[Reason]int{}
	for why, n := range t.Not {
		out.Not[why] = n
	}
	out.Customers, out.Examples, out.Days = len(t.times), t.examples(), []Day{}
	for _, n := range t.times {
		if n > 1 {
			out.Twice++
		}
	}
	for _, d := range t.days {
		out.Days = append(out.Days, *d)
	}
	slices.SortFunc(out.Days, func(a, b Day) int {
		if a.Day < b.Day {
			return -1
		}
		return 1
	})
	return out
}

// ends is a heap of times, the earliest first.
type ends []cx.Time

func (e ends) Len() int           { return len(e) }
func (e ends) Less(i, j int) bool { return e[i] < e[j] }
func (e ends) Swap(i, j int)      { e[i], e[j] = e[j], e[i] }
func (e *ends) Push(x any)        { *e = append(*e, x.(cx.Time)) } //nolint:forcetypeassert // of the heap only
func (e *ends) Pop() any {
	old := *e
	last := old[len(old)-1]
	*e = old[:len(old)-1]
	return last
}
