package model

import (
	"slices"

	"github.com/vivencia-cx/vivencia/internal/expr"
)

// Goal is an internal target of an area; with what is paid for it, it may
// contradict a promise as a policy may.
type Goal struct {
	Slug       string
	Name       Text
	Area       string // slug of the area that is held to it
	Touchpoint string // slug; may be empty
	Metric     Metric
	Target     Cell          // of the metric's property: a comparison with numbers
	When       *expr.Program // the target's condition, of scope expr.Moment
	Bonus      Text          // what reaching it brings; may be empty
	Reason     Text          // may be empty

	Suspended    *Suspension // nil: it is in force
	Acknowledged []Acknowledgement
}

// Metric is a number that an event has.
type Metric struct{ Event, Property string }

const maxGoals = 200

func (p *parsing) goals(v value, root map[string]value) []Goal {
	if v.absent() {
		return nil
	}
	asking, ok := p.asking(v)
	if !ok {
		return nil
	}
	r := &policing{asking, declaredIn(root)}
	var out []Goal
	seen := map[string]bool{}
	for i, item := range v.list() {
		if i == maxGoals {
			item.fault("is one more than the %d goals that a model may have", maxGoals)
			break
		}
		out = append(out, r.goal(item, seen))
	}
	return out
}

func (p *policing) goal(item value, seen map[string]bool) Goal {
	const hint = `write a comparison, such as "< 4" or "2..5"`
	f := item.fields("slug", "name", "area", "touchpoint", "metric", "target", "bonus", "reason", "suspended", "acknowledged")
	g := Goal{
		Slug: f["slug"].slug(seen), Name: f["name"].words(),
		Area:       f["area"].ref(f["area"].required("name the area that is held to it"), "area", "areas", p.m.areaSlugs()),
		Touchpoint: f["touchpoint"].ref(f["touchpoint"].optional("name one of touchpoints"), "touchpoint", "touchpoints", slugs(p.m.Touchpoints, func(t Touchpoint) string { return t.Slug })),
		Suspended:  suspension(f["suspended"]),
	}
	if !f["bonus"].absent() {
		g.Bonus = f["bonus"].words()
	}
	if !f["reason"].absent() {
		g.Reason = f["reason"].words()
	}
	if f["metric"].absent() {
		f["metric"].fault("is missing: write {event: …, property: …}")
	} else {
		m := f["metric"].fields("event", "property")
		g.Metric = Metric{p.happens(m["event"], "name the event"), m["property"].required("name the property that is a number")}
	}
	if says := f["target"].required(hint); says != "" && g.Metric.Property != "" {
		cell, err := NewCell("properties."+g.Metric.Property, says)
		switch {
		case err != nil:
			f["target"].fault("%s", err)
		case !slices.Contains([]Op{Below, AtMost, Above, AtLeast, Between}, cell.Op):
			f["target"].fault("%q compares no number: %s", says, hint)
		default:
			g.Target = cell
			g.When, _ = p.moment.Compile(cell.CEL())
		}
	}
	g.Acknowledged = p.acknowledged(f["acknowledged"], "goal."+g.Slug)
	return g
}
