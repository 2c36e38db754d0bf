package journey

import (
	"context"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/tree"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

// ModelQuery asks for the process that an analyst would mine.
type ModelQuery struct {
	Filter Filter
	Noise  float64 // 0–1; .2 leaves out edges rarer than a fifth of the commonest
}

// Mined is the model that the inductive miner finds in the runs.
type Mined struct {
	Activities []eventlog.Activity // by the labels of the tree and of the net
	Counts     []int               // events of each
	Tree       *tree.Tree
	Notation   string // the tree in the usual notation
	Net        *tree.Net
	Fired      []int // of each transition of the net: in how many moves of the alignments; −1 of silent ones
	Fitness    outcome.Estimate
	Fitting    Share // runs of fitness 1
	Upper      int   // runs so long that their fitness may be higher than told
}

// Model returns the model that the inductive miner finds in the runs that the
// filter lets through. Rights and errors are Conformance's.
func (s *Service) Model(ctx context.Context, p cx.Principal, slug string, q ModelQuery) (Mined, error) {
	return Mined{}, nil
}

// AlignmentsQuery asks for the ways of living a journey, move by move.
type AlignmentsQuery struct {
	Filter Filter
	Limit  int // 0: 20
}

// VariantAlignment is one way held against the script.
type VariantAlignment struct {
	ID      string
	Cases   int
	Share   float64 // of the runs
	Moves   []VariantMove
	Cost    int
	Fitness float64
	Whole   bool // held against the whole script; else as much of it as it came to
}

// VariantMove is one move of an alignment.
type VariantMove struct {
	Kind     string             // "sync", "log" (lived only), "model" (in the script only)
	Activity *eventlog.Activity // nil of a model move
	Step     string             // slug; "" of a log move
}

// Alignments returns the commonest ways against the script. Rights and errors are
// Conformance's.
func (s *Service) Alignments(ctx context.Context, p cx.Principal, slug string, q AlignmentsQuery) ([]VariantAlignment, error) {
	return nil, nil
}
