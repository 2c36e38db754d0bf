package journey

import (
	"math"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
)

// What paths are told by; see By.
const (
	ByEvent      By = "event"      // each event at each touchpoint
	ByStep       By = "step"       // the script's steps; what is in none, by event
	ByTouchpoint By = "touchpoint" // the touchpoints; what is at none, by event
)

// Stop is what a path goes through: a step, a touchpoint, or an event there.
type Stop struct {
	ID         string     // of a step or touchpoint its slug, of an event event@touchpoint; unique in an answer
	Event      string     // "" of a step or touchpoint
	Touchpoint string     // slug; "": nowhere that the model knows
	Step       string     // slug; "": it is in no step
	Name       model.Text // of the step, or of the touchpoint; empty: the event's name is all there is
}

// canBe tells whether an activity can be the step.
func canBe(s model.Step, a eventlog.Activity) bool {
	return s.CanBe(a.Name, a.Touchpoint)
}

// stepStop returns a step as a stop.
func (x *lived) stepStop(s model.Step) Stop {
	return Stop{ID: s.Slug, Touchpoint: s.Touchpoint, Step: s.Slug, Name: x.nameOf(s)}
}

// nameOf returns a step's name: its own, or its touchpoint's.
func (x *lived) nameOf(s model.Step) model.Text {
	if s.Name != (model.Text{}) {
		return s.Name
	}
	touchpoint, _ := x.model.Touchpoint(s.Touchpoint)
	return touchpoint.Name
}

// touchpointStop returns the touchpoint of an activity as a stop.
func (x *lived) touchpointStop(slug string) Stop {
	touchpoint, _ := x.model.Touchpoint(slug)
	return Stop{ID: slug, Touchpoint: slug, Name: touchpoint.Name}
}

// eventStop returns an activity as a stop.
func (x *lived) eventStop(activity int) Stop {
	a := x.log.Activities[activity]
	stop := x.touchpointStop(a.Touchpoint)
	if step := x.stepOf[activity]; step >= 0 {
		stop.Step, stop.Name = x.steps[step].Slug, x.nameOf(x.steps[step])
	}
	stop.ID, stop.Event = a.Name+"@"+a.Touchpoint, a.Name
	return stop
}

// paths is how what was lived is told by By.
type paths struct {
	by    By
	stops []Stop
	of    []uint16 // by activity: its stop
}

// paths tells by what stops to tell what was lived: steps, touchpoints or events.
// By steps, the first stops are the script's, in its order, lived or not.
func (x *lived) paths(by By) (*paths, error) {
	if by == "" {
		by = ByTouchpoint
		if len(x.steps) > 0 {
			by = ByStep
		}
	}
	if by != ByEvent && by != ByStep && by != ByTouchpoint {
		return nil, cx.Errorf(cx.Invalid, "journey.paths", "paths are told by %q, %q or %q, not by %q", ByEvent, ByStep, ByTouchpoint, by)
	}
	return memo(x, "paths by "+string(by), func() (*paths, error) { return x.makePaths(by) })
}

func (x *lived) makePaths(by By) (*paths, error) {
	p := &paths{by: by, of: make([]uint16, len(x.log.Activities))}
	number := map[string]int{}
	add := func(stop Stop) int {
		n, ok := number[stop.ID]
		if !ok {
			n = len(p.stops)
			number[stop.ID] = n
			p.stops = append(p.stops, stop)
		}
		return n
	}
	if by == ByStep {
		for _, s := range x.steps {
			add(x.stepStop(s))
		}
	}
	for i, a := range x.log.Activities {
		var n int
		switch {
		case by == ByStep && x.stepOf[i] >= 0:
			n = x.stepOf[i]
		case by == ByTouchpoint && a.Touchpoint != "":
			n = add(x.touchpointStop(a.Touchpoint))
		default:
			n = add(x.eventStop(i))
		}
		if n > math.MaxUint16 {
			return nil, cx.Errorf(cx.TooLarge, "journey.paths", "more than %d steps and events: is an id part of an event's name?", math.MaxUint16)
		}
		p.of[i] = uint16(n)
	}
	return p, nil
}

// visits returns the log whose activities are the stops, and whose events begin a
// visit to one. Events at the same stop that follow one another are one visit,
// unless the same event comes again. It has what paths need and no more.
func (p *paths) visits(l *eventlog.Log) *eventlog.Log {
	out := &eventlog.Log{
		Activities: make([]eventlog.Activity, len(p.stops)), First: make([]uint32, 1, len(l.First)+1),
		Activity: make([]uint16, 0, l.Events()), At: make([]int64, 0, l.Events()),
	}
	for i, stop := range p.stops {
		out.Activities[i].Name = stop.ID
	}
	for c := range l.Cases() {
		from, to := l.Span(c)
		visit := from
		for e := from; e < to; e++ {
			a := l.Activity[e]
			if e > from && p.of[a] == p.of[l.Activity[visit]] && !slices.Contains(l.Activity[visit:e], a) {
				continue
			}
			visit = e
			out.Activity, out.At = append(out.Activity, p.of[a]), append(out.At, l.At[e])
			if l.Valence != nil {
				out.Valence = append(out.Valence, l.Valence[e])
			}
		}
		out.First = append(out.First, uint32(len(out.Activity)))
	}
	return out
}

// variants returns the variants of what was lived.
func (x *lived) variants() *eventlog.Variants {
	v, _ := memo(x, "variants", func() (*eventlog.Variants, error) { return eventlog.VariantsOf(x.log), nil })
	return v
}

// caseFelt returns the mean valence of a run's events, −2..+2; false when none
// is known.
func caseFelt(l *eventlog.Log, c int) (float64, bool) {
	if l.Valence == nil {
		return 0, false
	}
	sum, n := 0, 0
	for _, v := range l.Valence[l.First[c]:l.First[c+1]] {
		if v != eventlog.NoValence {
			sum += int(v)
			n++
		}
	}
	if n == 0 {
		return 0, false
	}
	return float64(sum) / 1000 / float64(n), true
}

// stateShares returns how many of the runs are so far, of each state.
func stateShares(states []State) []StateShare {
	count := map[State]int{}
	for _, s := range states {
		count[s]++
	}
	out := make([]StateShare, 0, 4)
	for _, s := range []State{Completed, Running, Stuck, Abandoned} {
		out = append(out, StateShare{State: s, Share: shareOf(count[s], len(states))})
	}
	return out
}
