package simulate

import (
	"math/rand/v2"
	"time"
)

// initiative is something that Candil tries out to be better, one file each. A
// draw decides which of the customers who take part live it, or shops begin one
// after the other. What does nothing has no effect, and is told as such.
type initiative struct {
	slug, name, arm string // arm: what it is that the treated live
	what            string
	since, until    int64           // customers are drawn from, to; until 0: still
	starts          map[uint8]int64 // since when, by shop; nil of a draw
	joins           func(*fact) bool
	of              verb                // what it makes better
	survey          survey              // about that
	value           func(*fact) float64 // of what begins shop by shop: what it is judged by
	kind, about     string              // how that is called
	better          func(f *fact)       // nil: it does nothing
	tempts          float64             // the share of those who lived of well that come back for it
}

// arm is in which part of a draw a customer is.
type arm uint8

const (
	asDrawn arm = iota
	control
	treated
)

// again is within how long who comes back counts.
const again = 60

// treats tells whether a customer who takes part in an initiative lives it.
func (w *world) treats(initiative int, number uint32) bool {
	if w.all != asDrawn {
		return w.all == treated
	}
	return w.lot(200+uint64(initiative), uint64(number)) < .5
}

// began tells whether a fact was lived in a shop that had begun.
func (x *initiative) began(f *fact) bool {
	since, ok := x.starts[f.shop]
	return ok && f.at >= since
}

// change makes a fact as it is in a shop that has begun.
func (x *initiative) change(w *world, _ *person, f *fact, _ *rand.Rand) {
	if x.better != nil && !w.never && x.began(f) {
		x.better(f)
	}
}

// treat makes a fact as the initiatives make it that the customer takes part in.
func (e *engine) treat(f *fact) {
	for i := range e.w.initiatives {
		x := &e.w.initiatives[i]
		if e.c.enrolled>>i&1 == 0 || x.better == nil || !e.w.treats(i, e.c.number) {
			continue
		}
		if f.verb == x.of || f.verb == asked && f.survey == x.survey {
			x.better(f)
		}
		if f.verb == x.of && f.feel > 0 && e.w.lot(220+uint64(i), f.object) < x.tempts {
			days := 3 + 40*e.w.lot(230+uint64(i), f.object)
			e.plan(fact{verb: tempted, at: f.at + int64(days*float64(day)), shop: noShop, feel: indifferent})
		}
	}
}

// consider lets a fact make the customer take part in what is tried out, join the
// club or tell who spoke of Candil.
func (e *engine) consider(f *fact) {
	if !e.c.is(known) || e.c.is(left) {
		return
	}
	for i := range e.w.initiatives {
		x := &e.w.initiatives[i]
		if x.joins == nil || e.c.enrolled>>i&1 == 1 || f.at < x.since || x.until != 0 && f.at >= x.until || !x.joins(f) {
			continue
		}
		e.c.enrolled |= 1 << i
		e.plan(fact{verb: exposed, at: f.at + second, shop: noShop, feel: indifferent, count: uint16(i)})
	}
	switch f.verb {
	case ordered, paid:
		e.joinClub(f)
	case referred:
		e.c.flags |= passedOn
		e.codes = append(e.codes, e.c.number)
		e.plan(fact{verb: shared, at: f.at + second, shop: noShop, feel: indifferent})
	}
}

// comesBack is an order that nothing but a good memory brought.
func (e *engine) comesBack(f *fact) {
	if !e.c.is(left) {
		e.shopOnline(f.at, false)
	}
}

// shopOnline is an order to their home by who knows what they want.
func (e *engine) shopOnline(at int64, campaign bool) {
	title := e.book(at)
	f := fact{device: firstDevice, shop: noShop, title: title, feel: indifferent}
	f.verb, f.at, f.campaign = pageSeen, at, campaign
	at = e.plan(f).at + e.some(9*second, 60*second)
	f.verb, f.at, f.campaign = viewed, at, false
	at = e.plan(f).at + e.some(9*second, 90*second)
	e.order(at, firstDevice, title, false)
}

// exposure writes in which arm the customer is.
func (m *message) exposure(e *engine, f *fact) {
	x := &e.w.initiatives[f.count]
	m.text("experiment_id", x.slug)
	m.text("experiment_name", x.name)
	if e.w.treats(int(f.count), e.c.number) {
		m.text("variation_id", "treated")
		m.text("variation_name", x.arm)
	} else {
		m.text("variation_id", "control")
		m.text("variation_name", "Como siempre")
	}
}

// stages says since when each shop does it: days before the end of the past.
func (w *world) stages(days map[string]int) map[uint8]int64 {
	starts := make(map[uint8]int64, len(days))
	for slug, n := range days {
		starts[shopNumber(slug)] = w.daysBefore(n)
	}
	return starts
}

// truth tells what an initiative is.
func (x *initiative) truth() TruthInitiative {
	t := TruthInitiative{Slug: x.slug, Name: x.name, What: x.what, Design: "random", Since: utc(x.since), Works: x.better != nil}
	if x.until != 0 {
		t.Until = pointer(utc(x.until))
	}
	if x.starts != nil {
		t.Design, t.Starts = "staggered", map[string]time.Time{}
		for shop, at := range x.starts {
			t.Starts[shops[shop].slug] = utc(at)
		}
	}
	return t
}
