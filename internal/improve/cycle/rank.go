package cycle

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

// half is half a 95 % interval in standard deviations.
const half = 1.959964

// scoreOf tells what an opportunity would gain in a year, where a point of score
// of one customer is worth point (N 0: not known).
func scoreOf(o *Proposal, point outcome.Estimate, currency string) (s Score) {
	s.Memory = times(o.Memory, float64(o.Customers))
	switch {
	case known(o.Money):
		s.Money = o.Money
	case known(s.Memory) && known(point):
		s.Money = product(s.Memory, point)
	}
	if known(s.Money) {
		s.Currency = currency
	}
	gain := s.Memory
	if known(s.Money) && (s.Money.Low > 0 || !(known(s.Memory) && s.Memory.Low > 0)) {
		gain, s.InMoney = s.Money, true
	}
	s.PerDay = times(gain, 1/o.Effort.Days())
	s.Sure = known(s.PerDay) && s.PerDay.Low > 0
	return s
}

func known(e outcome.Estimate) bool { return e.N > 0 }

// times is an estimate of so many times as much; of nothing it is not known.
func times(e outcome.Estimate, k float64) outcome.Estimate {
	if !known(e) || k <= 0 {
		return outcome.Estimate{}
	}
	return outcome.Estimate{Value: e.Value * k, Low: e.Low * k, High: e.High * k, N: e.N}
}

// product multiplies two estimates that are independent of each other. Its
// variance is exact: E²(x)·V(y) + E²(y)·V(x) + V(x)·V(y) (Goodman 1960); the
// interval takes it for normal.
func product(x, y outcome.Estimate) outcome.Estimate {
	vx, vy := variance(x), variance(y)
	value := x.Value * y.Value
	wide := half * math.Sqrt(x.Value*x.Value*vy+y.Value*y.Value*vx+vx*vy)
	return outcome.Estimate{Value: value, Low: value - wide, High: value + wide, N: min(x.N, y.N)}
}

func variance(e outcome.Estimate) float64 {
	sd := (e.High - e.Low) / (2 * half)
	return sd * sd
}

// rank orders opportunities, and gives the open ones their places. What surely gains
// comes first, in money before in points of memory, by the lower end of what it gains
// for a day's work; then what perhaps gains, in money before in points, by what is
// expected; then what nobody has counted. What is alike stands by votes (ADR 101).
func rank(all []Opportunity) {
	group := func(o *Opportunity) int {
		n := 0
		if !o.Score.Sure {
			n += 2
		}
		switch {
		case !known(o.Score.PerDay):
			n = 4
		case !o.Score.InMoney:
			n++
		}
		return n
	}
	slices.SortFunc(all, func(a, b Opportunity) int {
		by := cmp.Compare(b.Score.PerDay.Value, a.Score.PerDay.Value)
		if a.Score.Sure && b.Score.Sure {
			by = cmp.Compare(b.Score.PerDay.Low, a.Score.PerDay.Low)
		}
		return cmp.Or(cmp.Compare(group(&a), group(&b)), by, cmp.Compare(b.Votes, a.Votes), cmp.Compare(a.At, b.At), strings.Compare(a.ID, b.ID))
	})
	place := 0
	for i := range all {
		all[i].Place = 0
		if all[i].State == StateOpen {
			place++
			all[i].Place = place
		}
	}
}
