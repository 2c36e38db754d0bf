package journey

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/stats"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

// HandoffsQuery asks for the hand-offs of a journey.
type HandoffsQuery struct{ Filter Filter }

// Handoffs is where runs go from one area to another, and from one supplier to
// another. Each list is in the order of how often.
type Handoffs struct {
	Runs      int
	Areas     []Handoff
	Suppliers []Handoff // "" is the company itself
	Limited   bool      // only facts of some areas were seen
}

// Handoff is where runs go from one to another: a stretch of a run with the one
// is followed by a stretch with the other. What nobody answers for is in no
// stretch.
type Handoff struct {
	From, To      string           // slugs
	N             int              // how many times
	Runs          Share            // the runs that have it, of all
	Times         Times            // from the last event with the one to the first with the other
	Before, After outcome.Estimate // how the stretches were lived, where both are known
	Felt          Contrast         // After − Before, of the same hand-offs
	Cost          Contrast         // how runs with it felt, less those without it
	Longer        Contrast         // how many days runs with it took, less those without it; of completed ones
}

// Contrast is how much a figure is greater with something than without it: an
// association, not an effect. Without at least 10 on both sides there is none:
// P is 1.
type Contrast struct {
	Delta         float64 // in the figure's unit
	Low, High     float64 // 95 %
	With, Without int
	P             float64 // two-sided
	Clear         bool    // after Benjamini–Hochberg at 5 % over all of the answer's contrasts
}

// Handoffs returns the journey's hand-offs. It needs the right scores.view.
func (s *Service) Handoffs(ctx context.Context, p cx.Principal, slug string, q HandoffsQuery) (Handoffs, error) {
	x, err := s.lived(ctx, p, slug, q.Filter)
	if err != nil {
		return Handoffs{}, err
	}
	return memo(x, "handoffs", func() (Handoffs, error) { return handoffsOf(x), nil })
}

// ourselves stands for the company among suppliers, while they are numbered.
const ourselves = "\x00"

func handoffsOf(x *lived) Handoffs {
	h := Handoffs{Runs: x.log.Cases(), Limited: x.limited}
	whole := wholeRuns(x)
	h.Areas = handoffsBy(x, whole, func(c eventlog.Context) string { return c.Area })
	h.Suppliers = handoffsBy(x, whole, func(c eventlog.Context) string {
		if c.Supplier == "" && c.Touchpoint != "" {
			return ourselves
		}
		return c.Supplier
	})
	for i := range h.Suppliers {
		for _, side := range []*string{&h.Suppliers[i].From, &h.Suppliers[i].To} {
			if *side == ourselves {
				*side = ""
			}
		}
	}
	var all []*Contrast
	for _, list := range [][]Handoff{h.Areas, h.Suppliers} {
		for i := range list {
			all = append(all, &list[i].Felt, &list[i].Cost, &list[i].Longer)
		}
	}
	discover(all)
	return h
}

// wholes is how runs were lived as a whole.
type wholes struct {
	felt    []float64 // of each case its mean valence; NaN unknown
	days    []float64 // … of the completed ones, how long they took; NaN for the others
	allFelt stats.Moments
	allDays stats.Moments
}

func wholeRuns(x *lived) wholes {
	l := x.log
	w := wholes{felt: make([]float64, l.Cases()), days: make([]float64, l.Cases())}
	for c := range w.felt {
		w.felt[c], w.days[c] = math.NaN(), math.NaN()
		if mean, known := caseFelt(l, c); known {
			w.felt[c] = mean
			w.allFelt.Add(mean)
		}
		from, to := l.Span(c)
		if x.states[c] == Completed {
			w.days[c] = float64(l.At[to-1]-l.At[from]) / float64(24*time.Hour/time.Microsecond)
			w.allDays.Add(w.days[c])
		}
	}
	return w
}

// crossing adds up what is known of going from one to another.
type crossing struct {
	from, to            int
	n, runs             int
	run                 int // that had it last, + 1
	times               []time.Duration
	before, after, rise stats.Moments

	felt, days  stats.Moments // of a hand-off: of the runs that have it
	lost        int           // of a passage: how often the context is lost
	kept, again stats.Moments // … how the stretch after it was lived, where it is not lost and where it is
}

