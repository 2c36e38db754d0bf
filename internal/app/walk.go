package app

import (
	"context"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/web/pages/walk"
)

// walk is what the demo's minute stands on: the services that everybody uses, and
// the gate.
func (a *App) walk() walk.Config {
	return walk.Config{
		Demo: func(context.Context) bool { return a.isDemo() },
		Send: func(ctx context.Context, source string, message []byte) error {
			var b messages
			b.add(source, message)
			return b.accept(ctx, a)
		},
		Person: func(ctx context.Context, email string) (cx.Principal, error) {
			person, err := a.Accounts.PersonByEmail(ctx, cx.System(), email)
			return person.Principal(), err
		},
		Memory: a.Memory, Promises: a.Promises, Dialogue: a.Dialogue, Cases: a.Cases, Team: a.Team, Policies: a.Policies, Models: a.Models,
	}
}
