package app

import (
	"context"

	"github.com/vivencia-cx/vivencia/internal/act/cases"
	"github.com/vivencia-cx/vivencia/internal/act/dialogue"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/remember"
)

// openCases opens the conversations with customers, and what is made right with
// them.
func (a *App) openCases(ctx context.Context, base string) (err error) {
	if a.Dialogue, err = dialogue.Open(ctx, dialogue.Config{
		DB: a.state, Jobs: a.Jobs, Deliver: a.Deliver, Log: a.Log, Models: a.Models, People: readers{a.Memory}, Base: base, Key: a.key, Clock: a.clock, Logger: a.logger,
	}); err != nil {
		return err
	}
	a.Cases, err = cases.Open(ctx, cases.Config{
		DB: a.state, Jobs: a.Jobs, Dialogue: a.Dialogue, Log: a.Log, Models: a.Models, Memory: a.Memory, Facts: a.History, Promises: a.Promises,
		Accounts: a.Accounts, Notices: a.Notices, Key: a.key, Clock: a.clock, Logger: a.logger,
	})
	return err
}

// readers tells the conversations who customers are.
type readers struct{ *remember.Memory }

// Person returns how events name the customer, and what is known of them.
func (r readers) Person(ctx context.Context, p cx.Principal, id cx.CustomerID) (dialogue.Person, error) {
	c, err := r.Customer(ctx, p, id)
	if err != nil {
		return dialogue.Person{}, err
	}
	who, err := personOf(&c)
	return dialogue.Person{ID: c.ID, UserID: who.UserID, AnonymousID: who.AnonymousID, FirstName: who.FirstName, Name: who.Name, Email: c.Email, Traits: who.Traits}, err
}
