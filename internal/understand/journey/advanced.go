package journey

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/align"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/conform"
	mining "github.com/vivencia-cx/vivencia/internal/understand/journey/discover"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/tree"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

// ModelQuery asks for the process that an analyst would mine.
type ModelQuery struct {
	Filter Filter
	Noise  float64 // 0–1; .2 leaves out what is rarer than a fifth of the commonest from the same place
}

// Mined is the model that the inductive miner finds in the runs.
type Mined struct {
	Activities []eventlog.Activity // by the labels of the tree and of the net
	Counts     []int               // events of each
	Tree       *tree.Tree
	Notation   string // the tree in the usual notation
	Net        *tree.Net
	Fired      []int // of each transition of the net: in how many moves, lived or not, of all runs; −1 of the silent ones
	Fitness    outcome.Estimate
	Fitting    Share // runs without a deviation from it
	Upper      int   // runs so long that their fitness may be higher than told
}

// Model returns the model that the inductive miner finds in the runs that the
// filter lets through, whether they are over or not, and how they fit it. Rights
// and errors are Conformance's; the error is cx.Invalid for a noise that is no
// share.
func (s *Service) Model(ctx context.Context, p cx.Principal, slug string, q ModelQuery) (Mined, error) {
	if math.IsNaN(q.Noise) || q.Noise < 0 || q.Noise > 1 {
		return Mined{}, cx.InvalidFaults("journey.Model", []cx.Fault{{Field: "noise", Message: "must be a share, from 0 to 1"}})
	}
	x, err := s.seenWhole(ctx, p, slug, q.Filter)
	if err != nil {
		return Mined{}, cx.Wrap("journey.Model", err)
	}
	out, err := memo(x, fmt.Sprintf("model %v", q.Noise), func() (*Mined, error) { return x.mine(q.Noise) })
	if err != nil {
		return Mined{}, cx.Wrap("journey.Model", err)
	}
	return *out, nil
}

func (x *lived) mine(noise float64) (*Mined, error) {
	variants := x.variants().List
	out := &Mined{Activities: x.log.Activities, Counts: make([]int, len(x.log.Activities)), Tree: mining.Inductive(variants, noise)}
	names := make([]string, len(x.log.Activities))
	for a, activity := range x.log.Activities {
		names[a] = activity.Name
		if activity.Touchpoint != "" {
			names[a] += "@" + activity.Touchpoint
		}
	}
	out.Notation, out.Net = out.Tree.Format(names), out.Tree.Net()
	aligner, err := align.New(out.Tree, align.Same(len(names)))
	if err != nil {
		return nil, err
	}
	fit := aligner.Fit(variants)
	fired := make([]int, len(names))
	var all sums
	for i, v := range variants {
		for _, a := range v.Activities {
			out.Counts[a] += v.Cases
		}
		for _, m := range fit.Alignments[i].Moves {
			if m.Kind != align.Log {
				fired[m.Label] += v.Cases
			}
		}
		all.n += v.Cases
		all.sum += float64(v.Cases) * fit.Alignments[i].Fitness
		all.squares += float64(v.Cases) * fit.Alignments[i].Fitness * fit.Alignments[i].Fitness
	}
	for _, t := range out.Net.Transitions {
		n := -1
		if t.Label >= 0 {
			n = fired[t.Label]
		}
		out.Fired = append(out.Fired, n)
	}
	out.Fitness, out.Fitting, out.Upper = outcome.MeanOf(all.sample(), 0, 1), shareOf(fit.Fitting, fit.Cases), fit.Upper
	return out, nil
}

// AlignmentsQuery asks for the ways of living a journey, move by move.
type AlignmentsQuery struct {
	Filter Filter
	Limit  int // 0: 20; at most 500
}

// VariantAlignment is one way held against the script.
type VariantAlignment struct {
	ID      string // the variant's
	Cases   int
	Share   float64 // of the runs
	Moves   []VariantMove
	Cost    int // log and model moves
	Fitness float64
	Whole   bool // held against the whole script; else as much of it as it came to
	Upper   bool // so long that there may be a cheaper explanation
}

// VariantMove is one move of an alignment.
type VariantMove struct {
	Kind     string             // "sync", "log" (lived only), "model" (in the script only)
	Activity *eventlog.Activity // nil of a model move
	Step     string             // slug; "" of a log move
}

// Alignments returns the commonest ways against the script, a way of completed
// runs and of others apart; none without a script. Rights and errors are
// Conformance's.
func (s *Service) Alignments(ctx context.Context, p cx.Principal, slug string, q AlignmentsQuery) ([]VariantAlignment, error) {
	x, err := s.seenWhole(ctx, p, slug, q.Filter)
	if err != nil || len(x.steps) == 0 {
		return nil, cx.Wrap("journey.Alignments", err)
	}
	if q.Limit < 0 || q.Limit > 500 {
		return nil, cx.InvalidFaults("journey.Alignments", []cx.Fault{{Field: "limit", Message: "must be from 1 to 500"}})
	}
	r, err := x.read()
	if err != nil {
		return nil, cx.Wrap("journey.Alignments", err)
	}
	return x.alignmentsOf(r, cmp.Or(q.Limit, 20)), nil
}

func (x *lived) alignmentsOf(r *conform.Ways, limit int) []VariantAlignment {
	runs := make([]int, len(r.Ways))
	for _, w := range r.Of {
		runs[w]++
	}
	variants := x.variants()
	var out []VariantAlignment
	for _, w := range commonestWays(runs, limit) {
		one := &r.Ways[w]
		told := VariantAlignment{
			ID: variants.ID(w / 2), Cases: runs[w], Share: float64(runs[w]) / float64(x.log.Cases()),
			Cost: one.Cost, Fitness: one.Fitness, Whole: w%2 == 0, Upper: one.Upper,
		}
		for _, m := range one.Moves {
			move := VariantMove{Kind: [...]string{align.Sync: "sync", align.Log: "log", align.Model: "model"}[m.Kind]}
			if m.Kind != align.Model {
				move.Activity = &x.log.Activities[variants.List[w/2].Activities[m.Event]]
			}
			if m.Kind != align.Log {
				move.Step = x.steps[m.Label].Slug
			}
			told.Moves = append(told.Moves, move)
		}
		out = append(out, told)
	}
	return out
}

// commonestWays returns the ways that have runs, the commonest first.
func commonestWays(runs []int, limit int) []int {
	var out []int
	for w, n := range runs {
		if n > 0 {
			out = append(out, w)
		}
	}
	slices.SortStableFunc(out, func(a, b int) int { return cmp.Compare(runs[b], runs[a]) })
	return out[:min(limit, len(out))]
}
