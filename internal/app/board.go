package app

import (
	"context"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/board"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/chain"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/purchases"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/risk"
)

// openBoard opens what tells those who lead the company how it is doing.
func (a *App) openBoard() {
	a.Chain = chain.New(chain.Config{Facts: a.History, Purchases: a.Purchases, Memories: a.Outcomes, Models: a.Models, Clock: a.clock})
	a.Risk = risk.New(risk.Config{Facts: a.History, Worth: a.Worth, Promises: a.Promises, Reasons: a.Reasons, Models: a.Models, Clock: a.clock})
	a.Indicators = board.New(board.Config{
		Facts: a.History, Scores: a.Outcomes, Purchases: a.Purchases, Chains: a.Chain, Risks: a.Risk, Reasons: a.Reasons, Segments: a.Segments, Models: a.Models,
		Referrals: brought{a}, Clock: a.clock, Logger: a.logger,
	})
	a.background(a.Indicators)
}

// brought tells who came because somebody brought them.
type brought struct{ a *App }

// Came implements board.Referrals.
func (b brought) Came(ctx context.Context, p cx.Principal, w cx.Window, customers []cx.CustomerNo) (came, of int, err error) {
	t, err := b.a.Purchases.Ask(ctx, p, purchases.Filter{})
	if err != nil {
		return 0, 0, err
	}
	friends, err := b.a.Referrals.Friends(ctx)
	if err != nil {
		return 0, 0, err
	}
	among := map[cx.CustomerNo]bool{}
	for _, c := range customers {
		among[c] = true
	}
	first, last := t.DayOf(w.From), t.DayOf(w.To-1)
	for row, customer := range t.Customers {
		days, _ := t.Purchases(row)
		if len(days) == 0 || days[0] < first || days[0] > last || customers != nil && !among[customer] {
			continue
		}
		of++
		if _, is := slices.BinarySearch(friends, customer); is {
			came++
		}
	}
	return came, of, nil
}
