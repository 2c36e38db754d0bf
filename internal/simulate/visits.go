package simulate

// visit plans what a customer lives in one go.
func (e *engine) visit(k kind, at int64) {
	switch k {
	case shopVisit:
		e.inShop(at, noTitle)
	case webVisit:
		if e.launches(at) {
			e.atLaunch(at)
			return
		}
		d := firstDevice
		if e.p.second && e.r.Float64() < .3 {
			d = secondDevice
		}
		e.onWeb(at, d)
	case appVisit:
		e.onWeb(at, phoneApp)
	case newsletterRead:
		e.newsletter(at)
	case authorEvent:
		e.atAuthorEvent(at)
	case specialOrder:
		e.orderSpecially(at)
	case phoneCall:
		e.ringShop(at)
	case accountOrder:
		e.orderForAccount(at)
	}
}

const noTitle = ^uint16(0)

// felt is a valence with a person's noise, within −2..+2.
func (e *engine) felt(mean float64) float32 {
	return float32(min(max(mean+e.r.NormFloat64()*.35, -2), 2))
}

// some is a span between two, in ms.
func (e *engine) some(from, to int64) int64 { return from + e.r.Int64N(to-from) }

func (e *engine) happens(p float64) bool { return e.r.Float64() < p }

// book draws a title that a customer looks for on a day.
func (e *engine) book(at int64) uint16 {
	d := e.w.cal.date(e.w.cal.day(at))
	list := e.w.sold
	switch x := e.r.Float64(); {
	case (d.Month() == 9 || d.Month() == 8 && d.Day() > 22) && x < .35:
		list = e.w.byKind['t']
	case d.christmas && x < .25:
		list = e.w.byKind['k']
	}
	return list[e.r.IntN(len(list))]
}

// meets makes the company know who the customer is, on a device or at night.
func (e *engine) meets(at int64) {
	if e.c.is(known) {
		return
	}
	e.c.flags |= known
	night := e.tell(at)
	if e.p.standing == forSchool && !e.c.is(inAccount) {
		e.c.flags |= inAccount
		e.plan(fact{verb: grouped, at: night + 2*second, feel: indifferent, shop: noShop})
	}
}

// bought counts a purchase; some make the club's level rise, which the CRM tells
// at night.
func (e *engine) bought(at int64) {
	e.c.flags |= buyer
	e.c.bought = min(e.c.bought+1, 200)
	if n := e.c.bought; e.c.is(hasCard) && e.c.is(known) && (n == 3 || n == 8) {
		e.tell(at)
	}
}

// tell lets the CRM say at night what it knows.
func (e *engine) tell(at int64) (night int64) {
	n, _ := e.w.cal.clockOf(at, madrid)
	night = e.w.cal.local(n+1, madrid, 3*hour) + e.some(0, 90*minute)
	e.plan(fact{verb: synced, at: night, feel: indifferent, shop: noShop})
	return night
}

// level is the club's, by what was bought in the past that Candil looks at.
func (c *customer) level() string {
	switch {
	case c.bought >= 8:
		return "faro"
	case c.bought >= 3:
		return "farol"
	}
	return "candil"
}

// signIn identifies the device; it returns the time when that is done.
func (e *engine) signIn(at int64, d device) int64 {
	on := [...]flags{firstDevice: onFirst, secondDevice: onSecond, phoneApp: onApp}[d]
	if e.c.is(on) {
		return at
	}
	e.c.flags |= on
	if d == phoneApp && e.p.legacy {
		at = e.plan(fact{verb: aliased, at: at + e.some(second, 4*second), device: d, feel: indifferent, shop: noShop}).at
	}
	at = e.plan(fact{verb: registered, at: at + e.some(second, 9*second), device: d, feel: indifferent, shop: noShop}).at
	e.meets(at)
	return at
}

func (e *engine) signedIn(d device) bool {
	switch d {
	case firstDevice:
		return e.c.is(onFirst)
	case secondDevice:
		return e.c.is(onSecond)
	case phoneApp:
		return e.c.is(onApp)
	}
	return true
}

