package journey

import (
	"math"
	"math/bits"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
)

// statesOf returns how far each case is. A run that lived an end is completed or
// abandoned, as the end says; so is one that was silent for the journey's time:
// completed where the journey declares no end. One that goes on is stuck when it
// has waited longer than the script expects of the step where it is; where that
// expects nothing, longer than nine in ten runs waited there, those that never
// went on among them.
func statesOf(l *eventlog.Log, j model.Journey, steps []model.Step, stepOf []int, now cx.Time) []State {
	out := make([]State, l.Cases())
	silence := j.Silence.Microseconds()
	for c := range out {
		_, to := l.Span(c)
		ending := eventlog.Open
		if l.Ending != nil {
			ending = l.Ending[c]
		}
		switch {
		case ending == eventlog.Reached:
			out[c] = Completed
		case ending == eventlog.Abandoned:
			out[c] = Abandoned
		case silence == 0 || int64(now)-l.At[to-1] < silence:
			out[c] = Running
		case len(j.End) == 0:
			out[c] = Completed
		default:
			out[c] = Abandoned
		}
	}
	patience := patienceOf(l, out, steps, stepOf)
	for c := range out {
		_, to := l.Span(c)
		if out[c] == Running && int64(now)-l.At[to-1] > patience[l.Activity[to-1]] {
			out[c] = Stuck
		}
	}
	return out
}

// leastWaits is how many runs must have waited at a step before it can be told
// what nine in ten do.
const leastWaits = 10

// patienceOf returns by activity how long, in µs, a run may wait after it and not
// be stuck.
func patienceOf(l *eventlog.Log, states []State, steps []model.Step, stepOf []int) []int64 {
	at := make([]bool, len(l.Activities)) // where running runs are, and the script expects nothing
	patience := make([]int64, len(l.Activities))
	for a := range patience {
		patience[a] = math.MaxInt64
		if s := stepOf[a]; s >= 0 && steps[s].Within > 0 {
			patience[a] = steps[s].Within.Microseconds()
		}
	}
	for c, state := range states {
		_, to := l.Span(c)
		if a := l.Activity[to-1]; state == Running && patience[a] == math.MaxInt64 {
			at[a] = true
		}
	}
	waits := make([]*waitCounts, len(l.Activities))
	for a := range at {
		if at[a] {
			waits[a] = newWaitCounts()
		}
	}
	for c, state := range states {
		from, to := l.Span(c)
		for e := from; e < to; e++ {
			w := waits[l.Activity[e]]
			switch {
			case w == nil:
			case e+1 < to:
				w.add(l.At[e+1] - l.At[e])
			case state != Running:
				w.never++
			}
		}
	}
	for a, w := range waits {
		if w != nil && w.n+w.never >= leastWaits {
			patience[a] = w.nineInTen()
		}
	}
	return patience
}

// waitCounts counts times by their length, to within a thirty-second of it.
type waitCounts struct {
	counts   []uint32
	n, never int
}

const waitBits = 5

func newWaitCounts() *waitCounts { return &waitCounts{counts: make([]uint32, 64<<waitBits)} }

func (w *waitCounts) add(t int64) {
	w.counts[waitClass(max(t, 0))]++
	w.n++
}

// waitClass returns the class of a time: its highest bit and the five below.
func waitClass(t int64) int {
	if t < 1<<waitBits {
		return int(t)
	}
	shift := bits.Len64(uint64(t)) - 1 - waitBits
	return (shift+1)<<waitBits + int(t>>shift) - 1<<waitBits
}

// nineInTen returns the least time that nine in ten do not pass, rounded up to
// the end of its class; that they never went on is longer than any.
func (w *waitCounts) nineInTen() int64 {
	left := (9*(w.n+w.never) + 9) / 10
	for class, n := range w.counts {
		if left -= int(n); left <= 0 {
			return classEnd(class)
		}
	}
	return math.MaxInt64
}

// classEnd returns the greatest time of a class.
func classEnd(class int) int64 {
	if class < 1<<waitBits {
		return int64(class)
	}
	shift := class>>waitBits - 1
	return (int64(class&(1<<waitBits-1))|1<<waitBits+1)<<shift - 1
}
