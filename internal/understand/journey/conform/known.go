package conform

import (
	"sync"

	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/align"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/tree"
)

// way is how far a case came over which activities: cases that share it differ
// from the script alike, but for their times.
type way struct {
	activities string // two bytes each
	whole      bool   // it is over, so that all of the script should be in it
}

// Known keeps how ways are explained by a script, however often the runs are
// read again while they go on. It is safe for concurrent use. The zero Known is
// empty.
type Known struct {
	mu         sync.Mutex
	aligner    *align.Aligner
	activities int // that the aligner knows
	known      map[way]align.Alignment
	moves      int // in known
}

// mostMoves bounds what is kept, to some 12 MB.
const mostMoves = 1 << 19

// explain returns the alignment of each way.
func (k *Known) explain(script []model.Node, accepts [][]int, ways []way) ([]align.Alignment, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.aligner == nil || k.activities != len(accepts) {
		a, err := align.New(tree.FromScript(script), accepts)
		if err != nil {
			return nil, err
		}
		k.aligner, k.activities = a, len(accepts)
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
