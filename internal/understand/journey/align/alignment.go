package align

import (
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/tree"
)

// Kind is what a move says.
type Kind uint8

// The kinds of moves. Silent leaves make no move.
const (
	Sync  Kind = iota // lived, and the tree has it here
	Log               // lived, and the tree does not have it here
	Model             // the tree has it here, and it was not lived
)

// Move is one step of an alignment.
type Move struct {
	Kind  Kind
	Event int // place in the run, from 0; −1 of a model move
	Label int // of the leaf; −1 of a log move
}

// Alignment is one of the cheapest explanations of a run by a tree; among these,
// one with the most events explained. The same run gives the same one each time.
type Alignment struct {
	Moves   []Move
	Cost    int     // how many log and model moves
	Fitness float64 // 1 − the cost as a share of the worst there could be
	Upper   bool    // past the bound of work: there may be a cheaper one
}

// Aligner aligns runs with one tree. It is immutable and safe for concurrent use.
type Aligner struct {
	root     *automaton
	accepts  [][]int
	shortest int
	bound    int // of the work on one run
}

// Same returns the accepts of activities that are the labels themselves.
func Same(n int) [][]int {
	out := make([][]int, n)
	for i := range out {
		out[i] = []int{i}
	}
	return out
}

// New returns an aligner of runs with the tree. accepts says of each activity
// which labels it can be; an activity past its end can be none. The error is
// cx.Invalid when an activity can be a leaf of two branches that are lived in
// parallel: then nobody can say which branch was lived.
func New(t *tree.Tree, accepts [][]int) (*Aligner, error) {
	root, err := compile(t, accepts)
	if err != nil {
		return nil, cx.Wrap("align.New", err)
	}
	return &Aligner{root: root, accepts: accepts, shortest: t.Shortest(), bound: mostWork}, nil
}

// Among returns the aligner for runs that are asked for together: when all of
// them are more work than is done at once, each has its share of it as its bound.
func (a *Aligner) Among(runs [][]uint16) *Aligner {
	one, work := *a, 0
	for _, run := range runs {
		if work += min(mostWork, a.work(a.root, run, 1)); work > allWork {
			one.bound = max(leastWork, allWork/len(runs))
			break
		}
	}
	return &one
}

// Align explains a whole run. Its fitness is 1 − cost/(events + leaves of the
// shortest run of the tree).
func (a *Aligner) Align(run []uint16) Alignment { return a.explain(run, false) }

// Prefix explains a run that goes on: what may still come is not missing in it.
// Its fitness is 1 − cost/events.
func (a *Aligner) Prefix(run []uint16) Alignment { return a.explain(run, true) }

func (a *Aligner) explain(run []uint16, prefix bool) Alignment {
	moves, upper := a.moves(run, prefix)
	out := Alignment{Moves: moves, Fitness: 1, Upper: upper}
	for _, m := range moves {
		if m.Kind != Sync {
			out.Cost++
		}
	}
	worst := len(run)
	if !prefix {
		worst += a.shortest
	}
	if worst > 0 {
		out.Fitness = 1 - float64(out.Cost)/float64(worst)
	}
	return out
}

// Fit is how a log fits a tree.
type Fit struct {
	Alignments []Alignment // of each variant
	Cases      int
	Fitness    float64 // the mean over cases; 1 of none
	Fitting    int     // cases without a deviation
	Upper      int     // cases whose fitness may be higher than told
}

// Fit aligns whole variants, several at once.
func (a *Aligner) Fit(variants []eventlog.Variant) Fit {
	out := Fit{Alignments: make([]Alignment, len(variants)), Fitness: 1}
	runs := make([][]uint16, len(variants))
	for i, v := range variants {
		runs[i] = v.Activities
	}
	among := a.Among(runs)
	Each(len(runs), func(i int) { out.Alignments[i] = among.Align(runs[i]) })
	var sum float64
	for i, v := range variants {
		told := out.Alignments[i]
		out.Cases += v.Cases
		sum += float64(v.Cases) * told.Fitness
		if told.Cost == 0 {
			out.Fitting += v.Cases
		}
		if told.Upper {
			out.Upper += v.Cases
		}
	}
	if out.Cases > 0 {
		out.Fitness = sum / float64(out.Cases)
	}
	return out
}

// Each calls do for every number below n, on all processors at once.
func Each(n int, do func(i int)) {
	var next atomic.Int64
	var all sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		all.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	all.Wait()
}
