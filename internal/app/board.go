package app

import (
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/board"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/chain"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/risk"
)

// openBoard opens what tells those who lead the company how it is doing.
func (a *App) openBoard() {
	a.Chain = chain.New(chain.Config{Facts: a.History, Purchases: a.Purchases, Memories: a.Outcomes, Models: a.Models, Clock: a.clock})
	a.Risk = risk.New(risk.Config{Facts: a.History, Worth: a.Worth, Promises: a.Promises, Reasons: a.Reasons, Models: a.Models, Clock: a.clock})
	a.Indicators = board.New(board.Config{
		Facts: a.History, Scores: a.Outcomes, Purchases: a.Purchases, Chains: a.Chain, Risks: a.Risk, Reasons: a.Reasons, Segments: a.Segments, Models: a.Models,
		Clock: a.clock, Logger: a.logger,
	})
	a.background(a.Indicators)
}
