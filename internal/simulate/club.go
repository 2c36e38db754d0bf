package simulate

import "math"

// The Club Candil with a fee: customers with a contract. Who remembers better
// joins more and stays longer.

const (
	clubSince    = 330  // days before the end of the past
	clubJoins    = .055 // of those who buy, at each purchase
	clubHazard   = .055 // of a month, of who remembers as usual
	clubSlope    = -.9  // of its log, for each point of memory
	clubLeft     = .5   // of a month, of who comes no more
	clubMonth    = 30 * day
	clubYearly   = .3 // of the members
	monthlyCents = 390
	yearlyCents  = 3600
)

// joinClub lets who has bought join the club, once.
func (e *engine) joinClub(f *fact) {
	c := e.c
	if c.is(inClub|leftClub) || e.isLured() || e.p.standing == forSchool || f.at < e.w.daysBefore(clubSince) {
		return
	}
	if e.w.lot(81, f.object) >= clubJoins*math.Exp(.4*(c.memory()-usualMemory)) {
		return
	}
	c.flags |= inClub
	at := f.at + 10*minute
	e.plan(fact{verb: memberStarted, at: at, shop: noShop, feel: indifferent})
	e.plan(fact{verb: memberRenewed, at: at + clubMonth, shop: noShop, feel: indifferent, count: 1})
}

// paysYearly tells whether a member pays once a year.
func (w *world) paysYearly(number uint32) bool { return w.lot(83, uint64(number)) < clubYearly }

// renew is the day on which another month begins: they stay, or give it up.
func (e *engine) renew(f *fact) {
	hazard := clubHazard * math.Exp(clubSlope*(e.c.memory()-usualMemory))
	if e.c.is(left) {
		hazard = clubLeft
	}
	if e.w.lot(84, uint64(e.c.number)<<16|uint64(f.count)) < hazard {
		f.verb = memberEnded
		e.c.flags = e.c.flags&^inClub | leftClub
		return
	}
	next := *f
	next.at += clubMonth
	next.count++
	e.plan(next)
}

// silent tells that nothing is sent of a month that a yearly member had paid for.
func (e *engine) silent(f *fact) bool {
	return f.verb == memberRenewed && f.count%12 != 0 && e.w.paysYearly(e.c.number)
}

// membership writes what happens to a contract.
func (m *message) membership(e *engine, f *fact) {
	m.code("membership_id", "C", uint64(e.c.number))
	plan, cents := "monthly", int32(monthlyCents)
	if e.w.paysYearly(e.c.number) {
		plan, cents = "yearly", yearlyCents
	}
	m.text("plan", plan)
	if f.verb == memberEnded {
		reason := "experience"
		if e.c.memory() > 0 {
			reason = [...]string{"price", "use", "use", "moving"}[int(4*e.w.lot(85, uint64(e.c.number)))]
		}
		m.text("reason", reason)
		m.number("months", int64(f.count))
		return
	}
	m.money("fee", cents)
	m.text("currency", "EUR")
	if f.verb == memberRenewed {
		m.number("times", int64(f.count))
	}
}
