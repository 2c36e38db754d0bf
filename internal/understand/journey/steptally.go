package journey

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/stats"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
)

// mostSlots bounds the steps of a map: those lived least are left out.
const mostSlots = 100

// slots are what a map has columns for: the steps of the script, then the
// touchpoints where something was lived that is in no step; what has no
// touchpoint stands by its name.
type slots struct {
	steps  []MapStep // what they are; nothing of how they were lived
	script int       // how many are of the script
	of     []int     // by activity number; −1: left out
}

func (x *lived) slots() slots {
	out := slots{script: len(x.steps), of: make([]int, len(x.log.Activities))}
	for _, s := range x.steps {
		out.steps = append(out.steps, x.describe(MapStep{Step: s, Name: s.Name, Designed: true}))
	}
	lived := make([]int, len(x.log.Activities))
	for _, a := range x.log.Activity {
		lived[a]++
	}
	type beside struct {
		step   model.Step
		n      int
		events map[string]int
	}
	var others []beside
	number := map[string]int{}
	for a, activity := range x.log.Activities {
		if out.of[a] = x.stepOf[a]; out.of[a] >= 0 || lived[a] == 0 {
			continue
		}
		slug := cmp.Or(activity.Touchpoint, activity.Name)
		i, ok := number[slug]
		if !ok {
			i = len(others)
			number[slug] = i
			others = append(others, beside{step: model.Step{Slug: slug, Touchpoint: activity.Touchpoint}, events: map[string]int{}})
		}
		others[i].n += lived[a]
		others[i].events[activity.Name] += lived[a]
	}
	slices.SortStableFunc(others, func(a, b beside) int { return cmp.Compare(b.n, a.n) })
	clear(number)
	for _, o := range others[:min(len(others), max(0, mostSlots-len(x.steps)))] {
		number[o.step.Slug] = len(out.steps)
		o.step.Events = slices.SortedFunc(maps.Keys(o.events), func(a, b string) int {
			return cmp.Or(cmp.Compare(o.events[b], o.events[a]), cmp.Compare(a, b))
		})
		out.steps = append(out.steps, x.describe(MapStep{Step: o.step}))
	}
	for a, activity := range x.log.Activities {
		if out.of[a] < 0 {
			if i, ok := number[cmp.Or(activity.Touchpoint, activity.Name)]; ok {
				out.of[a] = i
			}
		}
	}
	return out
}

// designed returns the steps of the script or, without one, all that was lived.
func (s *slots) designed() []MapStep {
	if s.script > 0 {
		return s.steps[:s.script]
	}
	return s.steps
}

// activities tells of each activity whether it is of the slot.
func (s *slots) activities(slot int) []bool {
	out := make([]bool, len(s.of))
	for a, of := range s.of {
		out[a] = of == slot
	}
	return out
}

// describe adds what the model says of the touchpoint.
func (x *lived) describe(s MapStep) MapStep {
	t, ok := x.model.Touchpoint(s.Step.Touchpoint)
	if !ok {
		return s
	}
	s.Channel, s.Area, s.Supplier, s.Icon = t.Channel, t.Area, t.Supplier, t.Icon
	s.Step.Stage = cmp.Or(s.Step.Stage, t.Stage)
	if s.Name == (model.Text{}) {
		s.Name = t.Name
	}
	return s
}

// valences add up valences in thousandths, to the digit in any order.
type valences struct{ n, sum, squares int64 }

func (v *valences) add(thousandths int64) {
	v.n++
	v.sum += thousandths
	v.squares += thousandths * thousandths
}

func (v *valences) join(o valences) {
	v.n += o.n
	v.sum += o.sum
	v.squares += o.squares
}

func (v valences) moments() stats.Moments {
	return stats.Moments{N: int(v.n), Sum: float64(v.sum) / 1e3, Squares: float64(v.squares) / 1e6}
}

func (v valences) sample() stats.Sample { return v.moments().Sample() }

// stepTally is what the runs add up to at one slot.
type stepTally struct {
	events, reached, repeated int
	due, kept                 int
	last                      int   // completed runs that end there
	place                     int64 // sum of where in its run each event is, in thousandths of the run
	felt                      valences
	past                      [2]valences // from eight to four weeks ago, and in the last four
	waits                     []time.Duration
}

