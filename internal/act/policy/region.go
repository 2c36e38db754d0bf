package policy

import (
	"slices"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/act/policy/table"
	"github.com/vivencia-cx/vivencia/internal/expr"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// region is a set of situations: those in which all of these hold, and none of not.
type region struct {
	all []expr.Formula
	not []expr.Formula
}

// and returns the region cut by others.
func (r region) and(others ...region) region {
	out := region{slices.Clone(r.all), slices.Clone(r.not)}
	for _, o := range others {
		out.all, out.not = append(out.all, o.all...), append(out.not, o.not...)
	}
	return out
}

// find returns a situation of the region; ok is false when there is none. Certain is
// false when the situation rests on something that could not be seen through.
func (r region) find() (terms []Term, ok, certain bool, err error) {
	whole := expr.Formula{Op: expr.And, Of: slices.Clone(r.all)}
	s := table.NewSpace(append(slices.Clone(r.all), r.not...)...)
	b, isBox := s.BoxOf(whole)
	var rows []table.Box
	for _, n := range r.not {
		row, also := s.BoxOf(n)
		rows, isBox = append(rows, row), isBox && also
	}
	if isBox {
		b, ok, err = s.Uncovered(b, rows)
	} else {
		for _, n := range r.not {
			whole.Of = append(whole.Of, expr.Formula{Op: expr.Not, Of: []expr.Formula{n}})
		}
		b, ok, err = s.Situations(whole)
	}
	if err != nil || !ok {
		return nil, false, false, err
	}
	terms, certain = told(s, b)
	return terms, true, certain, nil
}

// of returns a condition at an event as a formula that no other event's shares: its
// fields are the event's, but for what is the customer's. What it says of the event's
// name is known.
func of(event string, p *expr.Program) expr.Formula {
	if p == nil {
		return expr.Formula{Op: expr.And}
	}
	return renamed(expr.NewFormula(p), func(t expr.Test) expr.Formula {
		switch {
		case t.Field == "event.name":
			return known(t.Holds(event))
		case t.Is == expr.Opaque || !ofCustomer(t.Field):
			t.Field = event + separator + t.Field
		}
		return expr.Formula{Op: expr.Leaf, Test: t}
	})
}

// separator stands between an event and its field.
const separator = "\x00"

// ofCustomer tells whether a field is the same at all events: what a customer did
// until then is not.
func ofCustomer(field string) bool { return strings.HasPrefix(field, "traits.") }

func known(is bool) expr.Formula {
	if is {
		return expr.Formula{Op: expr.And}
	}
	return expr.Formula{Op: expr.Or}
}

// renamed returns the formula with each test replaced.
func renamed(f expr.Formula, by func(expr.Test) expr.Formula) expr.Formula {
	if f.Op == expr.Leaf {
		return by(f.Test)
	}
	out := expr.Formula{Op: f.Op, Of: make([]expr.Formula, len(f.Of))}
	for i, g := range f.Of {
		out.Of[i] = renamed(g, by)
	}
	return out
}

// setTo returns the formula where a property of its event has the value.
func setTo(f expr.Formula, event, property string, value any) expr.Formula {
	return renamed(f, func(t expr.Test) expr.Formula {
		if t.Is != expr.Opaque && t.Field == event+separator+"properties."+property {
			return known(t.Holds(value))
		}
		return expr.Formula{Op: expr.Leaf, Test: t}
	})
}

func not(f expr.Formula) expr.Formula { return expr.Formula{Op: expr.Not, Of: []expr.Formula{f}} }

// named parts a field from its event again.
func named(t table.Term) Term {
	event, field, ok := strings.Cut(t.Field, separator)
	if !ok {
		return Term{Term: t}
	}
	t.Field = field
	return Term{Event: event, Term: t}
}

// decides is the region in which a row of a policy does: it holds, and no row above.
func decides(x *model.Policy, row int) region {
	r := holds(x, row)
	for _, above := range x.Rows[:row] {
		r.not = append(r.not, of(x.On, above.When))
	}
	return r
}

// holds is the region in which a row of a policy holds.
func holds(x *model.Policy, row int) region {
	return region{all: []expr.Formula{of(x.On, x.Rows[row].When)}}
}
