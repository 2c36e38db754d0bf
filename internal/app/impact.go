package app

import (
	"context"

	"github.com/vivencia-cx/vivencia/internal/improve/impact"
	"github.com/vivencia-cx/vivencia/internal/improve/told"
)

// openImpact opens what tells whether initiatives work. Whose they are is told when
// the cycle opens.
func (a *App) openImpact(ctx context.Context) (err error) {
	a.Impact, err = impact.Open(ctx, impact.Config{
		DB: a.state, Jobs: a.Jobs, Facts: a.History, Promises: a.Promises, Models: a.Models, Memory: a.Memory, Segments: a.Segments, Lives: a.Dialogue,
		Clock: a.clock, Logger: a.logger,
	})
	return err
}

// openTold opens what tells customers what changed because they said it.
func (a *App) openTold(ctx context.Context) (err error) {
	a.Told, err = told.Open(ctx, told.Config{
		DB: a.state, Jobs: a.Jobs, Initiatives: a.Cycle, Models: a.Models, Memory: a.Memory, Dialogue: a.Dialogue, Outbox: a.Deliver, Clock: a.clock,
	})
	return err
}
