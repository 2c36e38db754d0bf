package journey

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/script"
)

// LearnQuery asks for the script that runs themselves would write.
type LearnQuery struct {
	Filter   Filter
	Coverage float64 // share of the runs whose ways the script allows, 0–1; 0: .8
}

// Learned is a script made from what was lived.
type Learned struct {
	Script []model.Node
	YAML   string // of the script, as the key "script" of a journey
	Runs   Share  // of the completed runs (of all, when none is): those whose way the script allows
	Ways   int    // how many different ways those are
}

// learnCoverage is the share of the runs that is learned from when none is asked.
const learnCoverage = .8

// Learn returns the script that the commonest ways fit (script.Learn). It needs the
// right scores.view; the error is cx.Forbidden for who sees only some areas, and
// cx.Conflict when there are no runs to learn from.
func (s *Service) Learn(ctx context.Context, p cx.Principal, slug string, q LearnQuery) (Learned, error) {
	if q.Coverage < 0 || q.Coverage > 1 {
		return Learned{}, cx.InvalidFaults("journey.Learn", []cx.Fault{{Field: "coverage", Message: "must be a share, from 0 to 1"}})
	}
	x, err := s.seenWhole(ctx, p, slug, q.Filter)
	if err != nil {
		return Learned{}, cx.Wrap("journey.Learn", err)
	}
	out, err := memo(x, fmt.Sprintf("learned %v", q.Coverage), func() (Learned, error) { return x.learn(cmp.Or(q.Coverage, learnCoverage)) })
	return out, cx.Wrap("journey.Learn", err)
}

func (x *lived) learn(coverage float64) (Learned, error) {
	l, err := script.Learn(x.lesson(), x.model, x.journey.End, coverage)
	if err != nil {
		return Learned{}, err
	}
	return Learned{Script: l.Nodes, YAML: model.ScriptYAML(l.Nodes), Runs: shareOf(l.Allowed, l.Runs), Ways: l.Ways}, nil
}

// lesson returns what is learned from: the completed runs, or all when none is.
func (x *lived) lesson() *eventlog.Log {
	if !slices.Contains(x.states, Completed) {
		return x.log
	}
	return x.log.Only(eventlog.MaskOf(x.log.Cases(), func(c int) bool { return x.states[c] == Completed }))
}
