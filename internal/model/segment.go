package model

import (
	"slices"

	"github.com/vivencia-cx/vivencia/internal/expr"
)

// Segment is a group of customers, by a condition on who they are and what they
// lived. Who is in it changes with every event and with time.
type Segment struct {
	Slug        string
	Name        Text
	Description Text // may be empty
	When        *expr.Program
}

// NewSegmentCompiler returns the compiler of segments' conditions for this
// company.
func (c Company) NewSegmentCompiler() (*expr.Compiler, error) {
	return expr.NewCompiler(expr.Customer, expr.Zone(c.Zone()))
}

func (p *parsing) segments(v value) []Segment {
	if v.absent() {
		return nil
	}
	compiler, err := p.m.Company.NewSegmentCompiler()
	if err != nil {
		v.fault("no condition can be read: %s", err)
		return nil
	}
	touchpoints := slugs(p.m.Touchpoints, func(t Touchpoint) string { return t.Slug })
	var out []Segment
	seen := map[string]bool{}
	for _, item := range v.list() {
		f := item.fields("slug", "name", "description", "when")
		s := Segment{Slug: f["slug"].slug(seen), Name: f["name"].words()}
		if !f["description"].absent() {
			s.Description = f["description"].words()
		}
		if f["when"].absent() {
			f["when"].fault(`is missing: write who belongs to it, such as count("Order Completed", days(90)) >= 2`)
		}
		if s.When = p.program(f["when"], compiler, expr.Bool); s.When != nil {
			for _, ask := range s.When.Asks() {
				if ask.Touchpoint != "" && !slices.Contains(touchpoints, ask.Touchpoint) {
					f["when"].ref(ask.Touchpoint, "touchpoint", "touchpoints", touchpoints)
				}
			}
		}
		out = append(out, s)
	}
	return out
}
