package align

import "github.com/vivencia-cx/vivencia/internal/understand/journey/tree"

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
	Moves   []Move // nil when Long
	Cost    int    // how many log and model moves
	Fitness float64
	Upper   bool // past the bound of work: there may be a cheaper one
	Long    bool // past the bound of memory: only the cost is known
}

// Aligner aligns runs with one tree. It is immutable and safe for concurrent use.
type Aligner struct {
	tree    *tree.Tree
	accepts [][]int
}

// New returns an aligner of runs with the tree. accepts says of each activity
// which labels it can be; an activity past its end can be none. The error is
// cx.Invalid when an activity can be a leaf of two branches that are lived in
// parallel: then nobody can say which branch was lived.
func New(t *tree.Tree, accepts [][]int) (*Aligner, error) {
	return &Aligner{tree: t, accepts: accepts}, nil
}

// Align explains a whole run.
func (a *Aligner) Align(run []uint16) Alignment { return Alignment{} }

// Prefix explains a run that goes on: what may still come is not missing in it.
func (a *Aligner) Prefix(run []uint16) Alignment { return Alignment{} }

// Shortest returns how many leaves the shortest run of the tree lives.
func (a *Aligner) Shortest() int { return 0 }
