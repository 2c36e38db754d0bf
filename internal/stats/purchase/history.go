package purchase

import (
	"cmp"
	"math"
	"slices"
)

// History is how one customer bought until now.
type History struct {
	X  int     // purchases after the first
	Tx float64 // when the last of them was, since the first; 0 without any
	T  float64 // how long ago the first was
}

// possible tells whether a customer can have bought like that.
func (h History) possible() bool {
	return h.X >= 0 && h.T >= h.Tx && !math.IsInf(h.T, 0) && (h.X == 0 && h.Tx == 0 || h.X > 0 && h.Tx > 0)
}

// Counted is a history, and how many customers have it.
type Counted struct {
	History
	N int
}

// Compress counts equal histories, ordered by X, Tx and T.
func Compress(histories []History) []Counted {
	histories = slices.Clone(histories)
	slices.SortFunc(histories, func(a, b History) int {
		return cmp.Or(cmp.Compare(a.X, b.X), cmp.Compare(a.Tx, b.Tx), cmp.Compare(a.T, b.T))
	})
	var out []Counted
	for _, h := range histories {
		if n := len(out); n > 0 && out[n-1].History == h {
			out[n-1].N++
		} else {
			out = append(out, Counted{h, 1})
		}
	}
	return out
}

// Money is what one customer brought on one day, in any unit of money: above 0 (or
// 0, of something free) bought, below 0 taken back.
type Money struct {
	Day    int // counted from any day
	Amount float64
}

// Bought is what one customer bought by some day, refunds taken from it.
type Bought struct {
	History
	Mean   float64 // of the purchases after the first that cost something; NaN without any
	Paid   int     // how many those are
	Refund float64 // taken back and not found among the purchases, ≥ 0
}

// Read tells how a customer bought by the end of the day until, from the money they
// brought in any order; ok is false when they bought nothing. What is bought on one
// day is one purchase. A refund takes from the purchases of its day, then from those
// before, the latest first, and a purchase that is taken back wholly is none. Times
// are in units of so many days.
func Read(money []Money, until int, unit float64) (b Bought, ok bool) {
	money = slices.Clone(money)
	slices.SortStableFunc(money, func(a, b Money) int { // of one day refunds come last
		return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(b.Amount, a.Amount))
	})
	var days []Money
	for _, m := range money {
		switch last := len(days) - 1; {
		case m.Day > until:
		case m.Amount < 0:
			days, b.Refund = takeBack(days, b.Refund-m.Amount)
		case last >= 0 && days[last].Day == m.Day:
			days[last].Amount += m.Amount
		default:
			days = append(days, m)
		}
	}
	if len(days) == 0 {
		return b, false
	}
	first, sum := days[0].Day, 0.0
	b.T = float64(until-first) / unit
	for _, d := range days[1:] {
		b.X++
		b.Tx = float64(d.Day-first) / unit
		if d.Amount > 0 {
			b.Paid++
			sum += d.Amount
		}
	}
	b.Mean = sum / float64(b.Paid)
	return b, true
}

// takeBack takes a refund from the purchases, the latest first, and returns what is
// left of both. What was free is not taken back.
func takeBack(days []Money, refund float64) ([]Money, float64) {
	for i := len(days) - 1; i >= 0 && refund > 0; i-- {
		taken := min(refund, days[i].Amount)
		refund -= taken
		if days[i].Amount -= taken; taken > 0 && days[i].Amount < 1e-9 {
			days = slices.Delete(days, i, i+1)
		}
	}
	return days, refund
}
