package journey

import (
	"cmp"
	"context"
	"fmt"
	"math/bits"
	"slices"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
)

// FunnelQuery asks how many runs go through some steps in order, whatever comes
// in between.
type FunnelQuery struct {
	Filter Filter
	Steps  []string      // 2 to 20 ids of stops: steps, touchpoints, or event@touchpoint; empty: see Funnel
	Within time.Duration // from the first step to the last; 0: any time
}

// Limits of a FunnelQuery.
const (
	leastFunnel = 2
	mostFunnel  = 20
	mostInstead = 5
)

// Funnel is how far runs came. Where no steps were asked for, they are those of
// the script that every run is to live, or, if these are fewer than two, those
// that at least half of the runs live, in the script's order.
type Funnel struct {
	Runs    int
	Within  time.Duration
	Steps   []FunnelStep // none: there is no script, or its steps are too few
	Limited bool         // only facts of some areas were seen
}

// FunnelStep is one step of a funnel. Of several ways in which a run lived the
// steps in order, the one counts that went furthest; of as far, that which got
// there first, from its latest beginning, each step as soon as it came.
type FunnelStep struct {
	Stop
	Reached Share     // of all runs
	Came    Share     // of those that reached the step before; of the first, of all runs
	Time    Times     // since the step before, of those that came
	Open    int       // reached it, not the next, and may still: they run, and within the time
	Lost    int       // reached it, not the next, and cannot any more; 0 of the last step
	Instead []Instead // what the Lost lived directly after it: the five most frequent
}

// Instead is what runs went on to in place of a step.
type Instead struct {
	Stop       // by event; without an ID: nothing came
	Runs Share // of the Lost
}

// Funnel returns how far a journey's runs came. It needs the right scores.view.
// The error is cx.Invalid, with the ids that there are, for a step that is none.
func (s *Service) Funnel(ctx context.Context, p cx.Principal, slug string, q FunnelQuery) (Funnel, error) {
	x, err := s.lived(ctx, p, slug, q.Filter)
	if err != nil {
		return Funnel{}, err
	}
	steps, err := x.funnelSteps(q)
	if err != nil {
		return Funnel{}, err
	}
	return memo(x, fmt.Sprintf("funnel of %q within %s", q.Steps, q.Within), func() (Funnel, error) { return funnelOf(x, steps, q.Within), nil })
}

// funnelSteps returns the stops that are asked for.
func (x *lived) funnelSteps(q FunnelQuery) ([]Stop, error) {
	const op = "journey.Funnel"
	if q.Within < 0 {
		return nil, cx.Errorf(cx.Invalid, op, "within is a time from the first step to the last, not %s", q.Within)
	}
	var stops []Stop
	for _, id := range q.Steps {
		stop, ok := x.stopOf(id)
		if !ok {
			return nil, cx.Errorf(cx.Invalid, op, "there is no step, touchpoint or event@touchpoint %q: there are %s", id, x.stopIDs())
		}
		stops = append(stops, stop)
	}
	if len(q.Steps) == 0 {
		return x.usualSteps(), nil
	}
	if len(stops) < leastFunnel || len(stops) > mostFunnel {
		return nil, cx.Errorf(cx.Invalid, op, "a funnel has %d to %d steps, not %d: choose among %s", leastFunnel, mostFunnel, len(stops), x.stopIDs())
	}
	return stops, nil
}

// usualSteps returns the steps of a funnel when none are asked for.
func (x *lived) usualSteps() (stops []Stop) {
	for _, n := range x.journey.Script {
		if n.Step != nil && !n.Optional {
			stops = append(stops, x.stepStop(*n.Step))
		}
	}
	if len(stops) < leastFunnel {
		stops = nil
		for i, n := range x.reaching() {
			if 2*n >= x.log.Cases() && n > 0 {
				stops = append(stops, x.stepStop(x.steps[i]))
			}
		}
	}
	if len(stops) < leastFunnel {
		return nil
	}
	return stops[:min(mostFunnel, len(stops))]
}

// reaching returns how many runs went through each step.
func (x *lived) reaching() []int {
	runs, last := make([]int, len(x.steps)), make([]int, len(x.steps))
	for c := range x.log.Cases() {
		from, to := x.log.Span(c)
		for _, a := range x.log.Activity[from:to] {
			if s := x.stepOf[a]; s >= 0 && last[s] != c+1 {
				last[s] = c + 1
				runs[s]++
			}
		}
	}
	return runs
}

// stopOf returns the stop of an id.
func (x *lived) stopOf(id string) (Stop, bool) {
	for _, s := range x.steps {
		if s.Slug == id {
			return x.stepStop(s), true
		}
	}
	if _, ok := x.model.Touchpoint(id); ok {
		return x.touchpointStop(id), true
	}
	for a := range x.log.Activities {
		if stop := x.eventStop(a); stop.ID == id {
			return stop, true
		}
	}
	return Stop{}, false
}

