package journey

import (
	"slices"
	"sync"

	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/align"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/tree"
)

// way is how far a case came over which activities: cases that share it differ
// from the script alike, but for their times.
type way struct {
	activities string // two bytes each
	whole      bool   // it is over, so that all of the script should be in it
}

// alignments keeps how ways are explained by a script, however often the runs are
// read again while they go on. It is safe for concurrent use. The zero alignments
// is empty.
type alignments struct {
	mu         sync.Mutex
	aligner    *align.Aligner
	activities int // that the aligner knows
	known      map[way]align.Alignment
	moves      int // in known
}

// mostMoves bounds what alignments keep, to some 12 MB.
const mostMoves = 1 << 19

// explain returns the alignment of each way. accepts is asked once for each
// number of activities.
func (k *alignments) explain(script []model.Node, accepts func() [][]int, activities int, ways []way) ([]align.Alignment, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.aligner == nil || k.activities != activities {
		a, err := align.New(tree.FromScript(script), accepts())
		if err != nil {
			return nil, err
		}
		k.aligner, k.activities = a, activities
	}
	out := make([]align.Alignment, len(ways))
	var asked []int
	for i, w := range ways {
		one, known := k.known[w]
		if out[i] = one; !known {
			asked = append(asked, i)
		}
	}
	runs := make([][]uint16, len(asked))
	for i, n := range asked {
		runs[i] = ways[n].run()
	}
	aligner := k.aligner.Among(runs)
	align.Each(len(asked), func(i int) {
		if ways[asked[i]].whole {
			out[asked[i]] = aligner.Align(runs[i])
		} else {
			out[asked[i]] = aligner.Prefix(runs[i])
		}
	})
	for _, i := range asked {
		if k.known == nil || k.moves > mostMoves {
			k.known, k.moves = map[way]align.Alignment{}, 0
		}
		k.known[ways[i]] = out[i]
		k.moves += len(out[i].Moves)
	}
	return out, nil
}

// newWay returns the way over the activities.
func newWay(activities []uint16, whole bool) way {
	key := make([]byte, 0, 2*len(activities))
	for _, a := range activities {
		key = append(key, byte(a), byte(a>>8))
	}
	return way{string(key), whole}
}

// run returns the way's activities.
func (w *way) run() []uint16 {
	out := make([]uint16, len(w.activities)/2)
	for i := range out {
		out[i] = uint16(w.activities[2*i]) | uint16(w.activities[2*i+1])<<8
	}
	return out
}

// accepts returns of each activity the steps that it can be.
func (x *lived) accepts() [][]int {
	can := canBe
	if x.named {
		can = canBeNamed
	}
	out := make([][]int, len(x.log.Activities))
	for a, activity := range x.log.Activities {
		for i, s := range x.steps {
			if can(s, activity) {
				out[a] = append(out[a], i)
			}
		}
	}
	return out
}

// canBeNamed tells whether an activity of a file, which knows no touchpoints, can
// be the step: one of its events or, when it names none, by its name, its slug or
// its touchpoint's.
func canBeNamed(s model.Step, a eventlog.Activity) bool {
	if len(s.Events) > 0 {
		return slices.Contains(s.Events, a.Name)
	}
	return slices.Contains([]string{s.Slug, s.Touchpoint, s.Name.ES, s.Name.EN, s.Name.PT}, a.Name)
}
