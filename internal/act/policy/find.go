package policy

import (
	"cmp"
	"slices"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/expr"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// Find tells every conflict that the model itself shows, without data, as of a day
// ("2006-01-02"): contradictions first, in the order of the file. Of two that are the
// same but for the row, the first row is told. The error is cx.TooLarge when
// conditions are too entangled to be compared.
func Find(m *model.Model, today string) ([]Conflict, error) {
	f := finder{m: m}
	for i := range m.Policies {
		x := &m.Policies[i]
		if err := f.table(x); err != nil {
			return nil, cx.Wrap("policy.Find", err)
		}
		for j := range m.Promises {
			if err := f.promise(x, &m.Promises[j]); err != nil {
				return nil, cx.Wrap("policy.Find", err)
			}
		}
		for j := range m.Policies[:i] {
			if err := f.policies(&m.Policies[j], x); err != nil {
				return nil, cx.Wrap("policy.Find", err)
			}
		}
	}
	for i := range m.Goals {
		for j := range m.Promises {
			if err := f.goal(&m.Goals[i], &m.Promises[j]); err != nil {
				return nil, cx.Wrap("policy.Find", err)
			}
		}
	}
	for i := range f.found {
		f.found[i].named()
		decided(m, &f.found[i], today)
	}
	slices.SortStableFunc(f.found, func(a, b Conflict) int { return cmp.Compare(kindOrder(a.Kind), kindOrder(b.Kind)) })
	return f.found, nil
}

func kindOrder(k Kind) int {
	return slices.Index([]Kind{WithPromise, OfGoal, WithPolicy, Shadowed, Unreachable, Gap}, k)
}

type finder struct {
	m     *model.Model
	found []Conflict
}

func (f *finder) add(c Conflict) { f.found = append(f.found, c) }

// table finds rows that never decide, and what no row decides.
func (f *finder) table(x *model.Policy) error {
	t := newSheet(x)
	for i := range x.Rows {
		c := Conflict{Policy: x.Slug, Row: i, Area: x.Area}
		terms, ok, certain, err := t.find([]int{i}, nil)
		if err != nil {
			return err
		}
		if !ok {
			c.Kind, c.Certain = Unreachable, true
			f.add(c)
			continue
		}
		if _, reached, _, err := t.find([]int{i}, upto(i)); err != nil {
			return err
		} else if reached {
			continue
		}
		c.Kind, c.Situation, c.Certain = Shadowed, terms, certain
		for j := range i {
			if _, shared, _, err := t.find([]int{i, j}, nil); err != nil {
				return err
			} else if shared {
				c.Rows = append(c.Rows, j)
			}
		}
		f.add(c)
	}
	if !x.Complete {
		return nil
	}
	terms, ok, certain, err := t.find(nil, upto(len(x.Rows)))
	if err == nil && ok {
		f.add(Conflict{Kind: Gap, Policy: x.Slug, Area: x.Area, Row: len(x.Rows), Situation: terms, Certain: certain})
	}
	return err
}

// promise finds the first row of a policy that breaks a promise.
func (f *finder) promise(x *model.Policy, p *model.Promise) error {
	for i, row := range x.Rows {
		how, cut, more, ok := f.breaks(x, row.Outcome, p)
		if !ok {
			continue
		}
		both := applies(p).and(cut)
		// Without the rows above first: most rows and promises have nothing in common.
		if _, ok, _, err := holds(x, i).and(both).find(); err != nil || !ok {
			if err != nil {
				return err
			}
			continue
		}
		terms, ok, certain, err := decides(x, i).and(both).find()
		if err != nil {
			return err
		}
		if ok {
			f.add(Conflict{
				Kind: WithPromise, How: how, Policy: x.Slug, Row: i, With: "promise." + p.Slug, Area: x.Area,
				Situation: append(terms, more...), Certain: certain,
			})
			return nil
		}
	}
	return nil
}

// applies is the region in which a promise is made.
func applies(p *model.Promise) region {
	begins := begin(p)
	return region{all: []expr.Formula{of(begins.Event, begins.When), of(begins.Event, p.For)}}
}

// begin is the event at which a promise is made.
func begin(p *model.Promise) model.Mark {
	if p.Instant() {
		return p.At
	}
	return p.From
}

// breaks tells whether an outcome of a policy breaks a promise, how, and in which
// situations beside those in which both apply; more is what else must be so.
func (f *finder) breaks(x *model.Policy, o model.Outcome, p *model.Promise) (how How, cut region, more []Term, ok bool) {
	if !p.Instant() && slices.Contains(o.Prevents, p.To.Event) {
		if o.Effect == model.Require {
			return Requires, region{not: []expr.Formula{of(x.On, o.Requires)}}, nil, true
		}
		return Prevents, region{}, nil, true
	}
	if !p.Instant() && o.Delays.By > 0 && o.Delays.Event == p.To.Event {
		more, ok := f.late(o.Delays.By, p)
		return Delays, region{}, more, ok
	}
	if o.Sets == nil {
		return "", cut, nil, false
	}
	at, keeps := p.To, p.To.When
	if p.Instant() {
		at, keeps = p.At, p.Holds
	}
	if at.Event != o.Sets.Event || keeps == nil {
		return "", cut, nil, false
	}
	// Kept with another value, and not with this one, all else alike.
	holds := of(at.Event, keeps)
	return Says, region{all: []expr.Formula{holds, not(setTo(holds, at.Event, o.Sets.Property, o.Sets.Value))}}, nil, true
}

// late tells whether something that comes so much later comes too late; more is when.
func (f *finder) late(by time.Duration, p *model.Promise) (more []Term, ok bool) {
	switch w := p.Within; {
	case w.Property != "":
		t := Term{Event: p.From.Event}
		t.Cell = model.Cell{Field: "properties." + w.Property, Op: model.Below, Values: []any{"+" + model.FormatSpan(by)}}
		t.Example = t.Values[0]
		return []Term{t}, true
	case w.Calendar == "":
		return nil, by > w.Span
	default:
		c, ok := f.m.Calendar(w.Calendar)
		if !ok {
			return nil, false
		}
		// Any week tells: the first with business time to keep the promise in.
		monday := cx.TimeOf(time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC))
		for at := monday; at < monday.Add(7*24*time.Hour); at = at.Add(15 * time.Minute) {
			if c.Add(at, w.Span) < at.Add(by) {
				return nil, true
			}
		}
		return nil, false
	}
}

