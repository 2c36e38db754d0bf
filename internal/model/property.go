package model

import "github.com/vivencia-cx/vivencia/internal/expr"

// OnAnswer as a Property's On computes it on every answer.
const OnAnswer = "answer"

// Property is a value computed on each event of a name, and carried to every
// event and answer that shares its object when one is declared.
type Property struct {
	Slug   string
	Name   Text
	On     string // an event's name, or OnAnswer
	Expr   *expr.Program
	Object string // slug of an object; empty: only the event itself
}

func (p *parsing) properties(v value) []Property {
	var out []Property
	seen := map[string]bool{}
	objects := slugs(p.m.Objects, func(o Object) string { return o.Slug })
	for _, item := range v.list() {
		f := item.fields("slug", "name", "on", "expr", "object")
		if f["expr"].absent() {
			f["expr"].fault("is missing: write what to compute, such as properties.days_late > 0")
		}
		out = append(out, Property{
			Slug:   f["slug"].slug(seen),
			Name:   f["name"].words(),
			On:     f["on"].required(`write the event's name, or "answer"`),
			Expr:   p.program(f["expr"], p.expr),
			Object: f["object"].ref(f["object"].optional("name one of objects"), "object", "objects", objects),
		})
	}
	return out
}