func (t *stepTally) join(o *stepTally) {
	t.events += o.events
	t.reached += o.reached
	t.repeated += o.repeated
	t.due += o.due
	t.kept += o.kept
	t.last += o.last
	t.place += o.place
	t.felt.join(o.felt)
	t.past[0].join(o.past[0])
	t.past[1].join(o.past[1])
	t.waits = append(t.waits, o.waits...)
}

// tally is one pass over the runs for the map.
type tally struct {
	steps []stepTally
	days  []valences // how it was felt at each slot on each day: days of the calendar for each slot
	runs  valences   // of the mean of each run
}

// past is how long the last period is when the filter has none, in days.
const past = 28

func (x *lived) tallies(s slots, k calendar) tally {
	parts := make([]tally, x.log.Parts())
	x.log.Shares(func(part, from, to int) {
		w := walker{x: x, slots: s, calendar: k, seen: make([]int, len(x.log.Activities)), reached: make([]int, len(s.steps)), again: make([]int, len(s.steps))}
		w.out = tally{steps: make([]stepTally, len(s.steps)), days: make([]valences, len(s.steps)*k.days())}
		for c := from; c < to; c++ {
			w.walk(c)
		}
		parts[part] = w.out
	})
	for _, p := range parts[1:] {
		parts[0].runs.join(p.runs)
		for i := range p.steps {
			parts[0].steps[i].join(&p.steps[i])
		}
		for i := range p.days {
			parts[0].days[i].join(p.days[i])
		}
	}
	return parts[0]
}

// walker tallies a range of runs. Seen, reached and again say, for each activity
// and slot, of which case (and one more) this was last so.
type walker struct {
	x                    *lived
	slots                slots
	calendar             calendar
	seen, reached, again []int
	out                  tally
}

func (w *walker) walk(c int) {
	x, l := w.x, w.x.log
	from, to := l.Span(c)
	state := x.states[c]
	period := -1
	if ago := x.now.Sub(cx.Time(l.At[from])); ago < 2*past*24*time.Hour {
		period = 1 - int(max(0, ago)/(past*24*time.Hour))
	}
	var run valences
	next, nextAt, last := -1, int64(0), true
	for e := to - 1; e >= from; e-- {
		a := l.Activity[e]
		s := w.slots.of[a]
		if s < 0 {
			continue
		}
		t := &w.out.steps[s]
		t.events++
		t.place += int64(e-from) * 1000 / int64(to-from)
		if last && state == Completed {
			t.last++
		}
		last = false
		if w.reached[s] != c+1 {
			w.reached[s] = c + 1
			t.reached++
		}
		if w.seen[a] == c+1 && w.again[s] != c+1 {
			w.again[s] = c + 1
			t.repeated++
		}
		w.seen[a] = c + 1
		if l.Valence != nil && l.Valence[e] != eventlog.NoValence {
			v := int64(l.Valence[e])
			t.felt.add(v)
			run.add(v)
			if period >= 0 {
				t.past[period].add(v)
			}
			if d := w.calendar.day(l.At[e]); d >= 0 {
				w.out.days[s*w.calendar.days()+d].add(v)
			}
		}
		if s >= w.slots.script && w.slots.script > 0 { // beside the script: until whatever is next
			if e+1 < to {
				t.waits = append(t.waits, micro(l.At[e+1]-l.At[e]))
			}
			continue
		}
		// Stays: from the last event in a step to the first of the next one.
		if s != next {
			w.stay(t, w.slots.steps[s].Step.Within, state, next >= 0, l.At[e], nextAt)
			next = s
		}
		nextAt = l.At[e]
	}
	if run.n > 0 {
		w.out.runs.add(run.sum / run.n)
	}
}

// stay counts how long a run took from a step to the next one.
func (w *walker) stay(t *stepTally, within time.Duration, state State, moved bool, at, next int64) {
	switch wait := micro(next - at); {
	case moved:
		t.waits = append(t.waits, wait)
		if within > 0 {
			t.due++
			if wait <= within {
				t.kept++
			}
		}
	case within > 0 && (state == Running || state == Stuck) && w.x.now.Sub(cx.Time(at)) > within:
		t.due++ // it goes on, and the next step did not come; who gave up is not late
	}
}

func micro(us int64) time.Duration { return time.Duration(us) * time.Microsecond }
