package policy

import (
	"context"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// Line is a policy or goal and how it stands.
type Line struct {
	Slug       string
	Name       model.Text
	Area       string // slug
	Touchpoint string // slug; may be empty
	Reason     model.Text
	Since      string // "2006-01-02"; may be empty
	On         string // the event: of a goal that of its metric
	Effect     string // of a policy's rows that name none
	Target     string // of a goal
	Rows       int    // of a policy
	Suspended  bool
	Customers  int // whom a policy hit
	Times      int
	Conflicts  []string // ids, in the order of Conflicts
	Open       int      // of these those that somebody has to decide about
}

// Overview lists policies and goals.
type Overview struct {
	Window   cx.Window
	Policies []Line
	Goals    []Line
}

// Overview lists the policies and goals of the model in force, in its order. It needs
// policies.view.
func (s *Service) Overview(ctx context.Context, p cx.Principal, q Query) (Overview, error) {
	x, err := s.study(ctx, p, q)
	if err != nil {
		return Overview{}, cx.Wrap("policy.Overview", err)
	}
	m := s.c.Models.Current().Model
	o := Overview{Window: x.window}
	of := func(l *Line, subject string) {
		for i := range x.conflicts {
			c := &x.conflicts[i]
			if c.Subject() != subject && c.With != subject {
				continue
			}
			if l.Conflicts = append(l.Conflicts, c.ID); c.Open() {
				l.Open++
			}
		}
	}
	for i := range m.Policies {
		r := &m.Policies[i]
		l := Line{
			Slug: r.Slug, Name: r.Name, Area: r.Area, Touchpoint: r.Touchpoint, Reason: r.Reason, Since: r.Since, On: r.On,
			Effect: string(r.Outcome.Effect), Rows: len(r.Rows), Suspended: r.Suspended != nil,
		}
		if pain := x.pains[r.Slug]; pain != nil {
			l.Customers, l.Times = pain.Customers, pain.Times
		}
		of(&l, "policy."+r.Slug)
		o.Policies = append(o.Policies, l)
	}
	for i := range m.Goals {
		g := &m.Goals[i]
		l := Line{
			Slug: g.Slug, Name: g.Name, Area: g.Area, Touchpoint: g.Touchpoint, Reason: g.Reason, On: g.Metric.Event,
			Target: g.Target.String(), Suspended: g.Suspended != nil,
		}
		of(&l, "goal."+g.Slug)
		o.Goals = append(o.Goals, l)
	}
	return o, nil
}
