package journey

import (
	"cmp"
	"slices"
	"time"

	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/align"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/tree"
)

// DeviationKind says how a run differs from the script.
type DeviationKind string

// The kinds.
const (
	Skipped    DeviationKind = "skipped"    // a step was not lived
	Repeated   DeviationKind = "repeated"   // a step was lived again, and the script does not repeat it
	Unexpected DeviationKind = "unexpected" // something was lived that the script does not have, or not on that way
	Delayed    DeviationKind = "late"       // the step after it came, or is still to come, later than expected
	Disordered DeviationKind = "disordered" // a step was lived, but not in its place
)

// Deviation is one way in which runs differ from the script.
type Deviation struct {
	ID         string // kind ":" step, or kind ":" event "@" touchpoint
	Kind       DeviationKind
	Step       *model.Step // nil of the unexpected
	Event      string      // of the unexpected
	Touchpoint string
	Runs       Share // that have it
	Times      int   // how often, over all runs
	By         Times // of the late: how much later than expected
}

// incidence is which cases have which deviation.
type incidence struct {
	deviations []Deviation     // the commonest first; of as many, by id
	cases      []eventlog.Mask // of each deviation
}

// verdict is what one move of an alignment says of a run.
type verdict struct {
	kind  DeviationKind // "": as designed
	step  int           // −1 of the unexpected
	event int           // place in the run; −1 of the skipped
}

// reading is a way told by the script.
type reading struct {
	align.Alignment
	verdicts []verdict
	waits    []wait
}

// wait is the time from a step to the next, where the script expects that within
// a time. next is the place of the event that is the next step; −1: it has not
// come.
type wait struct{ step, event, next int }

// read tells the moves of an alignment: of what is in the script and was not
// lived, whether it was lived elsewhere in the run; of what was lived and is not
// in the script there, whether it is a step lived again.
func (d *design) read(a align.Alignment, activity func(event int) uint16) reading {
	out := reading{Alignment: a}
	missing := map[int]int{} // by step: how often it is in the script and was not lived there
	lived := map[int]bool{}
	for _, m := range a.Moves {
		switch m.Kind {
		case align.Model:
			missing[m.Label]++
		case align.Sync:
			lived[m.Label] = true
		case align.Log:
		}
	}
	moved := map[int]int{} // by step: how often it was lived elsewhere
	for _, m := range a.Moves {
		switch m.Kind {
		case align.Sync:
			out.verdicts = append(out.verdicts, verdict{"", m.Label, m.Event})
		case align.Log:
			one := verdict{Unexpected, -1, m.Event}
			for _, s := range d.accepts[activity(m.Event)] {
				if missing[s] > moved[s] {
					moved[s]++
					one = verdict{Disordered, s, m.Event}
					break
				}
				if lived[s] || moved[s] > 0 {
					one = verdict{Repeated, s, m.Event}
				}
			}
			out.verdicts = append(out.verdicts, one)
		case align.Model:
			out.verdicts = append(out.verdicts, verdict{Skipped, m.Label, -1})
		}
	}
	out.verdicts = slices.DeleteFunc(out.verdicts, func(m verdict) bool {
		if m.kind != Skipped || moved[m.step] == 0 {
			return false
		}
		moved[m.step]--
		return true
	})
	out.waits = d.waits(a)
	return out
}

// waits returns the times to the next step that the script expects.
func (d *design) waits(a align.Alignment) []wait {
	var out []wait
	for i, m := range a.Moves {
		if m.Kind != align.Sync || d.steps[m.Label].Within == 0 || !d.goesOn[m.Label] {
			continue
		}
		one := wait{m.Label, m.Event, -1}
		for _, n := range a.Moves[i+1:] {
			if n.Kind == align.Sync && !d.beside[m.Label][n.Label] {
				one.next = n.Event
				break
			}
		}
		out = append(out, one)
	}
	return out
}

// design is what a script says of its steps.
type design struct {
	steps   []model.Step
	accepts [][]int  // by activity: the steps that it can be
	goesOn  []bool   // by step: another may come after it
	beside  [][]bool // by steps: they are in different branches of a parallel
}

func (x *lived) design() *design {
	t := tree.FromScript(x.journey.Script)
	d := &design{steps: x.steps, accepts: x.accepts(), goesOn: make([]bool, len(x.steps)), beside: make([][]bool, len(x.steps))}
	follows := t.Follows(len(x.steps))
	for i, next := range follows.Next {
		d.goesOn[i] = slices.Contains(next, true)
		d.beside[i] = make([]bool, len(x.steps))
	}
	d.apart(t)
	return d
}

// apart notes which steps are in different branches of a parallel.
func (d *design) apart(t *tree.Tree) {
	for i, c := range t.Children {
		d.apart(c)
		for _, other := range t.Children[:i] {
			if t.Op != tree.Parallel {
				break
			}
			for _, a := range c.Labels(nil) {
				for _, b := range other.Labels(nil) {
					d.beside[a][b], d.beside[b][a] = true, true
				}
			}
		}
	}
}

// readings are all ways of a log told by the script.
type readings struct {
	ways []reading // of each variant twice: as a whole run, and as one that is not over; empty when no case is so
	of   []uint32  // by case: its way
}