// stopIDs lists the ids of steps, or without a script of events, for a message.
func (x *lived) stopIDs() string {
	const most = 30
	var ids []string
	for _, s := range x.steps {
		ids = append(ids, s.Slug)
	}
	for a := 0; len(x.steps) == 0 && a < len(x.log.Activities); a++ {
		ids = append(ids, x.eventStop(a).ID)
	}
	if len(ids) == 0 {
		return "none, since nothing was lived yet"
	}
	if len(ids) > most {
		ids = append(ids[:most], "…")
	}
	return strings.Join(ids, ", ")
}

// is tells whether an activity is at the stop.
func (s Stop) is(steps []model.Step, a eventlog.Activity) bool {
	switch {
	case s.Event != "":
		return a.Name == s.Event && a.Touchpoint == s.Touchpoint
	case s.Step != "":
		i := slices.IndexFunc(steps, func(step model.Step) bool { return step.Slug == s.Step })
		return canBe(steps[i], a)
	}
	return a.Touchpoint == s.Touchpoint
}

func funnelOf(x *lived, stops []Stop, within time.Duration) Funnel {
	l := x.log
	matches := make([]uint32, len(l.Activities)) // by activity: a bit for each step that it is
	for a, activity := range l.Activities {
		for i, stop := range stops {
			if stop.is(x.steps, activity) {
				matches[a] |= 1 << i
			}
		}
	}
	f := Funnel{Runs: l.Cases(), Within: within, Limited: x.limited}
	reached, open := make([]int, len(stops)), make([]int, len(stops))
	times := make([][]int64, len(stops))
	instead := make([]map[int]int, len(stops)) // by step: how often each activity came instead; −1: nothing
	for i := range instead {
		instead[i] = map[int]int{}
	}
	w := newFunnelWalk(len(stops), within)
	for c := range l.Cases() {
		from, to := l.Span(c)
		w.walk(l, matches, from, to)
		for i, e := range w.way {
			reached[i]++
			if i > 0 {
				times[i] = append(times[i], l.At[e]-l.At[w.way[i-1]])
			}
		}
		last := len(w.way) - 1
		if last < 0 || last == len(stops)-1 {
			continue
		}
		runs := x.states[c] == Running || x.states[c] == Stuck
		if latest := w.best[last][0]; runs && (within == 0 || int64(x.now)-l.At[latest] <= within.Microseconds()) {
			open[last]++
			continue
		}
		next := -1
		if e := w.way[last] + 1; e < to {
			next = int(l.Activity[e])
		}
		instead[last][next]++
	}
	for i, stop := range stops {
		step := FunnelStep{Stop: stop, Reached: shareOf(reached[i], f.Runs), Came: shareOf(reached[i], f.Runs), Open: open[i]}
		if i > 0 {
			step.Came = shareOf(reached[i], reached[i-1])
			step.Time = timesIn(eventlog.SpreadOf(times[i]))
		}
		for _, n := range instead[i] {
			step.Lost += n
		}
		step.Instead = x.insteadOf(instead[i], step.Lost)
		f.Steps = append(f.Steps, step)
	}
	return f
}

// insteadOf returns the most frequent of what came instead.
func (x *lived) insteadOf(count map[int]int, lost int) []Instead {
	var activities []int
	for a := range count {
		activities = append(activities, a)
	}
	slices.SortFunc(activities, func(a, b int) int { return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(a, b)) })
	var out []Instead
	for _, a := range activities[:min(mostInstead, len(activities))] {
		one := Instead{Runs: shareOf(count[a], lost)}
		if a >= 0 {
			one.Stop = x.eventStop(a)
		}
		out = append(out, one)
	}
	return out
}

// funnelWalk finds how far runs come. For each number of steps it keeps the way
// that began latest, since whatever is in time for another is in time for it.
type funnelWalk struct {
	within int64   // µs; 0: any time
	best   [][]int // by the last step: the events of the way that began latest
	way    []int   // the events of the first way that went furthest
}

func newFunnelWalk(steps int, within time.Duration) *funnelWalk {
	return &funnelWalk{within: within.Microseconds(), best: make([][]int, steps)}
}

func (w *funnelWalk) walk(l *eventlog.Log, matches []uint32, from, to int) {
	w.way = w.way[:0]
	for i := range w.best {
		w.best[i] = w.best[i][:0]
	}
	for e := from; e < to; e++ {
		// The last step first, so that one event is one step of a way.
		for m := matches[l.Activity[e]]; m != 0; {
			i := bits.Len32(m) - 1
			m &^= 1 << i
			switch {
			case i == 0:
				w.best[0] = append(w.best[0][:0], e)
			case len(w.best[i-1]) == 0 || w.within > 0 && l.At[e]-l.At[w.best[i-1][0]] > w.within:
				continue
			case len(w.best[i]) > 0 && w.best[i][0] == w.best[i-1][0]:
				continue // it got as far already
			default:
				w.best[i] = append(append(w.best[i][:0], w.best[i-1]...), e)
			}
			if i >= len(w.way) {
				w.way = append(w.way[:0], w.best[i]...)
			}
		}
	}
}
