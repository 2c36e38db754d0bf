package simulate

// order is a purchase on the web or in the app, from the basket to the door or
// the desk.
func (e *engine) order(at int64, d device, title uint16, inStock bool) {
	at = e.signIn(at, d)
	id := e.object()
	f := fact{device: d, shop: noShop, object: id, title: title, feel: indifferent}
	f.count, f.cents = e.basket(at, title)
	f.verb, f.at = added, at+e.some(5*second, 40*second)
	e.plan(f)
	f.verb, f.at = checkoutStarted, f.at+e.some(20*second, 3*minute)
	fails, leaves := 0, .6
	if loops := e.plan(f).also; loops {
		fails, leaves = 2+e.r.IntN(3), .35
	} else if e.happens(.035) {
		fails = 1
	}
	for range fails {
		f.verb, f.at, f.feel = checkoutFailed, f.at+e.some(30*second, 2*minute), e.felt(-1.5)
		e.plan(f)
	}
	if fails > 0 && e.happens(leaves) {
		return
	}
	if !e.c.is(hasCard) && e.happens(.25) && e.p.standing == member {
		e.c.flags |= hasCard
	}
	date := e.w.cal.date(e.w.cal.day(at))
	f.verb, f.at, f.feel = ordered, f.at+e.some(50*second, 4*minute), e.felt(.5)
	f.also = e.happens(.14) || date.christmas && e.happens(.3)
	if e.p.shop != noShop && inStock && e.happens(.52) {
		f.shop = e.p.shop
	}
	if f.shop == noShop {
		f.due = e.deliveryDate(f.at)
	} else {
		f.due = e.w.cal.workingHours(f.at, e.p.town.zone, 2*hour)
	}
	if e.launches(f.at) {
		f.cents -= f.cents * launchDiscount / 100
		f.campaign = true
	}
	f = e.plan(f)
	e.bought(f.at)
	if e.happens(.5) {
		e.ask(&f, csatWeb, 20*second, 3*minute)
	}
	if f.shop == noShop {
		e.bring(&f)
	} else {
		e.collect(&f)
	}
}

// deliveryDate is what is promised at home: two working days later, three from
// the afternoon on, by eight in the evening.
func (e *engine) deliveryDate(at int64) int64 {
	cal := e.w.cal
	n, ofDay := cal.clockOf(at, madrid)
	days := 2
	if ofDay > 15*hour {
		days = 3
	}
	for days > 0 {
		n++
		if d := cal.date(n); d.open && d.Weekday() != 0 {
			days--
		}
	}
	return cal.local(n, madrid, 20*hour)
}

// bring is the way of a parcel to the door.
func (e *engine) bring(order *fact) {
	carrier := veloz
	if e.happens(e.p.azahar) {
		carrier = azahar
	}
	base := fact{object: order.object, title: order.title, shop: noShop, carrier: carrier, due: order.due, colour: order.colour, feel: indifferent, cents: order.cents}
	f := base
	f.verb, f.at = shipped, e.w.cal.workingHours(order.at, madrid, e.some(90*minute, 7*hour))
	sent := e.plan(f)
	e.expect(&sent)

	f = base
	f.verb, f.promise, f.topic = delivered, 1, praiseDelivery
	f.at = order.due - e.some(30*minute, 9*hour)
	if e.happens(.3) && sent.at < f.at-30*hour {
		f.at -= day // a day before what was promised
	}
	f.at, _ = e.w.cal.opening(f.at, madrid)
	f.feel, f.also = e.felt(1), e.happens(.012)
	if f.also {
		f.feel, f.topic = e.felt(-1.5), noTheme
	}
	if e.happens(usuallyLate) {
		f.delay(e.w, e.r, 1+e.r.IntN(2))
	}
	f = e.plan(f)

	morning := base
	n, _ := e.w.cal.clockOf(f.at, madrid)
	morning.verb, morning.at = notified, e.w.cal.local(n, madrid, 7*hour)+e.some(0, 90*minute)
	fails := .04
	if morning.at > sent.at && e.plan(morning).verb == none {
		fails = unannouncedFails
	}
	if e.happens(fails) {
		miss := base
		miss.verb, miss.at, miss.feel = deliveryFailed, f.at-day+e.some(-2*hour, 2*hour), e.felt(-1.5)
		if miss.at > sent.at+hour {
			e.plan(miss)
		}
	}
	look := base
	look.verb, look.device = statusSeen, firstDevice
	if e.happens(.15) {
		look.at = sent.at + e.some(2*hour, 30*hour)
		e.plan(look)
	}
	if f.amount >= 1 && e.happens(.6) { // where is it?
		look.at = f.due + e.some(-3*hour, 20*hour)
		e.plan(look)
	}
	e.ask(&f, csatDelivery, 3*hour, 30*hour)
	if f.feel < -.4 {
		e.seekHelp(&f)
	}
	e.regrets(&f, order.also)
	e.review(&f)
}

// collect is click and collect: two opening hours are promised.
func (e *engine) collect(order *fact) {
	cal, zone := e.w.cal, e.p.town.zone
	base := fact{object: order.object, title: order.title, shop: order.shop, due: order.due, colour: order.colour, feel: indifferent, cents: order.cents}
	if e.w.titles[order.title].phantom && e.happens(cancelledShare) || e.happens(.008) {
		f := base
		f.verb, f.at, f.promise = cancelled, cal.workingHours(order.at, zone, e.some(2*hour, 18*hour)), -1
		f.feel, f.topic = e.felt(-1.9), wrongStockTheme
		f = e.plan(f)
		back := f
		back.verb, back.at, back.amount = refunded, f.at+e.some(2*day, 5*day), 3
		back.feel, back.promise, back.topic = e.felt(.2), 0, noTheme
		e.plan(back)
		e.ask(&f, csatCollect, 3*hour, 30*hour)
		e.seekHelp(&f)
		return
	}
	f := base
	span := e.some(20*minute, 110*minute)
	f.verb, f.promise, f.feel = ready, 1, e.felt(.5)
	if e.happens(.08) {
		span, f.promise, f.feel = e.some(130*minute, 6*hour), -1, e.felt(-1)
	}
	f.at = cal.workingHours(order.at, zone, span)
	f.amount = float32(span) / float32(hour)
	f = e.plan(f)

	g := base
	g.verb, g.yes, g.amount, g.topic = collected, true, float32(e.r.ExpFloat64()*2), praiseCollection
	g.at = cal.workingHours(f.at+20*minute, zone, e.some(0, 14*hour))
	g.feel = e.felt(1)
	if g.amount > 8 {
		g.feel = e.felt(-.5)
	}
	g = e.plan(g)
	e.ask(&g, csatCollect, 2*hour, 24*hour)
	if g.feel < -.8 {
		e.seekHelp(&g)
	} else {
		e.regrets(&g, order.also)
		e.review(&g)
	}
}

// review is an opinion on a book, weeks later.
func (e *engine) review(f *fact) {
	if !e.happens(.035) {
		return
	}
	stars := 3.9 + .45*float64(f.feel) + float64(e.p.offset) + e.r.NormFloat64()*.7
	count := uint16(min(max(stars+.5, 1), 5))
	e.plan(fact{verb: reviewed, at: f.at + e.some(5*day, 25*day), title: f.title, count: count, shop: noShop, device: firstDevice, feel: indifferent})
}
