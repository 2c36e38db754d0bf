package journey

import (
	"context"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
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
	Runs   Share  // whose way the script allows
	Ways   int    // how many different ways those are
}

// Learn returns the script that the commonest ways fit. It needs the right
// scores.view; the error is cx.Forbidden for who sees only some areas, and
// cx.Conflict when there are no runs to learn from.
func (s *Service) Learn(ctx context.Context, p cx.Principal, slug string, q LearnQuery) (Learned, error) {
	return Learned{}, nil
}
