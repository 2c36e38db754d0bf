package app

import (
	"context"

	"github.com/vivencia-cx/vivencia/internal/act/cases"
	"github.com/vivencia-cx/vivencia/internal/act/referral"
	"github.com/vivencia-cx/vivencia/internal/cx"
)

// openReferrals opens what is known of who brings others.
func (a *App) openReferrals(ctx context.Context, base string) (err error) {
	a.Referrals, err = referral.Open(ctx, referral.Config{
		DB: a.state, Jobs: a.Jobs, Log: a.Log, Models: a.Models, Memory: a.Memory, Facts: a.History, Dialogue: a.Dialogue, Outbox: a.Deliver,
		Promises: a.Promises, Cases: openCases{a.Cases}, Base: base, Key: a.key, Clock: a.clock, Logger: a.logger,
	})
	return err
}

// openCases tells whether something is being made right for a customer.
type openCases struct{ *cases.Service }

// AnyOpen implements referral.Cases.
func (c openCases) AnyOpen(ctx context.Context, id cx.CustomerID) (bool, error) {
	l, err := c.List(ctx, cx.System(), cases.Query{Customer: id, Limit: 1})
	return l.Total > 0, err
}