// onWeb is a visit to the web or the app; some end with an order.
func (e *engine) onWeb(at int64, d device) {
	r, w := e.r, e.w
	base := fact{device: d, shop: noShop, feel: indifferent}
	step := func(f fact) fact {
		f.device, f.at = d, at
		f = e.plan(f)
		at = f.at + e.some(9*second, 150*second)
		return f
	}
	if d == phoneApp {
		crashed := e.happens(.02)
		f := base
		f.verb, f.also = appOpened, crashed
		if crashed {
			f.feel = e.felt(-1.5)
		}
		step(f)
		if crashed {
			return
		}
		if e.happens(.4) {
			f := base
			f.verb = screenSeen
			step(f)
		}
	} else {
		f := base
		f.verb = pageSeen
		step(f)
	}
	mayBuy := e.p.standing != passing
	if mayBuy && !e.signedIn(d) && (d == phoneApp || e.happens(.5)) {
		at = e.signIn(at, d) + e.some(4*second, 30*second)
	}
	wanted := e.book(at)
	if e.happens(.4) {
		f := base
		f.verb, f.title, f.count = searched, wanted, uint16(1+r.IntN(24))
		if e.happens(.06) {
			f.count, f.feel = 0, e.felt(-1)
			step(f)
			if e.happens(.5) {
				return
			}
		} else {
			step(f)
		}
	}
	for n := 1 + r.IntN(2)*r.IntN(3); n > 0; n-- {
		f := base
		f.verb, f.title = viewed, wanted
		if n > 1 {
			f.title = e.book(at)
		}
		step(f)
	}
	if e.p.reads && !e.c.is(subscribed) && e.happens(.12) {
		e.c.flags |= subscribed
		f := base
		f.verb = newsletterSubscribed
		step(f)
	}
	inStock := true
	if e.p.shop != noShop && e.happens(.5) {
		f := base
		f.verb, f.title, f.shop, f.yes, f.feel = stockChecked, wanted, e.p.shop, e.happens(.86), .5
		if !f.yes {
			f.feel = -.5
		}
		inStock = step(f).yes
		if !inStock && e.happens(.6) {
			return
		}
	}
	if e.happens(.07) {
		f := base
		f.verb, f.title = wished, wanted
		step(f)
	}
	if !mayBuy {
		return
	}
	buys := .42
	if d == phoneApp {
		buys = .3
	}
	if w.cal.date(w.cal.day(at)).christmas {
		buys += .08
	}
	switch x := r.Float64(); {
	case x < buys:
		e.order(at, d, wanted, inStock)
	case x < buys+.06 && inStock && e.p.shop != noShop && e.c.is(hasCard):
		// They go and get it, today or tomorrow.
		to, _ := w.cal.opening(at+2*hour, e.p.town.zone)
		e.inShop(to+e.some(0, 50*minute), wanted)
	}
}

// newsletter is a newsletter that is opened, or is one too many.
func (e *engine) newsletter(at int64) {
	if e.happens(.012 + .05*max(0, -e.c.memory())) {
		e.c.flags &^= subscribed
		e.plan(fact{verb: newsletterLeft, at: at, shop: noShop, feel: e.felt(-1)})
		return
	}
	e.plan(fact{verb: newsletterOpened, at: at, shop: noShop, feel: e.felt(.5)})
	if e.p.standing != cardOnly && e.happens(.16) {
		e.onWeb(at+e.some(5*second, 40*second), firstDevice)
	}
}

// atAuthorEvent is an evening with an author, booked some days before.
func (e *engine) atAuthorEvent(at int64) {
	id := e.w.eventID(at, e.p.shop)
	f := fact{verb: eventBooked, at: at, shop: e.p.shop, object: id, title: e.w.sold[id%uint64(len(e.w.sold))], count: uint16(1 + e.r.IntN(3)), feel: indifferent}
	e.meets(at)
	e.plan(f)
	n, _ := e.w.cal.clockOf(at, e.p.town.zone)
	n += 2 + e.r.IntN(9)
	for !e.w.cal.date(n).open {
		n++
	}
	f.at = e.w.cal.local(n, e.p.town.zone, 19*hour) + e.some(-15*minute, 10*minute)
	f.verb, f.yes = eventAttended, e.happens(.85)
	f.feel = e.felt(1.5)
	if !f.yes {
		f.feel = e.felt(-.5)
	}
	if e.happens(.12) {
		return // they did not go in the end
	}
	e.plan(f)
	e.ask(&f, csatEvent, 12*hour, 40*hour)
	if e.c.is(hasCard) && e.happens(.4) {
		e.pay(f.at+e.some(70*minute, 85*minute), f.title, false)
	}
}

