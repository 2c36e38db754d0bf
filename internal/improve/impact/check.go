package impact

import (
	"context"
	"fmt"
	"math"
	"regexp"
	"slices"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// Bounds of plans.
const (
	maxArms   = 8
	maxGuards = 8
	maxDays   = 365
	maxSample = 10_000_000
)

var slugForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`)

// checking collects faults.
type checking struct {
	m      *model.Model
	faults []cx.Fault
}

func (c *checking) fault(field, format string, args ...any) {
	c.faults = append(c.faults, cx.Fault{Field: field, Message: fmt.Sprintf(format, args...)})
}

// Check returns every fault of a plan on the ground of the model in force, with its
// field: "metric.kind", "guardrails[0].worst".
func (s *Service) Check(_ context.Context, plan Plan) []cx.Fault {
	c := &checking{m: s.c.Models.Current().Model}
	p := plan.Normal()
	c.design(&p)
	if slug := p.Population.Segment; slug != "" {
		if _, ok := c.m.Segment(slug); !ok {
			c.fault("population.segment", "there is no segment %q", slug)
		}
	}
	if when := p.Population.When; when != "" {
		if _, err := s.c.Segments.Compile(when); err != nil {
			c.fault("population.when", "%s", cx.MessageOf(err))
		}
	}
	c.metric("metric", p.Metric, p.Design.Kind)
	if bad(p.Expected) || p.Expected == 0 {
		c.fault("expected", "write the change that is hoped for, in the metric's own units: 0.05 of a share is five points")
	} else if p.Expected*p.Metric.better() < 0 {
		c.fault("expected", "is a change for the worse: turn its sign, or say that less is better")
	}
	if len(p.Guardrails) > maxGuards {
		c.fault("guardrails", "are %d: name at most %d", len(p.Guardrails), maxGuards)
	}
	for i, g := range p.Guardrails {
		field := fmt.Sprintf("guardrails[%d]", i)
		c.metric(field+".metric", g.Metric, p.Design.Kind)
		if bad(g.Worst) || g.Worst < 0 {
			c.fault(field+".worst", "write how much worse is borne, 0 or more, in the metric's units")
		}
	}
	c.rule(&p)
	if p.Each < 0 {
		c.fault("each", "is less than nothing: a cost is 0 or more")
	}
	return c.faults
}

func bad(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) || math.Abs(v) > 1e12 }

func (c *checking) design(p *Plan) {
	d := &p.Design
	if !slices.Contains(Kinds(), d.Kind) {
		c.fault("design.kind", "is %q: use random, staggered or date", d.Kind)
		return
	}
	if d.Kind != Random && (len(d.Arms) > 0 || d.Exclusive != "") {
		c.fault("design.arms", "go with a draw: choose random, or leave arms and group out")
	}
	if d.Kind != Staggered && len(d.Starts) > 0 {
		c.fault("design.starts", "go with shops that begin one after the other: choose staggered, or leave them out")
	}
	switch d.Kind {
	case Random:
		c.arms(d)
		if d.Unit != OfCustomers && d.Unit != OfOrganizations {
			c.fault("design.unit", "is %q: draw each customer or each organization", d.Unit)
		}
		if d.Exclusive != "" && !slugForm.MatchString(d.Exclusive) {
			c.fault("design.exclusive", "must be a slug such as mails")
		}
	case Staggered:
		c.starts(d)
	case Date:
		if d.From.Year() < 1970 {
			c.fault("design.from", "is missing: write the day from which it is so for everybody")
		}
	}
}

func (c *checking) arms(d *Design) {
	if len(d.Arms) < 2 || len(d.Arms) > maxArms {
		c.fault("design.arms", "are %d: there must be 2 to %d, the first for those who live nothing new", len(d.Arms), maxArms)
	}
	whole, seen := 0.0, map[string]bool{}
	for i, a := range d.Arms {
		field := fmt.Sprintf("design.arms[%d]", i)
		if !slugForm.MatchString(a.Name) || seen[a.Name] {
			c.fault(field+".name", "%q must be a slug, and be there once", a.Name)
		}
		seen[a.Name] = true
		if !(a.Share > 0 && a.Share < 1) {
			c.fault(field+".share", "must be above 0 and below 1: an arm without anybody tells nothing")
		}
		whole += a.Share
	}
	if math.Abs(whole-1) > 1e-9 {
		c.fault("design.arms", "have shares that add up to %.4g: they must add up to 1", whole)
	}
}

func (c *checking) starts(d *Design) {
	if d.By != ByPlace && d.By != ByCity {
		c.fault("design.by", "is %q: shops or cities begin one after the other, place or city", d.By)
		return
	}
	units := map[string]bool{}
	for _, p := range c.m.Places {
		name := p.Slug
		if d.By == ByCity {
			name = p.City
		}
		if name != "" {
			units[name] = true
		}
	}
	seen, moments := map[string]bool{}, map[time.Time]bool{}
	for i, s := range d.Starts {
		field := fmt.Sprintf("design.starts[%d]", i)
		if !units[s.Unit] || seen[s.Unit] {
			c.fault(field+".unit", "%q must be a %s of the model, and be there once", s.Unit, d.By)
		}
		if s.At.Year() < 1970 {
			c.fault(field+".at", "is missing: write the day on which it begins there")
		}
		seen[s.Unit], moments[s.At] = true, true
	}
	switch {
	case len(d.Starts) == 0:
		c.fault("design.starts", "are missing: write which %s begins when", d.By)
	case len(seen) >= len(units) && len(moments) < 2:
		c.fault("design.starts", "are the same everywhere: nothing is left to compare with. Leave some out, or let them begin one after the other")
	}
}

func (c *checking) metric(field string, m Metric, design Kind) {
	if !slices.Contains(Measures(), m.Kind) {
		c.fault(field+".kind", "is %q: use score, valence, event, return, revenue or kept", m.Kind)
		return
	}
	switch m.Kind {
	case Score:
		if m.Of == "" {
			c.fault(field+".of", "is missing: name the metric of the answers, such as csat, or a survey")
		}
	case Event:
		if m.Of == "" {
			c.fault(field+".of", "is missing: name the event")
		}
	case Valence:
		if _, ok := c.m.Touchpoint(m.Of); !ok && m.Of != "" {
			c.fault(field+".of", "there is no touchpoint %q", m.Of)
		}
	case Kept:
		if _, ok := c.m.Promise(m.Of); !ok {
			c.fault(field+".of", "there is no promise %q", m.Of)
		}
	case Return:
		if design == Staggered {
			c.fault(field+".kind", "return is counted of customers: of shops, use revenue, or the event of a purchase")
		}
	}
	switch {
	case design == Random && (m.Days < 1 || m.Days > maxDays):
		c.fault(field+".days", "must be 1 to %d: how long after the exposure it is counted", maxDays)
	case design != Random && m.Days != 0:
		c.fault(field+".days", "go with a draw: of shops, and before and after, weeks are counted")
	}
}

func (c *checking) rule(p *Plan) {
	r := p.Rule
	if !(r.Alpha >= .001 && r.Alpha <= .2) {
		c.fault("rule.alpha", "must be 0.001 to 0.2: how often it may say worked of what does nothing")
	}
	if !(r.Power >= .5 && r.Power <= .99) {
		c.fault("rule.power", "must be 0.5 to 0.99: how probably it finds what is hoped for")
	}
	if bad(r.Least) || r.Least < 0 || r.Least > math.Abs(p.Expected) {
		c.fault("rule.least", "must be 0 or more, and at most what is hoped for: the smallest change worth having")
	}
	if p.Sample < 0 || p.Sample > maxSample {
		c.fault("sample", "must be 0 to %d", maxSample)
	}
	if p.Design.Kind != Random {
		if r.Until.IsZero() {
			c.fault("rule.until", "is missing: without a draw it is decided once, on a day that is written down before")
		}
		for i, s := range p.Design.Starts {
			if !r.Until.IsZero() && !s.At.Before(r.Until) {
				c.fault(fmt.Sprintf("design.starts[%d].at", i), "is not before the day on which it is decided")
			}
		}
	} else if p.Sample == 0 && r.Until.IsZero() {
		c.fault("sample", "is missing, and so is the day on which it is decided: let the power say how many it takes")
	}
}
