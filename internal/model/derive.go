package model

import (
	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Derived is the value of a model property on one fact; what cannot be
// computed is not derived.
type Derived struct {
	Property string
	Value    any // bool, int64, float64, string or time.Time
}

// Derive computes the model's properties of a fact, in declared order.
func (m *Model) Derive(f Fact) []Derived {
	on := f.Name
	switch f.Kind {
	case cx.Answer:
		on = OnAnswer
	case cx.Decision, cx.Circumstance:
		return nil
	}
	computed := m.index.computed[on]
	if len(computed) == 0 {
		return nil
	}
	var out []Derived
	v := f.vars()
	for _, i := range computed {
		p := &m.Properties[i]
		got, err := p.Expr.Value(v)
		if text, isText := got.(string); err != nil || got == nil || (isText && len(text) > MaxName) {
			continue
		}
		out = append(out, Derived{p.Slug, got})
	}
	return out
}
