package script

import (
	"cmp"
	"encoding/binary"
	"slices"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/align"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/discover"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/tree"
)

// Learned is a script made from what was lived.
type Learned struct {
	Nodes   []model.Node
	Runs    int // that lived anything at a touchpoint of the model
	Allowed int // of these, those whose way the script allows
	Ways    int // how many different ways those are
}

// Bounds of a script that is learned.
const (
	mostSteps = 60 // more would be no script that somebody reads
	deepest   = 4  // branchings inside each other, as many as a model may have
	least     = 10 // times a step was lived for its feeling and its time to be told
)

// Learn returns the script that the commonest ways fit, of as many runs as the
// coverage says (0–1): the inductive miner's tree of them, told as steps, choices
// and what is lived in parallel. What is no step, choice or parallel (a stretch
// that is skipped or repeated as a whole) is told by the narrowest of these that
// allows it. A step expects the next one within the time that nine in ten runs
// took, and the feeling that it had on average. The ends are the journey's. The
// error is cx.Conflict when there is nothing to learn from.
func Learn(log *eventlog.Log, m *model.Model, ends []model.Mark, coverage float64) (Learned, error) {
	w := &writer{log: log, model: m, ends: ends, steps: map[int]model.Step{}}
	variants, cases := w.ways()
	if cases == 0 {
		return Learned{}, cx.Errorf(cx.Conflict, "", "nobody has lived this journey at a touchpoint of the model yet: there is nothing to learn from")
	}
	chosen, activities := commonest(variants, coverage, cases)
	w.name(activities)
	out := Learned{Nodes: w.sequence(discover.Inductive(chosen, 0), 0), Runs: cases}
	w.settle(out.Nodes, standing{})
	a, err := align.New(tree.FromScript(out.Nodes), w.accepts(out.Nodes))
	if err != nil {
		return Learned{}, err
	}
	for i, one := range a.Fit(variants).Alignments {
		if one.Cost == 0 {
			out.Allowed += variants[i].Cases
			out.Ways++
		}
	}
	return out, nil
}

// known tells whether an activity is of a touchpoint of the model, so that a step
// can be made of it.
func (w *writer) known(a uint16) bool {
	activity := w.log.Activities[a]
	touchpoint, ok := w.model.Touchpoint(activity.Touchpoint)
	return ok && slices.ContainsFunc(touchpoint.Events, func(e model.TouchpointEvent) bool { return e.Name == activity.Name })
}

// ways returns the variants of what is known, the commonest first, and how many
// cases lived any of it.
func (w *writer) ways() (out []eventlog.Variant, cases int) {
	known := make([]bool, len(w.log.Activities))
	for a := range known {
		known[a] = w.known(uint16(a)) //nolint:gosec // activities are numbered in 16 bits
	}
	place := map[string]int{}
	for _, v := range eventlog.VariantsOf(w.log).List {
		v.Activities = slices.DeleteFunc(slices.Clone(v.Activities), func(a uint16) bool { return !known[a] })
		if len(v.Activities) == 0 {
			continue
		}
		cases += v.Cases
		bytes, _ := binary.Append(nil, binary.NativeEndian, v.Activities) // of numbers it never fails
		key := string(bytes)
		if i, met := place[key]; met {
			out[i].Cases += v.Cases
			continue
		}
		place[key] = len(out)
		out = append(out, v)
	}
	slices.SortStableFunc(out, func(a, b eventlog.Variant) int { return cmp.Compare(b.Cases, a.Cases) })
	return out, cases
}

// commonest returns the ways that cover a share of the cases, as long as they do
// not have more steps than are read, and the activities of these.
func commonest(variants []eventlog.Variant, coverage float64, cases int) (chosen []eventlog.Variant, activities []int) {
	covered := 0
	for _, v := range variants {
		if float64(covered) >= coverage*float64(cases) {
			break
		}
		with := slices.Clone(activities)
		for _, a := range v.Activities {
			if !slices.Contains(with, int(a)) {
				with = append(with, int(a))
			}
		}
		if len(chosen) > 0 && len(with) > mostSteps {
			continue
		}
		covered += v.Cases
		chosen, activities = append(chosen, v), with
	}
	return chosen, activities
}

// expected returns by activity the time that nine in ten took to the next that is
// a step, in the unit that says it briefly; 0 where too few are known.
func (w *writer) expected() []time.Duration {
	log := w.log
	times := make([][]time.Duration, len(log.Activities))
	for c := range log.Cases() {
		from, to := log.Span(c)
		last := -1
		for e := from; e < to; e++ {
			if _, step := w.steps[int(log.Activity[e])]; !step {
				continue
			}
			if last >= 0 {
				a := log.Activity[last]
				times[a] = append(times[a], time.Duration(log.At[e]-log.At[last])*time.Microsecond)
			}
			last = e
		}
	}
	out := make([]time.Duration, len(times))
	for a := range times {
		if len(times[a]) >= least {
			out[a] = brief(nineInTen(times[a]))
		}
	}
	return out
}

// nineInTen returns the time that nine in ten stay within, and orders the times.
func nineInTen(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[(9*len(times)+9)/10-1]
}

// brief rounds a time up to what somebody would promise.
func brief(t time.Duration) time.Duration {
	unit := 5 * time.Minute
	switch {
	case t > 2*24*time.Hour:
		unit = 24 * time.Hour
	case t > 3*time.Hour:
		unit = time.Hour
	case t > 30*time.Minute:
		unit = 30 * time.Minute
	}
	return max(unit, (t+unit-1)/unit*unit)
}