// crossings returns where runs go from one to another that has another property,
// in the order of how often, with the properties by number. Each time it is told:
// i is the stretch after it, first says that its run had no such one before.
func crossings(x *lived, property func(eventlog.Context) string, tell func(n *crossing, c int, list []stretch, i int, first bool)) ([]string, []*crossing) {
	l := x.log
	names, who := numbered(l, property)
	of := map[[2]int]*crossing{}
	var list []stretch
	for c := range l.Cases() {
		list = stretches(list[:0], l, c, who)
		for i := 1; i < len(list); i++ {
			k := [2]int{list[i-1].who, list[i].who}
			n := of[k]
			if n == nil {
				n = &crossing{from: k[0], to: k[1]}
				of[k] = n
			}
			tell(n, c, list, i, n.add(l, c, &list[i-1], &list[i]))
		}
	}
	return names, slices.SortedFunc(maps.Values(of), func(a, b *crossing) int {
		return cmp.Or(cmp.Compare(b.n, a.n), cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to))
	})
}

// add counts a crossing in a case; it tells whether it is the first in it.
func (n *crossing) add(l *eventlog.Log, c int, a, b *stretch) (first bool) {
	n.n++
	n.times = append(n.times, time.Duration(l.At[b.first]-l.At[a.last])*time.Microsecond)
	if a.felt.n > 0 && b.felt.n > 0 {
		before, after := a.felt.mean(), b.felt.mean()
		n.before.Add(before)
		n.after.Add(after)
		n.rise.Add(after - before)
	}
	if n.run == c+1 {
		return false
	}
	n.run = c + 1
	n.runs++
	return true
}

func handoffsBy(x *lived, w wholes, property func(eventlog.Context) string) []Handoff {
	names, all := crossings(x, property, func(n *crossing, c int, _ []stretch, _ int, first bool) {
		if first && !math.IsNaN(w.felt[c]) {
			n.felt.Add(w.felt[c])
		}
		if first && !math.IsNaN(w.days[c]) {
			n.days.Add(w.days[c])
		}
	})
	var handoffs []Handoff
	for _, n := range all {
		handoffs = append(handoffs, Handoff{
			From: names[n.from], To: names[n.to], N: n.n, Runs: shareOf(n.runs, x.log.Cases()), Times: timesOf(n.times),
			Before: felt(n.before.Sample()), After: felt(n.after.Sample()), Felt: paired(n.rise),
			Cost: withAndWithout(w.allFelt.Less(n.felt), n.felt), Longer: withAndWithout(w.allDays.Less(n.days), n.days),
		})
	}
	return handoffs
}

// leastContrasted is below how many on a side nothing is compared.
const leastContrasted = 10

// withAndWithout compares means as stats.Stratified does.
func withAndWithout(without, with stats.Moments) Contrast {
	c := Contrast{With: with.N, Without: without.N, P: 1}
	if with.N < leastContrasted || without.N < leastContrasted {
		return c
	}
	t := stats.Stratified([]stats.Stratum{{Without: without, With: with}})
	if math.IsNaN(t.P) {
		return c
	}
	c.Delta, c.Low, c.High, c.P = t.Delta, t.Low, t.High, t.P
	return c
}

// paired tells whether the mean of differences is not zero, by Student's test
// (1908).
func paired(rise stats.Moments) Contrast {
	c := Contrast{With: rise.N, Without: rise.N, P: 1}
	if rise.N < leastContrasted {
		return c
	}
	s := rise.Sample()
	i := stats.MeanInterval(s)
	c.Delta, c.Low, c.High, c.P = s.Mean, i.Low, i.High, stats.MeanTest(s).P
	return c
}

// discover marks the contrasts that are clear among all.
func discover(all []*Contrast) {
	p := make([]float64, len(all))
	for i, c := range all {
		p[i] = c.P
		if c.Delta == 0 && c.P == 1 {
			p[i] = math.NaN() // not compared: no test
		}
	}
	for i, clear := range stats.BenjaminiHochberg(p, .05) {
		all[i].Clear = clear
	}
}
