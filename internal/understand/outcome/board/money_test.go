package board

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/stats"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/purchases"
)

// bought draws a table of at most 15 customers, and a period of 10 days after 10 others
// with three weeks.
func bought(t *rapid.T) (*purchases.Table, *period) {
	table := &purchases.Table{Zone: time.UTC, Today: 200, Currency: "EUR", From: []uint32{0}}
	for c := range rapid.IntRange(0, 15).Draw(t, "customers") {
		day := int32(0)
		for range rapid.IntRange(0, 8).Draw(t, "purchases") {
			day += rapid.Int32Range(1, 60).Draw(t, "after")
			if day > table.Today {
				break
			}
			table.Days, table.Minor = append(table.Days, day), append(table.Minor, rapid.Int64Range(0, 5000).Draw(t, "minor"))
		}
		table.Customers, table.From = append(table.Customers, cx.CustomerNo(c+1)), append(table.From, uint32(len(table.Days)))
	}
	return table, newPeriod([]span{{191, 201}, {181, 191}, {180, 187}, {187, 194}, {194, 201}})
}

func TestRevenueIsThatOfALoop(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		table, q := bought(t)
		q.there = map[cx.CustomerNo]uint64{}
		q.thereBefore = map[cx.CustomerNo]uint64{}
		visited := rapid.Bool().Draw(t, "area")
		days := map[cx.CustomerNo]int32{}
		for _, c := range table.Customers {
			days[c] = rapid.Int32Range(170, 200).Draw(t, "visit")
			q.visit(c, days[c], 30)
		}
		if !visited {
			q.there, q.thereBefore = nil, nil
		}
		got := q.revenue(table)
		naive := func(s span) outcome.Estimate {
			sum, squares, n := 0.0, 0.0, 0
			for row, c := range table.Customers {
				own, any := 0.0, false
				purchased, minor := table.Purchases(row)
				for i, day := range purchased {
					if day >= s.from && day < s.to && (!visited || days[c] >= s.from && days[c] < s.to) {
						own, any = own+float64(minor[i]), true
					}
				}
				if any {
					sum, squares, n = sum+own, squares+own*own, n+1
				}
			}
			half := 1.959963984540054 * math.Sqrt(squares)
			if n == 0 {
				return outcome.Estimate{}
			}
			return outcome.Estimate{Value: sum, Low: max(0, sum-half), High: sum + half, N: n}
		}
		for k, e := range []outcome.Estimate{got.Now, got.Before, got.Weeks[0].Estimate, got.Weeks[1].Estimate, got.Weeks[2].Estimate} {
			if want := naive(q.spans[k]); math.Abs(e.Value-want.Value) > 1e-6 || math.Abs(e.Low-want.Low) > 1e-6 || math.Abs(e.High-want.High) > 1e-6 || e.N != want.N {
				t.Fatalf("span %d: %+v, by the loop %+v", k, e, want)
			}
		}
	})
}

func TestRetentionIsThatOfALoop(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		const within = 30
		table, q := bought(t)
		got := q.retention(table, within)
		naive := func(s span) outcome.Estimate {
			of, stayed := 0, 0
			for row := range table.Customers {
				days, _ := table.Purchases(row)
				first, again := int32(0), false
				for _, day := range days {
					switch {
					case first == 0 && day >= s.from-within && day < s.to-within:
						first = day
					case first != 0 && day <= first+within:
						again = true
					}
				}
				if first != 0 {
					of++
					if again {
						stayed++
					}
				}
			}
			if of == 0 {
				return outcome.Estimate{}
			}
			i := stats.Wilson(stayed, of)
			return outcome.Estimate{Value: float64(stayed) / float64(of), Low: i.Low, High: i.High, N: of}
		}
		for k, e := range []outcome.Estimate{got.Now, got.Before, got.Weeks[0].Estimate, got.Weeks[1].Estimate, got.Weeks[2].Estimate} {
			if want := naive(q.spans[k]); e != want {
				t.Fatalf("span %d: %+v, by the loop %+v", k, e, want)
			}
		}
	})
}

func TestContractsThatLastAreKept(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		of   []purchases.Span
		want bool
	}{
		"none": {nil, false}, "lasts": {[]purchases.Span{{Start: 5}}, true}, "ended": {[]purchases.Span{{Start: 5, End: 30}}, false},
		"ends later": {[]purchases.Span{{Start: 5, End: 31}}, true}, "not begun": {[]purchases.Span{{Start: 31}}, false}, "the second": {[]purchases.Span{{Start: 1, End: 2}, {Start: 20}}, true},
	} {
		if lasts(c.of, 30) != c.want {
			t.Errorf("%s: %v", name, !c.want)
		}
	}
}
