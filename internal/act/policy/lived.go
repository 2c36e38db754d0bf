package policy

import (
	"cmp"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/stats"
)

// mostExamples is how many customers are told of a conflict.
const mostExamples = 50

// counting adds up who was in a situation.
type counting struct {
	in   hit
	list []Example
}

func newCounting() *counting { return &counting{in: hit{}} }

func (c *counting) add(h *happening) {
	c.in.add(h.customer, h.at)
	c.list = append(c.list, Example{Event: h.seq, At: h.at, no: h.customer})
}

// lived tells what was counted; all are the customers whom the event happened to.
func (g *gathering) lived(c *counting, all hit) *Lived {
	l := &Lived{Window: g.window, Customers: len(c.in), Times: len(c.list)}
	slices.SortFunc(c.list, func(a, b Example) int { return cmp.Or(cmp.Compare(b.At, a.At), cmp.Compare(b.Event, a.Event)) })
	l.Examples = append([]Example{}, c.list[:min(len(c.list), mostExamples)]...)
	if len(c.in) >= fewest {
		with := newComparison(g, c.in, all)
		l.Money = with.money()
		if scores := with.scores(); len(scores) > 0 {
			l.Pain = &scores[0]
		}
	}
	return l
}

// everybody is whom an event of a name happened to.
func (k *kindOf) everybody() hit {
	all := hit{}
	for i := range k.facts {
		all.add(k.facts[i].customer, k.facts[i].at)
	}
	return all
}

// count fills in what was lived of a conflict.
func (g *gathering) count(c *Conflict) {
	switch c.Kind {
	case WithPromise:
		g.countPromise(c)
	case WithPolicy:
		g.countPolicies(c)
	case OfGoal:
		g.countGoal(c)
	case Shadowed, Unreachable, Gap:
	}
}

func (g *gathering) countPromise(c *Conflict) {
	x, _ := g.m.Policy(c.Policy)
	_, slug := cut(c.With)
	p, _ := g.m.Promise(slug)
	f := finder{m: g.m}
	breaking := make([]bool, len(x.Rows))
	for i, row := range x.Rows {
		_, _, _, breaking[i] = f.breaks(&x, row.Outcome, &p)
	}
	k, from := g.kinds[x.On], g.kinds[begin(&p).Event]
	own := k.reads(func(r reader) bool { return r.policy != nil && r.policy.Slug == x.Slug })
	at := from.reads(func(r reader) bool { return r.promise != nil && r.promise.Slug == p.Slug && !r.ends })
	join := g.joining(from, at, x.About, p.About)
	var ends joinEnds
	if !p.Instant() {
		ends = g.ends(&p)
	}
	n, lost := newCounting(), 0
	for i := range k.facts {
		h := &k.facts[i]
		row := int(h.says[own])
		if row < 0 || !breaking[row] {
			continue
		}
		with := h
		if k != from {
			with = join.of(h)
		}
		if with == nil || with.says[at] == nothing {
			continue
		}
		if by := x.Rows[row].Outcome.Delays.By; by > 0 && with.due != nil && with.due[at] >= h.at.Add(by) {
			continue // it was in time nevertheless
		}
		if n.add(h); with.says[at] == broken || with.says[at] == made && ends.first(with) > with.due[at] && with.due[at] <= g.window.To {
			lost++
		}
	}
	c.Lived = g.lived(n, k.everybody())
	c.Lived.Broken = lost
}

// joining finds the event that made a promise for another event.
type joining struct {
	object   int // −1: the customer
	byKey    map[uint64]*happening
	customer map[cx.CustomerNo][]*happening
}

func (g *gathering) joining(from *kindOf, at int, about, other string) joining {
	j := joining{object: -1, byKey: map[uint64]*happening{}, customer: map[cx.CustomerNo][]*happening{}}
	if about == other {
		j.object = g.object(about)
	}
	for i := range from.facts {
		h := &from.facts[i]
		if h.says[at] == nothing {
			continue
		}
		if j.object >= 0 {
			j.byKey[h.keys[j.object]] = h
			continue
		}
		j.customer[h.customer] = append(j.customer[h.customer], h)
	}
	return j
}

// of returns the event that belongs to h: of the same object; of a customer the
// nearest, not farther than soon.
func (j joining) of(h *happening) (nearest *happening) {
	if j.object >= 0 {
		if h.keys[j.object] == 0 {
			return nil
		}
		return j.byKey[h.keys[j.object]]
	}
	far := soon.Microseconds()
	for _, o := range j.customer[h.customer] {
		if d := int64(max(o.at-h.at, h.at-o.at)); d <= far {
			nearest, far = o, d
		}
	}
	return nearest
}