// read tells each way of the runs by the script. It is kept as long as the runs.
func (x *lived) read() (*readings, error) {
	return memo(x, "readings", func() (*readings, error) {
		variants := x.variants()
		out := &readings{ways: make([]reading, 2*len(variants.List)), of: make([]uint32, x.log.Cases())}
		used := make([]bool, len(out.ways))
		for c, v := range variants.Of {
			out.of[c] = 2 * v
			if x.states[c] != Completed {
				out.of[c]++
			}
			used[out.of[c]] = true
		}
		var places []int
		var ways []way
		for i, is := range used {
			if is {
				places = append(places, i)
				ways = append(ways, newWay(variants.List[i/2].Activities, i%2 == 0))
			}
		}
		kept := x.held
		if kept == nil {
			kept = &alignments{}
		}
		d := x.design()
		explained, err := kept.explain(x.journey.Script, func() [][]int { return d.accepts }, len(x.log.Activities), ways)
		if err != nil {
			return nil, err
		}
		align.Each(len(places), func(i int) {
			activities := variants.List[places[i]/2].Activities
			out.ways[places[i]] = d.read(explained[i], func(event int) uint16 { return activities[event] })
		})
		return out, nil
	})
}

// lateness returns by how much the next step came, or is, later than expected in
// a case; false when it is not late. Where a run is over nothing is to come: that
// the next step never came is no lateness, its state tells it.
func (x *lived) lateness(c int, w wait) (by time.Duration, next int64, late bool) {
	from := x.log.First[c]
	due := x.log.At[int(from)+w.event] + x.steps[w.step].Within.Microseconds()
	until := int64(x.now)
	switch {
	case w.next >= 0:
		next = x.log.At[int(from)+w.next]
		until = next
	case x.states[c] == Completed || x.states[c] == Abandoned:
		return 0, 0, false
	}
	return time.Duration(until-due) * time.Microsecond, next, until > due
}

// deviationsOf returns which cases of x have which deviation; none without a
// script. It is kept as long as x's runs.
func deviationsOf(x *lived) (*incidence, error) {
	h, err := x.conformed()
	if err != nil {
		return nil, err
	}
	return &h.incidence, nil
}

// counting gathers deviations while cases are walked.
type counting struct {
	x       *lived
	of      map[string]int
	all     []Deviation
	cases   []eventlog.Mask
	lateBy  [][]time.Duration
	numbers [][]int // by way: the deviations of each of its cases, with repetition
	waits   []int   // by step: its late deviation; −1
}

// number returns the number of the deviation that a verdict tells of.
func (k *counting) number(m verdict, activity uint16) int {
	d := Deviation{Kind: m.kind}
	if m.step >= 0 {
		s := k.x.steps[m.step]
		d.Step, d.Touchpoint, d.ID = &s, s.Touchpoint, string(m.kind)+":"+s.Slug
	} else {
		a := k.x.log.Activities[activity]
		d.Event, d.Touchpoint, d.ID = a.Name, a.Touchpoint, string(m.kind)+":"+a.Name+"@"+a.Touchpoint
	}
	n, known := k.of[d.ID]
	if !known {
		n = len(k.all)
		k.of[d.ID] = n
		k.all, k.lateBy = append(k.all, d), append(k.lateBy, nil)
		k.cases = append(k.cases, eventlog.NewMask(k.x.log.Cases()))
	}
	return n
}

// incidenceOf walks the cases and tells which have which deviation.
func (x *lived) incidenceOf(r *readings) incidence {
	k := &counting{x: x, of: map[string]int{}, numbers: make([][]int, len(r.ways))}
	variants := x.variants()
	for i, w := range r.ways {
		for _, m := range w.verdicts {
			if m.kind == "" {
				continue
			}
			var activity uint16
			if m.event >= 0 {
				activity = variants.List[i/2].Activities[m.event]
			}
			k.numbers[i] = append(k.numbers[i], k.number(m, activity))
		}
	}
	for i, s := range x.steps {
		k.waits = append(k.waits, -1)
		if s.Within > 0 {
			k.waits[i] = k.number(verdict{Delayed, i, -1}, 0)
		}
	}
	for c, w := range r.of {
		for _, n := range k.numbers[w] {
			k.cases[n].Add(c)
			k.all[n].Times++
		}
		for _, one := range r.ways[w].waits {
			if by, _, late := x.lateness(c, one); late {
				n := k.waits[one.step]
				k.cases[n].Add(c)
				k.all[n].Times++
				k.lateBy[n] = append(k.lateBy[n], by)
			}
		}
	}
	return k.incidence()
}

// incidence returns those that some case has, the commonest first.
func (k *counting) incidence() incidence {
	var order []int
	for n := range k.all {
		d := &k.all[n]
		if cases := k.cases[n].Count(); cases > 0 {
			d.Runs, d.By = shareOf(cases, k.x.log.Cases()), timesOf(k.lateBy[n])
			order = append(order, n)
		}
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(k.all[b].Runs.K, k.all[a].Runs.K), cmp.Compare(k.all[a].ID, k.all[b].ID))
	})
	var out incidence
	for _, n := range order {
		out.deviations, out.cases = append(out.deviations, k.all[n]), append(out.cases, k.cases[n])
	}
	return out
}
