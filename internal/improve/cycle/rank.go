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
	gain := s.Memory
	if known(s.Money) {
		s.Currency, gain = currency, s.Money
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

// rank orders opportunities, and gives the open ones their places. What is known
// in money stands before what is known in points of memory only, and that before
// what nobody has counted. Within each, what surely gains comes first, by the
// lower end of what it gains for a day's work; then the rest, by what is expected;
// what is alike, by votes (ADR 101).
func rank(all []Opportunity) {
	group := func(o *Opportunity) int {
		switch {
		case known(o.Score.Money):
			return 0
		case known(o.Score.Memory):
			return 1
		}
		return 2
	}
	slices.SortFunc(all, func(a, b Opportunity) int {
		if c := cmp.Compare(group(&a), group(&b)); c != 0 {
			return c
		}
		if a.Score.Sure != b.Score.Sure {
			if a.Score.Sure {
				return -1
			}
			return 1
		}
		by := cmp.Compare(b.Score.PerDay.Value, a.Score.PerDay.Value)
		if a.Score.Sure {
			by = cmp.Compare(b.Score.PerDay.Low, a.Score.PerDay.Low)
		}
		return cmp.Or(by, cmp.Compare(b.Votes, a.Votes), cmp.Compare(a.At, b.At), strings.Compare(a.ID, b.ID))
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
