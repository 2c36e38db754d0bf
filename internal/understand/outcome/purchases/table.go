package purchases

import (
	"slices"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
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
	Back      []int64  // what went back to each in all, ≥ 0
	Excess    []int64  // of Back, what is taken off no purchase
	From      []uint32 // where each one's purchases begin; one more than customers
	Days      []int32  // of purchases, ascending within a customer; days since 1970-01-01. What was bought on one day is one purchase
	Minor     []int64  // of each, net of what went back of it; never below 0
	Origins   []Origin // the first is that of who bought nothing

	spans []Span // by customer, then day
	first []uint32
}

// Origin is how a customer's first purchase came about; "" what is not known.
type Origin struct{ Touchpoint, Channel, Place, Campaign string }

// Span is a contract, from its first day to that of its end. End is 0 while it
// lasts.
type Span struct{ Start, End int32 }

// Odd is what cannot be told as it came.
type Odd struct {
	Excess     int // refunds of more than had been bought before them, or of nothing
	Unstarted  int // ends of a contract that had not begun
	Duplicated int // beginnings of a contract that lasted already
}

// Len returns how many customers there are.
func (t *Table) Len() int { return len(t.Customers) }

// Find returns the row of a customer; ok is false when they have none.
func (t *Table) Find(c cx.CustomerNo) (row int, ok bool) { return slices.BinarySearch(t.Customers, c) }

// Purchases returns the days and the amounts of a row's purchases.
func (t *Table) Purchases(row int) (days []int32, minor []int64) {
	from, to := t.From[row], t.From[row+1]
	return t.Days[from:to], t.Minor[from:to]
}

// Spans returns the contracts of a row, in order; none overlaps another.
func (t *Table) Spans(row int) []Span { return t.spans[t.first[row]:t.first[row+1]] }

// Origin returns how a row's first purchase came about.
func (t *Table) Origin(row int) Origin { return t.Origins[t.Firsts[row]] }

// DayOf returns the number of the day of the company's calendar on which a time
// lies.
func (t *Table) DayOf(at cx.Time) int32 {
	y, m, d := at.Std().In(t.Zone).Date()
	return int32(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86_400)
}
