package conform

import (
	"slices"

	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/align"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/tree"
)

// Kind says how a run differs from the script; "" is as designed.
type Kind string

// The kinds.
const (
	Skipped    Kind = "skipped"    // a step was not lived
	Repeated   Kind = "repeated"   // a step was lived again, and the script does not repeat it
	Unexpected Kind = "unexpected" // something was lived that the script does not have, or not on that way
	Delayed    Kind = "late"       // the step after it came, or is still to come, later than expected
	Disordered Kind = "disordered" // a step was lived, but not in its place
)

// Verdict is what one move of an alignment says of a run.
type Verdict struct {
	Kind  Kind
	Step  int // −1 of the unexpected
	Event int // place in the run; −1 of the skipped
}

// Way is a way told by the script.
type Way struct {
	align.Alignment
	Verdicts []Verdict
	Waits    []Wait
}

// Wait is the time from a step to the next, where the script expects that within
// a time. Event and Next are the places of the events that are the two; Next is −1
// while it has not come.
type Wait struct{ Step, Event, Next int }

// read tells the moves of an alignment: of what is in the script and was not
// lived, whether it was lived elsewhere in the run; of what was lived and is not
// in the script there, whether it is a step lived again.
func (d *design) read(a align.Alignment, activity func(event int) uint16) Way {
	out := Way{Alignment: a}
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
			out.Verdicts = append(out.Verdicts, Verdict{"", m.Label, m.Event})
		case align.Log:
			one := Verdict{Unexpected, -1, m.Event}
			for _, s := range d.accepts[activity(m.Event)] {
				if missing[s] > moved[s] {
					moved[s]++
					one = Verdict{Disordered, s, m.Event}
					break
				}
				if lived[s] || moved[s] > 0 {
					one = Verdict{Repeated, s, m.Event}
				}
			}
			out.Verdicts = append(out.Verdicts, one)
		case align.Model:
			out.Verdicts = append(out.Verdicts, Verdict{Skipped, m.Label, -1})
		}
	}
	out.Verdicts = slices.DeleteFunc(out.Verdicts, func(m Verdict) bool {
		if m.Kind != Skipped || moved[m.Step] == 0 {
			return false
		}
		moved[m.Step]--
		return true
	})
	out.Waits = d.waits(a)
	return out
}

// waits returns the times to the next step that the script expects.
func (d *design) waits(a align.Alignment) []Wait {
	var out []Wait
	for i, m := range a.Moves {
		if m.Kind != align.Sync || d.steps[m.Label].Within == 0 || !d.goesOn[m.Label] {
			continue
		}
		one := Wait{m.Label, m.Event, -1}
		for _, n := range a.Moves[i+1:] {
			if n.Kind == align.Sync && !d.beside[m.Label][n.Label] {
				one.Next = n.Event
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

func newDesign(script []model.Node, accepts [][]int) *design {
	t, steps := tree.FromScript(script), model.Journey{Script: script}.Steps()
	d := &design{steps: steps, accepts: accepts, goesOn: make([]bool, len(steps)), beside: make([][]bool, len(steps))}
	follows := t.Follows(len(steps))
	for i, next := range follows.Next {
		d.goesOn[i] = slices.Contains(next, true)
		d.beside[i] = make([]bool, len(steps))
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

// Ways are all ways of a log told by a script.
type Ways struct {
	Ways []Way    // of each variant twice: as a whole run, and as one that is not over; empty when no case is so
	Of   []uint32 // by case: its way
}

// Read tells each way of the runs by the script: the variants' activities, of which
// accepts says the steps that they can be. Of a whole run all of the script should
// be there. The error is cx.Invalid when branches that are lived in parallel cannot
// be told apart.
func Read(script []model.Node, accepts [][]int, variants *eventlog.Variants, whole func(c int) bool, known *Known) (*Ways, error) {
	out := &Ways{Ways: make([]Way, 2*len(variants.List)), Of: make([]uint32, len(variants.Of))}
	used := make([]bool, len(out.Ways))
	for c, v := range variants.Of {
		out.Of[c] = 2 * v
		if !whole(c) {
			out.Of[c]++
		}
		used[out.Of[c]] = true
	}
	var places []int
	var ways []way
	for i, is := range used {
		if is {
			places = append(places, i)
			ways = append(ways, newWay(variants.List[i/2].Activities, i%2 == 0))
		}
	}
	explained, err := known.explain(script, accepts, ways)
	if err != nil {
		return nil, err
	}
	d := newDesign(script, accepts)
	align.Each(len(places), func(i int) {
		activities := variants.List[places[i]/2].Activities
		out.Ways[places[i]] = d.read(explained[i], func(event int) uint16 { return activities[event] })
	})
	return out, nil
}
