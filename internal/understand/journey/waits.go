package journey

import (
	"cmp"
	"context"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/stats"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

// WaitsQuery asks where the time of runs goes.
type WaitsQuery struct {
	Filter Filter
	By     By // as of GraphQuery
}

// Waits is where the time of runs goes. Each moment of a run is counted once: at
// work on what was begun last and is not yet done, or else between the event
// before and the event after. Work is known where one event begins an activity
// and another ends it (see works); without any, all that is known is the time
// between.
type Waits struct {
	By        By
	Runs      int
	Total     float64          // seconds of all runs, each from its first event to its last
	Working   outcome.Estimate // share of Total at work, 0..1; N: runs
	WorkKnown bool             // of at least one activity
	List      []Wait           // the hundred that take most time, the greatest first
	Limited   bool             // only facts of some areas were seen
}

// Wait is the time between two stops, or at work at one.
type Wait struct {
	From, To Stop
	Working  bool             // on From, which is To
	Times    Times            // of one, from its beginning to its end
	Total    float64          // seconds of all
	Share    outcome.Estimate // of the Total of all runs, 0..1; N: runs
	Runs     Share            // that have it
}

const mostWaits = 100

// Waits returns where the time of a journey's runs goes. It needs the right
// scores.view.
func (s *Service) Waits(ctx context.Context, p cx.Principal, slug string, q WaitsQuery) (Waits, error) {
	x, err := s.lived(ctx, p, slug, q.Filter)
	if err != nil {
		return Waits{}, err
	}
	told, err := x.paths(q.By)
	if err != nil {
		return Waits{}, err
	}
	return memo(x, "waits by "+string(told.by), func() (Waits, error) { return waitsOf(x, told), nil })
}

// waiting is where time goes: numbers of stops, and whether it is work.
type waiting struct {
	from, to uint16
	working  bool
}

// waitTally is what one such place adds up to.
type waitTally struct {
	waiting
	times  []int64     // µs, of each
	runs   int         // that have it
	ratio  stats.Ratio // of each run that has it: seconds there, seconds in all
	now    int64       // µs in the run being counted
	inCase int         // that run, plus one
}

func waitsOf(x *lived, told *paths) Waits {
	l, work := x.log, worksOf(x.log)
	var tallies []*waitTally
	number := map[uint64]int{}
	at := func(w waiting) *waitTally {
		key := uint64(w.from)<<17 | uint64(w.to)<<1
		if w.working {
			key |= 1
		}
		n, ok := number[key]
		if !ok {
			n = len(tallies)
			number[key] = n
			tallies = append(tallies, &waitTally{waiting: w})
		}
		return tallies[n]
	}
	var all stats.Ratio
	var touched []*waitTally
	for c := range l.Cases() {
		from, to := l.Span(c)
		work.match(from, to)
		touched = touched[:0]
		var atWork int64
		for e := from; e < to; e++ {
			stop := told.of[l.Activity[e]]
			if done, ok := work.end(e); ok {
				t := at(waiting{stop, stop, true})
				t.times = append(t.times, l.At[done]-l.At[e])
			}
			if e+1 == to {
				break
			}
			gap := l.At[e+1] - l.At[e]
			w := waiting{from: stop, to: told.of[l.Activity[e+1]]}
			if on, ok := work.on(e); ok {
				s := told.of[l.Activity[on]]
				w = waiting{s, s, true}
				atWork += gap
			}
			t := at(w)
			if !w.working {
				t.times = append(t.times, gap)
			}
			if t.inCase != c+1 {
				t.inCase = c + 1
				touched = append(touched, t)
			}
			t.now += gap
		}
		whole := seconds(l.At[to-1] - l.At[from])
		all.Add(seconds(atWork), whole)
		for _, t := range touched {
			t.runs++
			t.ratio.Add(seconds(t.now), whole)
			t.now = 0
		}
	}
	out := Waits{
		By: told.by, Runs: l.Cases(), Total: all.Y,
		WorkKnown: work.known, Working: shareOfTime(all, all), Limited: x.limited,
	}
	slices.SortStableFunc(tallies, func(a, b *waitTally) int { return cmp.Compare(b.ratio.X, a.ratio.X) })
	for _, t := range tallies[:min(mostWaits, len(tallies))] {
		out.List = append(out.List, Wait{
			From: told.stops[t.from], To: told.stops[t.to], Working: t.working,
			Times: timesIn(eventlog.SpreadOf(t.times)), Total: t.ratio.X,
			Share: shareOfTime(t.ratio, all), Runs: shareOf(t.runs, l.Cases()),
		})
	}
	return out
}

func seconds(us int64) float64 { return float64(us) / 1e6 }

// shareOfTime returns the share of all time that part takes, of the runs that
// have it.
func shareOfTime(part, all stats.Ratio) outcome.Estimate {
	if all.Y == 0 {
		return outcome.Estimate{}
	}
	part.N, part.Y, part.YY = all.N, all.Y, all.YY // the others have none of it
	i := part.Interval()
	if part.N < 2 {
		i = stats.Interval{Low: 0, High: 1}
	}
	i = i.Clip(0, 1)
	return outcome.Estimate{Value: part.Value(), Low: i.Low, High: i.High, N: all.N}
}
