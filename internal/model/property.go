package model

import "github.com/vivencia-cx/vivencia/internal/expr"

// Property is a value computed on each event of a name, and carried to every
// event and answer that shares its object when one is declared.
type Property struct {
	Slug   string
	Name   Text
	On     string // an event's name, or "answer"
	Expr   *expr.Program
	Object string // slug of an object; empty: only the event itself
}

// Derived is the value of a model property on one fact: nil is never derived.
type Derived struct {
	Property string
	Value    any // bool, int64, float64, string or time.Time
}

// Derive computes the model properties of a fact, in declared order.
func (m *Model) Derive(f Fact) []Derived { return nil }
