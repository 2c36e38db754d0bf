package model

import "github.com/vivencia-cx/vivencia/internal/cx"

// Fact is what classification sees of an event.
type Fact struct {
	Kind                        cx.Kind
	Name, Source                string
	At                          cx.Time
	Properties, Traits, Context []byte // JSON objects; nil when absent
	UserID                      string
	Touchpoint                  string // named by the body; empty when not
}

// FactOf returns the fact of an event; its slices are the event's.
func FactOf(e cx.Event) Fact { return Fact{} }

// Class is what the model says of a fact.
type Class struct {
	Touchpoint, Stage, Channel, Medium string
	Area, Supplier, Place, Product     string
	Valence                            float64 // −2..+2
	HasValence                         bool
	Revenue                            cx.Money
	HasRevenue                         bool
	Objects                            []ObjectRef
}

// Classify tells where a fact happened and what it touches. It is pure, fast
// and safe for concurrent use.
func (m *Model) Classify(f Fact) Class { return Class{} }