// policies finds what two policies want of the same customer that cannot both be.
func (f *finder) policies(a, b *model.Policy) error {
	if a.On != b.On {
		return nil
	}
	for i, one := range a.Rows {
		for j, other := range b.Rows {
			cut, opposed := opposes(a.On, one.Outcome, other.Outcome)
			if !opposed {
				continue
			}
			both := decides(a, i).and(decides(b, j), cut)
			terms, ok, certain, err := both.find()
			if err != nil {
				return err
			}
			if ok && one.Outcome.Requires != nil && other.Outcome.Requires != nil {
				met := both.and(region{all: []expr.Formula{of(a.On, one.Outcome.Requires), of(a.On, other.Outcome.Requires)}})
				_, can, _, err := met.find()
				if err != nil {
					return err
				}
				ok = !can
			}
			if ok {
				f.add(Conflict{Kind: WithPolicy, How: Opposes, Policy: b.Slug, Row: j, With: "policy." + a.Slug, Area: b.Area, Situation: terms, Certain: certain})
				return nil
			}
		}
	}
	return nil
}

// opposes tells whether two outcomes can be at odds, and in which situations beside
// those in which both are wanted.
func opposes(on string, a, b model.Outcome) (cut region, ok bool) {
	if shared := func(x, y model.Outcome) bool {
		return slices.ContainsFunc(x.Prevents, func(e string) bool {
			return slices.Contains(y.Prevents, e) || y.Delays.By > 0 && y.Delays.Event == e || y.Sets != nil && y.Sets.Event == e
		})
	}; shared(a, b) || shared(b, a) {
		switch {
		case a.Effect == model.Refuse && b.Effect == model.Refuse:
			return cut, false
		case a.Effect == model.Require && b.Effect == model.Require:
			return cut, true // when nobody can meet both
		case a.Effect == model.Refuse && b.Effect == model.Require:
			return region{all: []expr.Formula{of(on, b.Requires)}}, true
		case a.Effect == model.Require && b.Effect == model.Refuse:
			return region{all: []expr.Formula{of(on, a.Requires)}}, true
		}
		return cut, a.Effect == model.Refuse || b.Effect == model.Refuse // who requires lets the others go on
	}
	if a.Sets != nil && b.Sets != nil && a.Sets.Event == b.Sets.Event && a.Sets.Property == b.Sets.Property {
		return cut, a.Sets.Value != b.Sets.Value
	}
	return cut, a.Effect == model.Allow && b.Effect == model.Refuse || a.Effect == model.Refuse && b.Effect == model.Allow
}

// goal finds a promise that cannot be kept where the goal is reached.
func (f *finder) goal(g *model.Goal, p *model.Promise) error {
	at, keeps := p.To, p.To.When
	if p.Instant() {
		at, keeps = p.At, p.Holds
	}
	if g.Metric.Event != at.Event || keeps == nil {
		return nil
	}
	kept := region{all: []expr.Formula{of(at.Event, keeps)}}
	if p.Instant() {
		kept = kept.and(applies(p))
	}
	reached := of(at.Event, g.When)
	if _, both, _, err := kept.and(region{all: []expr.Formula{reached}}).find(); err != nil || both {
		return err
	}
	terms, ok, certain, err := kept.and(region{not: []expr.Formula{reached}}).find()
	if err == nil && ok {
		f.add(Conflict{Kind: OfGoal, How: Misses, Policy: g.Slug, With: "promise." + p.Slug, Area: g.Area, Situation: terms, Certain: certain})
	}
	return err
}

// decided reads from the model what people decided of a conflict.
func decided(m *model.Model, c *Conflict, today string) {
	type side struct {
		suspended    *model.Suspension
		acknowledged []model.Acknowledgement
		with         string
	}
	sides := make([]side, 0, 2)
	add := func(of, with string) {
		kind, slug := cut(of)
		if x, ok := m.Policy(slug); ok && kind == "policy" {
			sides = append(sides, side{x.Suspended, x.Acknowledged, with})
		}
		if g, ok := m.Goal(slug); ok && kind == "goal" {
			sides = append(sides, side{g.Suspended, g.Acknowledged, with})
		}
	}
	add(c.Subject(), c.With)
	add(c.With, c.Subject())
	for _, s := range sides {
		if s.suspended != nil {
			c.Decision, c.Lapsed = &Decision{What: Suspended, By: s.suspended.By, At: s.suspended.Since, Why: s.suspended.Why}, false
			return
		}
		for _, a := range s.acknowledged {
			if a.With == s.with && (c.Decision == nil || a.Until > c.Decision.Until) {
				c.Decision, c.Lapsed = &Decision{What: Kept, By: a.By, At: a.Since, Why: a.Reason, Until: a.Until}, a.Until < today
			}
		}
	}
}
