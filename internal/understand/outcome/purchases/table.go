package purchases

import (
	"math"
	"slices"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
)

// Table is what customers brought, a row a customer: those who bought, to whom
// something went back or who had a contract, by ascending number. Row i has the
// purchases From[i] to From[i+1] of Days and Minor. Nobody may write to it.
type Table struct {
	AsOf         cx.Time // when history was read
	Edition      uint64  // of the same company and areas, two tables with the same Edition say the same but for AsOf
	Zone         *time.Location
	Today        int32      // the day of AsOf
	Currency     string     // of every amount but those of Others; "": the company has none, and the table no purchase
	Digits       int        // of its minor unit
	Margin       float64    // share of the revenue that is left; 1 when the model tells none
	HasMargin    bool       // the model tells one
	HasContracts bool       // the model names a contract
	Others       []cx.Money // revenue in other currencies, which is nowhere in the table; by currency
	Odd          Odd

	Customers []cx.CustomerNo
	Firsts    []uint32 // how each one's first purchase came about, in Origins
	Back      []int64  // what went back of each one's purchases, ≥ 0
	From      []uint32 // where each one's purchases begin; one more than customers
	Days      []int32  // of purchases, ascending within a customer; days since 1970-01-01. What was bought on one day is one purchase
	Minor     []int64  // of each, net of what went back of it, above 0
	Origins   []Origin // the first is that of who bought nothing

	spans    []Span   // by customer, then day
	spanFrom []uint32 // where each one's spans begin; one more than customers
}

// Origin is how a customer's first purchase came about; "" what is not known.
type Origin struct{ Touchpoint, Channel, Place, Campaign string }

// Span is a contract, from its first day to that of its end; Lasting while it has
// none.
type Span struct{ Start, End int32 }

// Lasting is the end of a contract that lasts.
const Lasting = math.MaxInt32

// Lasts tells whether the contract has no end yet.
func (s Span) Lasts() bool { return s.End == Lasting }

// Odd is what makes no sense as it came. What goes back is never more than what was
// bought: the rest is here and nowhere else.
type Odd struct {
	Refunds    int   // of more than had been bought, or of nothing
	Minor      int64 // that they were too much
	Unstarted  int   // ends of a contract that had not begun
	Duplicated int   // beginnings of a contract that lasted already
}

// Len returns how many customers there are.
func (t *Table) Len() int { return len(t.Customers) }

// Outgrown tells whether a newer table has more customers by a tenth, or anybody
// at all where this has nobody: what was learned of this one is then of little.
func (t *Table) Outgrown(newer *Table) bool { return newer.Len() > t.Len()+t.Len()/10 }

// Find returns the row of a customer; ok is false when they have none.
func (t *Table) Find(c cx.CustomerNo) (row int, ok bool) { return slices.BinarySearch(t.Customers, c) }

// Purchases returns the days and the amounts of a row's purchases.
func (t *Table) Purchases(row int) (days []int32, minor []int64) {
	from, to := t.From[row], t.From[row+1]
	return t.Days[from:to], t.Minor[from:to]
}

// Spans returns the contracts of a row, in order; none overlaps another.
func (t *Table) Spans(row int) []Span { return t.spans[t.spanFrom[row]:t.spanFrom[row+1]] }

// Origin returns how a row's first purchase came about.
func (t *Table) Origin(row int) Origin { return t.Origins[t.Firsts[row]] }

// DayOf returns the number of the day of the company's calendar on which a time
// lies.
func (t *Table) DayOf(at cx.Time) int32 { return dayOf(at, t.Zone) }

// Date returns a day as a date of the calendar, at midnight UTC.
func Date(day int32) time.Time { return time.Unix(int64(day)*86_400, 0).UTC() }

// Start returns when a day begins.
func (t *Table) Start(day int32) cx.Time {
	y, m, d := Date(day).Date()
	noon := cx.TimeOf(time.Date(y, m, d, 12, 0, 0, 0, t.Zone))
	return history.Cuts(cx.Window{From: noon, To: noon + 1}, history.Day, t.Zone)[0]
}