// eventID numbers the author event of a shop's week.
func (w *world) eventID(at int64, shop uint8) uint64 {
	return uint64(w.cal.day(at)/7)*16 + uint64(shop)
}

// orderSpecially is a book that the shop has to get from the distributor.
func (e *engine) orderSpecially(at int64) {
	e.meets(at)
	cal, zone := e.w.cal, e.p.town.zone
	id, title := e.object(), e.book(at)
	due := cal.workingHours(at+int64(6+e.r.IntN(5))*day, zone, 2*hour)
	base := fact{object: id, title: title, shop: e.p.shop, due: due, feel: indifferent}
	f := base
	f.verb, f.at = specialPlaced, at
	if mistaken := e.plan(f).also; mistaken {
		e.remind(&f)
	}
	f = base
	f.verb, f.amount, f.yes = specialAnswered, float32(1+e.r.IntN(4)), e.happens(.93)
	if e.happens(.1) {
		f.amount += 4
	}
	f.feel = e.felt(1)
	if !f.yes {
		f.feel = e.felt(-.5)
	}
	if f.amount > 5 {
		f.feel = e.felt(-1)
	}
	f.at = cal.workingHours(at+int64(f.amount)*day, zone, e.some(10*minute, 3*hour))
	answered := e.plan(f)
	if !f.yes {
		return
	}
	f = base
	f.verb, f.promise, f.feel = specialReady, 1, e.felt(1)
	f.at = cal.workingHours(max(due-2*day, answered.at+6*hour), zone, e.some(10*minute, 5*hour))
	if f.at > due || e.happens(.1) {
		f.amount, f.promise, f.feel = float32(1+e.r.IntN(4)), -1, e.felt(-1)
		f.at = cal.workingHours(due+int64(f.amount)*day-6*hour, zone, e.some(10*minute, 3*hour))
		f.amount = float32((f.at-due)/day + 1)
	}
	f = e.plan(f)
	if e.happens(.9) && e.c.is(hasCard) {
		to := cal.workingHours(f.at+2*hour, zone, e.some(0, 10*hour))
		e.pay(to, title, false)
		f.at = to
	}
	e.ask(&f, csatSpecial, 5*hour, 30*hour)
}

// remind asks the next morning for money that is not due.
func (e *engine) remind(order *fact) {
	n, _ := e.w.cal.clockOf(order.at, madrid)
	f := fact{
		verb: reminded, at: e.w.cal.local(n+1, madrid, 8*hour) + e.some(0, 90*minute), object: order.object, shop: order.shop,
		cents: e.w.titles[order.title].cents, amount: 1, also: true, feel: e.felt(-1.9),
	}
	f = e.plan(f)
	e.seekHelp(&f)
}

// ringShop is a call to a shop's switchboard; some come by afterwards.
func (e *engine) ringShop(at int64) {
	f := fact{verb: switchboardCalled, at: at, shop: e.p.shop, amount: float32(e.r.ExpFloat64() * 1.6), yes: e.happens(.86)}
	e.meets(at)
	switch {
	case !f.yes:
		f.feel = e.felt(-1.5)
	case f.amount > 3:
		f.feel = e.felt(-.5)
	default:
		f.feel = e.felt(.5)
	}
	e.plan(f)
	if f.yes && e.c.is(hasCard) && e.happens(.5) {
		to, _ := e.w.cal.opening(at+hour, e.p.town.zone)
		e.inShop(to+e.some(5*minute, 40*minute), e.book(at))
	}
}
