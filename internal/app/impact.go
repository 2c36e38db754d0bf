package app

import (
	"context"

	"github.com/vivencia-cx/vivencia/internal/improve/impact"
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
