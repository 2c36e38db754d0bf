package journey

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/stats"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

// CompareQuery asks what differs between two groups of runs, or two periods. A run
// that is in both hides what differs; nothing seems to differ because of it.
type CompareQuery struct {
	A, B Filter
	By   By // as of GraphQuery
}

// Comparison is what differs between two groups of runs.
type Comparison struct {
	By      By
	A, B    int          // runs
	Tested  int          // differences that were tested
	Of      []Difference // the clear ones first, then by how small p is; at most 500
	Limited bool         // only facts of some areas were seen
}

// Compared says what a difference is in.
type Compared string

// What is compared.
const (
	ComparedStop     Compared = "stop"     // the share of runs that go through From
	ComparedEdge     Compared = "edge"     // the share of runs that go from From directly to To
	ComparedVariant  Compared = "variant"  // the share of runs that are lived so
	ComparedState    Compared = "state"    // the share of runs that are so far
	ComparedTime     Compared = "time"     // the time from From to To
	ComparedDuration Compared = "duration" // the time of whole runs, of the completed ones
	ComparedFelt     Compared = "felt"     // the mean valence of runs
)

// Difference is one thing that was compared. Shares, times or feelings are those
// of In; the others are zero.
type Difference struct {
	In       Compared
	From, To *Stop
	Variant  string // id
	Stops    []Stop // of the variant; the first 200 of them
	State    State

	A, B         Share            // of shares
	TimeA, TimeB Times            // of times
	FeltA, FeltB outcome.Estimate // of feelings, −2..+2

	Delta     float64 // B − A: of shares in 0..1, of times in seconds between medians, of feelings in −4..+4
	Low, High float64 // where Delta lies with 95 % confidence (stats.Difference)
	P         float64 // two-sided: of shares the pooled z test, of times Mann & Whitney's, of feelings Welch's
	Clear     bool    // after Benjamini–Hochberg at 5 % over all that was tested
}

// Limits of a comparison.
const (
	leastCompared   = 10 // times or feelings on each side: fewer are not tested
	leastExpected   = 5  // runs with something, or without it, on each side if there were no difference: as above
	mostDifferences = 500
	falseRate       = .05
	mostTested      = 20_000 // times of an edge, a side
)

// Compare returns what differs between two groups of a journey's runs. It needs
// the right scores.view.
func (s *Service) Compare(ctx context.Context, p cx.Principal, slug string, q CompareQuery) (Comparison, error) {
	a, err := s.lived(ctx, p, slug, q.A)
	if err != nil {
		return Comparison{}, err
	}
	b, err := s.lived(ctx, p, slug, q.B)
	if err != nil {
		return Comparison{}, err
	}
	return memo(a, fmt.Sprintf("comparison by %s with %+v", q.By, q.B), func() (Comparison, error) { return compare(a, b, q.By) })
}

func compare(a, b *lived, by By) (Comparison, error) {
	sideA, err := sideOf(a, by)
	if err != nil {
		return Comparison{}, err
	}
	sideB, err := sideOf(b, by)
	if err != nil {
		return Comparison{}, err
	}
	c := Comparison{By: sideA.by, A: sideA.runs, B: sideB.runs, Limited: a.limited || b.limited}
	c.Of = slices.Concat(shareDifferences(sideA, sideB), timeDifferences(sideA, sideB), runDifferences(sideA, sideB))
	p := make([]float64, len(c.Of))
	for i, d := range c.Of {
		p[i] = d.P
	}
	c.Tested = len(p)
	for i, clear := range stats.BenjaminiHochberg(p, falseRate) {
		c.Of[i].Clear = clear
	}
	slices.SortStableFunc(c.Of, func(x, y Difference) int { return cmp.Compare(x.P, y.P) })
	c.Of = c.Of[:min(mostDifferences, len(c.Of))]
	return c, nil
}

// side is one of two groups, with what its runs have by id, so that groups whose
// logs number things differently are compared all the same.
type side struct {
	*paths
	x        *lived
	log      *eventlog.Log // of visits
	runs     int
	variants *eventlog.Variants
	has      []had // in the order of stops, edges, variants, states
	of       map[had]having
}

// had is what runs have or have not.
type had struct {
	in       Compared
	from, to string // ids of stops, of a variant, or a state
}

// having is how a side has it.
type having struct {
	runs     int
	from, to int             // numbers of stops, or of a variant
	time     eventlog.Spread // of an edge
}

func sideOf(x *lived, by By) (*side, error) {
	told, err := x.paths(by)
	if err != nil {
		return nil, err
	}
	s := &side{paths: told, x: x, log: told.visits(x.log), runs: x.log.Cases(), variants: x.variants(), of: map[had]having{}}
	g := eventlog.GraphOf(s.log)
	for i, n := range g.Nodes {
		s.put(had{in: ComparedStop, from: told.stops[i].ID}, having{runs: n.Cases, from: i})
	}
	for _, e := range g.Edges {
		from, to := int(e.From), int(e.To)
		s.put(had{ComparedEdge, told.stops[from].ID, told.stops[to].ID}, having{e.Cases, from, to, e.Time})
	}
	for i, v := range s.variants.List {
		s.put(had{in: ComparedVariant, from: s.variants.ID(i)}, having{runs: v.Cases, from: i})
	}
	for _, one := range stateShares(x.states) {
		s.put(had{in: ComparedState, from: string(one.State)}, having{runs: one.K})
	}
	return s, nil
}

