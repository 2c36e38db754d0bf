package simulate

// seekHelp is what follows something that went wrong: a call, an e-mail, a
// complaint, or silence.
func (e *engine) seekHelp(bad *fact) {
	r := e.r
	id := e.object()
	base := fact{object: id, parent: bad.object, parcel: bad.due != 0, shop: bad.shop, topic: bad.topic, feel: indifferent, carrier: bad.carrier}
	at := bad.at
	if bad.verb == delivered && bad.amount >= 1 && e.happens(.6) {
		at = bad.due + e.some(2*hour, 20*hour) // they ask while they wait
	}
	x := r.Float64()
	switch {
	case x < .27: // they call
		times := 1
		if e.happens(.1) {
			times = 2
		}
		e.call(base, at, times)
	case x < .43: // they write
		f := base
		f.verb, f.at = mailSent, at+e.some(20*minute, 9*hour)
		f = e.plan(f)
		f.verb, f.amount, f.yes = mailAnswered, float32(2+r.ExpFloat64()*22), e.happens(.72)
		written := f.at
		f.at += int64(f.amount) * hour
		switch {
		case !f.yes:
			f.feel, f.topic = e.felt(-1), careTheme
		case f.amount > 48:
			f.feel = e.felt(-.5)
		default:
			f.feel = e.felt(1)
		}
		if f = e.plan(f); f.verb == none { // nobody answers: they call, and say it all again
			e.call(base, written+e.some(20*hour, 50*hour), 2)
			return
		}
		e.ask(&f, csatCare, hour, 20*hour)
	case x < .5 && !e.c.is(complaining): // they complain
		e.c.flags |= complaining
		f := base
		f.verb, f.at, f.feel = complained, e.w.cal.workingHours(at, madrid, e.some(hour, 12*hour)), e.felt(-1.9)
		f = e.plan(f)
		f.verb, f.amount, f.yes = complaintAnswered, float32(1+r.IntN(9)), e.happens(.6)
		f.at = e.w.cal.workingHours(f.at+int64(f.amount)*day, madrid, e.some(0, 4*hour))
		f.feel = e.felt(1.4)
		if !f.yes {
			f.feel, f.topic = e.felt(-1.5), careTheme
		}
		e.plan(f)
	}
}

// call is a call to the call centre, and the next ones a day later until the
// last, which may solve it.
func (e *engine) call(base fact, at int64, times int) {
	for n := 1; n <= times; n++ {
		f := base
		f.verb, f.count = called, uint16(n)
		f.at = e.w.cal.workingHours(at+int64(n-1)*20*hour, madrid, e.some(10*minute, 5*hour))
		f.amount = float32(e.r.ExpFloat64() * 4)
		f.yes = n == times && e.happens(.75)
		switch {
		case !f.yes:
			f.feel, f.topic = e.felt(-1.5), careTheme
		case n > 1:
			f.feel = e.felt(-.5)
		case f.amount > 5:
			f.feel = e.felt(0)
		default:
			f.feel = e.felt(1)
		}
		f = e.plan(f)
		if n == times {
			e.ask(&f, csatCare, hour, 20*hour)
		}
	}
}

// lasted is how many minutes a call took. Who is hurried off the phone within
// four is helped less: shortShare of the calls that solve nothing, and few of
// those that do, are that short.
func (w *world) lasted(f *fact) float32 {
	const short, shortIfSolved, shortShare = 4, .22, .74
	share := shortShare
	if f.yes {
		share = shortIfSolved
	}
	id := f.object<<3 | uint64(f.count)
	long := float32(w.lot(12, id))
	if w.lot(11, id) < share {
		return 1.2 + 2.7*long
	}
	return short + .1 + 9*long*long
}

// aftermath is what a feeling leads to: leaving, telling others, bringing a
// friend, being asked how it goes.
func (e *engine) aftermath(f *fact) {
	c, r := e.c, e.r
	if c.is(left) {
		return
	}
	m := c.memory()
	if f.feel < -.5 && e.happens(c.leaving(e.w.better)) {
		c.flags |= left
		if c.is(subscribed) && e.happens(.35) {
			c.flags &^= subscribed
			e.plan(fact{verb: newsletterLeft, at: f.at + e.some(day, 6*day), shop: noShop, feel: indifferent})
		}
	}
	if f.feel < -1.6 && e.happens(.018) || f.feel > 1.6 && e.happens(.008) {
		e.plan(fact{verb: posted, at: f.at + e.some(10*minute, 20*hour), yes: f.feel > 0, topic: f.topic, shop: noShop, feel: indifferent, count: uint16(r.IntN(4))})
	}
	today := int16(e.w.cal.day(f.at))
	if c.is(known) && c.is(buyer) && (c.asked < 0 || today-c.asked > 120) && e.happens(.45) {
		c.asked = today
		g := *f
		e.ask(&g, nps, 20*hour, 4*day)
	}
	if f.feel > .9 && m > .55 && c.friends < 3 && c.is(known) && e.happens(.07*(m-.3)) {
		e.recommend(f.at)
	}
}

// recommend brings a friend who would not have come otherwise, while there are
// such people.
func (e *engine) recommend(at int64) {
	if int(e.brought) >= e.w.cfg.Customers {
		return
	}
	e.c.friends++
	at += e.some(30*minute, 2*day)
	e.plan(fact{verb: referred, at: at, shop: noShop, device: firstDevice, feel: e.felt(1.4), count: uint16(e.c.friends)})
	prescriber, friend := e.index, e.brought
	e.customers[friend].referrer = prescriber + 1
	e.brought += broughtEvery
	comes := at + e.some(day, 20*day)
	e.turnOf(friend)
	e.wakeAt(e.w.cal.activity(comes))
	e.turnOf(prescriber)
}

// skips tells that a fact that was planned does not come to be: who has left
// reads and posts no more.
func (e *engine) skips(f *fact) bool {
	return e.c.is(left) && (f.verb == referred || f.verb == reviewed)
}