func (g *gathering) countPolicies(c *Conflict) {
	_, slug := cut(c.With)
	a, _ := g.m.Policy(slug)
	b, _ := g.m.Policy(c.Policy)
	k := g.kinds[a.On]
	one := k.reads(func(r reader) bool { return r.policy != nil && r.policy.Slug == a.Slug })
	other := k.reads(func(r reader) bool { return r.policy != nil && r.policy.Slug == b.Slug })
	n := newCounting()
	for i := range k.facts {
		h := &k.facts[i]
		if h.says[one] < 0 || h.says[other] < 0 {
			continue
		}
		if _, opposed := opposes(a.On, a.Rows[h.says[one]].Outcome, b.Rows[h.says[other]].Outcome); opposed {
			n.add(h)
		}
	}
	c.Lived = g.lived(n, k.everybody())
}

// countGoal counts where a goal was reached and the promise not kept.
func (g *gathering) countGoal(c *Conflict) {
	_, slug := cut(c.With)
	p, _ := g.m.Promise(slug)
	goal, _ := g.m.Goal(c.Policy)
	k, outcomes := g.outcomes(&goal, &p)
	if k == nil {
		return
	}
	at := k.reads(func(r reader) bool { return r.goal != nil && r.goal.Slug == goal.Slug })
	n, all := newCounting(), hit{}
	for i := range k.facts {
		h := &k.facts[i]
		if outcomes[i] == nothing || h.says[at] == nothing {
			continue
		}
		all.add(h.customer, h.at)
		if h.says[at] == kept && outcomes[i] == broken {
			n.add(h)
		}
	}
	c.Lived = g.lived(n, all)
	c.Lived.Broken = c.Lived.Times
}

// outcomes tells of each event with a goal's metric how the promise that it made or
// decided ended; nil when the promise has nothing to do with it.
func (g *gathering) outcomes(goal *model.Goal, p *model.Promise) (k *kindOf, out []int16) {
	if begin(p).Event != goal.Metric.Event {
		return nil, nil
	}
	k = g.kinds[goal.Metric.Event]
	at := k.reads(func(r reader) bool { return r.promise != nil && r.promise.Slug == p.Slug && !r.ends })
	out = make([]int16, len(k.facts))
	var ends joinEnds
	if !p.Instant() {
		ends = g.ends(p)
	}
	for i := range k.facts {
		h := &k.facts[i]
		switch out[i] = h.says[at]; {
		case out[i] != made:
		case ends.first(h) <= h.due[at]:
			out[i] = kept
		case h.due[at] > g.window.To:
			out[i] = nothing // may still be kept
		default:
			out[i] = broken
		}
	}
	return k, out
}

// joinEnds are the times at which promises of one kind were kept, by object or customer.
type joinEnds struct {
	object int
	times  map[uint64][]cx.Time
}

func (g *gathering) ends(p *model.Promise) joinEnds {
	e := joinEnds{g.object(p.About), map[uint64][]cx.Time{}}
	k := g.kinds[p.To.Event]
	at := k.reads(func(r reader) bool { return r.promise != nil && r.promise.Slug == p.Slug && r.ends })
	for i := range k.facts {
		if h := &k.facts[i]; h.says[at] == kept {
			e.times[e.key(h)] = append(e.times[e.key(h)], h.at)
		}
	}
	return e
}

func (e joinEnds) key(h *happening) uint64 {
	if e.object >= 0 {
		return h.keys[e.object]
	}
	return uint64(h.customer)
}

// first returns when the promise that h made was kept; never is far away.
func (e joinEnds) first(h *happening) cx.Time {
	for _, t := range e.times[e.key(h)] {
		if t >= h.at {
			return t
		}
	}
	return 1<<62 - 1
}

// associated finds the promises that are broken clearly more where a goal is reached:
// within months and places. What the events say besides is not held alike: it may come
// of how they went. It is an association.
func (g *gathering) associated(goal *model.Goal, p *model.Promise) *Change {
	k, outcomes := g.outcomes(goal, p)
	if k == nil {
		return nil
	}
	at := k.reads(func(r reader) bool { return r.goal != nil && r.goal.Slug == goal.Slug })
	type alike struct{ month, place int32 }
	strata := map[alike]*stats.Stratum{}
	zone := g.m.Company.Zone()
	for i := range k.facts {
		h := &k.facts[i]
		if outcomes[i] == nothing || h.says[at] == nothing {
			continue
		}
		local := h.at.Std().In(zone)
		key := alike{int32(local.Year()*12 + int(local.Month())), h.place}
		s := strata[key]
		if s == nil {
			s = &stats.Stratum{}
			strata[key] = s
		}
		v := 0.0
		if outcomes[i] == broken {
			v = 1
		}
		if h.says[at] == kept {
			s.With.Add(v)
		} else {
			s.Without.Add(v)
		}
	}
	var with, without stats.Moments
	list := ordered(strata, func(a, b alike) int {
		return cmp.Or(cmp.Compare(a.month, b.month), cmp.Compare(a.place, b.place))
	})
	for _, s := range list {
		if s.With.N > 0 && s.Without.N > 0 {
			with.Join(s.With)
			without.Join(s.Without)
		}
	}
	change, ok := changeOf(list, with, without)
	if !ok {
		return nil
	}
	change.clip()
	return &change
}