func (s *side) put(h had, how having) {
	s.has = append(s.has, h)
	s.of[h] = how
}

// tell says what a difference is in.
func (s *side) tell(h had) Difference {
	d, how := Difference{In: h.in}, s.of[h]
	switch h.in {
	case ComparedVariant:
		d.Variant, d.Stops = h.from, s.x.eventStops(s.variants.List[how.from].Activities)
	case ComparedState:
		d.State = State(h.from)
	case ComparedEdge:
		d.From, d.To = &s.stops[how.from], &s.stops[how.to]
	default:
		d.From = &s.stops[how.from]
	}
	return d
}

// shareDifferences compares how many runs have what those of either side have.
func shareDifferences(a, b *side) (out []Difference) {
	test := func(teller *side, h had) {
		shareA, shareB := shareOf(a.of[h].runs, a.runs), shareOf(b.of[h].runs, b.runs)
		with, all := shareA.K+shareB.K, a.runs+b.runs
		if min(with, all-with)*min(a.runs, b.runs) < leastExpected*all || all == 0 {
			return
		}
		d := teller.tell(h)
		t := stats.ProportionChange(shareA.K, shareA.N, shareB.K, shareB.N)
		d.A, d.B, d.P = shareA, shareB, t.P
		d.differ(shareA.Value(), shareA.Low, shareA.High, shareB.Value(), shareB.Low, shareB.High)
		out = append(out, d)
	}
	for _, h := range a.has {
		test(a, h)
	}
	for _, h := range b.has {
		if _, both := a.of[h]; !both {
			test(b, h)
		}
	}
	return out
}

// timeDifferences compares the times of the edges that both sides have.
func timeDifferences(a, b *side) (out []Difference) {
	var compared []had
	for _, h := range a.has {
		if min(a.of[h].time.N, b.of[h].time.N) >= leastCompared {
			compared = append(compared, h)
		}
	}
	usA, usB := a.sample(compared), b.sample(compared)
	for i, h := range compared {
		d, timeA, timeB := a.tell(h), a.of[h].time, b.of[h].time
		d.In, d.P = ComparedTime, stats.MannWhitney(usA[i], usB[i]).P
		d.took(timeA, timeB)
		out = append(out, d)
	}
	return out
}

// sample returns times of each of the edges, in µs: all, or mostTested of them,
// evenly chosen.
func (s *side) sample(edges []had) [][]int64 {
	type pair struct{ from, to uint16 }
	number := map[pair]int{}
	every, seen := make([]int, len(edges)), make([]int, len(edges))
	for i, h := range edges {
		how := s.of[h]
		number[pair{uint16(how.from), uint16(how.to)}] = i
		every[i] = (how.time.N + mostTested - 1) / mostTested
	}
	out := make([][]int64, len(edges))
	l := s.log
	for c := range l.Cases() {
		first, end := l.Span(c)
		for e := first + 1; e < end; e++ {
			i, ok := number[pair{l.Activity[e-1], l.Activity[e]}]
			if !ok {
				continue
			}
			if seen[i]%every[i] == 0 {
				out[i] = append(out[i], l.At[e]-l.At[e-1])
			}
			seen[i]++
		}
	}
	return out
}

// runDifferences compares how long completed runs took, and how runs felt.
func runDifferences(a, b *side) (out []Difference) {
	usA, usB := a.durations(), b.durations()
	if min(len(usA), len(usB)) >= leastCompared {
		d := Difference{In: ComparedDuration, P: stats.MannWhitney(slices.Clone(usA), slices.Clone(usB)).P}
		d.took(eventlog.SpreadOf(usA), eventlog.SpreadOf(usB))
		out = append(out, d)
	}
	feltA, feltB := a.felt(), b.felt()
	if min(feltA.N, feltB.N) >= leastCompared {
		d := Difference{In: ComparedFelt, FeltA: felt(feltA), FeltB: felt(feltB), P: stats.Welch(feltA, feltB).P}
		d.differ(d.FeltA.Value, d.FeltA.Low, d.FeltA.High, d.FeltB.Value, d.FeltB.Low, d.FeltB.High)
		out = append(out, d)
	}
	return out
}

// took sets the times of a difference, and how far apart their medians are.
func (d *Difference) took(a, b eventlog.Spread) {
	d.TimeA, d.TimeB = timesIn(a), timesIn(b)
	d.differ(a.Median, a.Low, a.High, b.Median, b.Low, b.High)
}

// differ sets how far apart two figures are, each with its interval.
func (d *Difference) differ(a, lowA, highA, b, lowB, highB float64) {
	i := stats.Difference(a, stats.Interval{Low: lowA, High: highA}, b, stats.Interval{Low: lowB, High: highB})
	d.Delta, d.Low, d.High = b-a, i.Low, i.High
}

// durations returns how long completed runs took, in µs.
func (s *side) durations() (us []int64) {
	l := s.x.log
	for c, state := range s.x.states {
		if state == Completed {
			from, to := l.Span(c)
			us = append(us, l.At[to-1]-l.At[from])
		}
	}
	return us
}

// felt returns the mean valences of runs.
func (s *side) felt() stats.Sample {
	var of stats.Moments
	for c := range s.runs {
		if mean, known := caseFelt(s.x.log, c); known {
			of.Add(mean)
		}
	}
	return of.Sample()
}
