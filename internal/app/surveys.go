package app

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/listen/survey"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/remember/identity"
)

// openSurveys opens what customers answer at.
func (a *App) openSurveys(ctx context.Context) (err error) {
	a.Surveys, err = survey.Open(ctx, survey.Config{
		DB: a.state, Log: a.Log, Models: a.Models, Customers: persons{a.Memory}, Team: a.Team, Secret: a.key,
		BaseURL: a.Config.PublicURL(a.Config.Addr), Clock: a.clock, Logger: a.logger,
	})
	if err == nil {
		a.onClose(a.Surveys.Close)
	}
	return err
}

// persons tells the surveys who customers are.
type persons struct{ memory *remember.Memory }

// Person returns how events name the customer, and what is known of them.
func (p persons) Person(ctx context.Context, who cx.Principal, id cx.CustomerID) (survey.Person, error) {
	c, err := p.memory.Customer(ctx, who, id)
	if err != nil {
		return survey.Person{}, err
	}
	return personOf(&c)
}

// personOf is how events name a customer, and what is known of them.
func personOf(c *remember.Customer) (out survey.Person, err error) {
	for kind, to := range map[string]*string{identity.UserID: &out.UserID, identity.AnonymousID: &out.AnonymousID} {
		if i := slices.IndexFunc(c.Identifiers, func(i remember.Identifier) bool { return i.Kind == kind }); i >= 0 {
			*to = c.Identifiers[i].Value
		}
	}
	traits := map[string]json.RawMessage{}
	for _, t := range c.Traits {
		traits[t.Name] = t.Value
		switch text := ""; {
		case json.Unmarshal(t.Value, &text) != nil:
		case t.Name == "first_name" || t.Name == "firstName":
			out.FirstName = text
		case t.Name == "name": // as people call them; memory's own name may be an e-mail
			out.Name = text
		}
	}
	if out.FirstName == "" {
		out.FirstName, _, _ = strings.Cut(out.Name, " ")
	}
	out.Traits, err = json.Marshal(traits)
	return out, err
}
