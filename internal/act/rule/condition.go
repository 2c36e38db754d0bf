package rule

import (
	"context"
	"encoding/json"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/expr"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
)

// vars is what a condition sees of an event: the customer's part as it was when
// that was lived, their traits as they are.
func (l *lived) vars(traits []byte, answers []any) expr.Vars {
	if l.properties == nil {
		l.properties, l.context = expr.NewObject(l.Properties), expr.NewObject(l.Context)
	}
	return expr.Vars{
		Name: l.Name, Type: l.Type, Source: l.Source, UserID: l.UserID, At: l.At,
		Properties: l.properties, Context: l.context, Traits: expr.NewObject(traits), Now: l.At, Answers: answers,
	}
}

// meets evaluates a condition; what data makes too costly is not met, and told.
func meets(when *expr.Program, l *lived, traits []byte, answers []any) (met, costly bool) {
	if when == nil {
		return true, false
	}
	met, err := when.Bool(l.vars(traits, answers[:len(when.Asks())]))
	return met && err == nil, err != nil
}

// holds evaluates a condition that needs nothing but the event.
func holds(when *expr.Program, l *lived) bool {
	met, err := when.Bool(l.vars(nil, nil))
	return met && err == nil
}

// isHuman tells from the answers to its asks whether a moment must be human.
func (r *ruling) isHuman(answers []any) bool {
	for _, a := range answers[len(answers)-r.human:] {
		if n, ok := a.(int64); ok && n > 0 {
			return true
		}
	}
	return false
}

// answers asks history what a rule needs to know of a customer, as of a time, when
// history holds everything up to the event.
func (s *Service) answers(ctx context.Context, m *model.Model, asks []expr.Ask, customer cx.CustomerNo, seq cx.Seq, at cx.Time) ([]any, error) {
	out := make([]any, len(asks))
	for i, a := range asks { // of who lived nothing
		out[i] = nothing(a)
	}
	if len(asks) == 0 {
		return out, nil
	}
	if err := s.known(ctx, seq); err != nil {
		return nil, err
	}
	q := history.BehaviourQuery{Asks: asks, Now: at, Currency: m.Company.Currency, Digits: m.Company.Digits(), Customers: []cx.CustomerNo{customer}}
	err := s.c.Facts.Behaviour(ctx, cx.System(), q, func(b history.Behaviour) error {
		copy(out, b.Answers)
		return nil
	})
	return out, err
}

func nothing(a expr.Ask) any {
	switch a.What {
	case expr.Count:
		return int64(0)
	case expr.Revenue:
		return 0.0
	}
	return nil
}

// known waits until history holds everything up to seq.
func (s *Service) known(ctx context.Context, seq cx.Seq) error {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		state, err := s.c.Facts.State(ctx)
		if err != nil || state.Position >= seq {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// traitsOf writes the traits as a JSON object.
func traitsOf(c *remember.Customer) []byte {
	all := make(map[string]json.RawMessage, len(c.Traits))
	for _, t := range c.Traits {
		all[t.Name] = t.Value
	}
	out, err := json.Marshal(all)
	if err != nil {
		return nil
	}
	return out
}

// trait returns the text of a trait; "" when there is none.
func trait(c *remember.Customer, name string) string {
	for _, t := range c.Traits {
		if t.Name == name {
			text := ""
			if json.Unmarshal(t.Value, &text) != nil {
				text = string(t.Value)
			}
			return text
		}
	}
	return ""
}
