package simulate

// inShop is a visit to a shop. Only who shows the card is known there, so only
// they are seen.
func (e *engine) inShop(at int64, wanted uint16) {
	shop := e.p.shop
	base := fact{shop: shop, feel: indifferent}
	step := func(f fact) fact {
		f.at = at
		f = e.plan(f)
		at = f.at + e.some(2*minute, 7*minute)
		return f
	}
	if e.c.is(hasCard) && e.p.app > 0 || e.happens(.3) {
		f := base
		f.verb, f.yes, f.also = entered, e.happens(.55), e.happens(.03)
		f.feel = 0
		if f.yes {
			f.feel = e.felt(.4)
		}
		if f.also {
			f.feel = e.felt(-1)
		}
		if e.c.is(hasCard) {
			step(f)
		}
	}
	sought := wanted != noTitle
	if !sought {
		wanted = e.book(at)
	}
	if e.c.is(hasCard) && (sought || e.happens(.45)) {
		f := base
		f.verb, f.title, f.yes = browsed, wanted, e.happens(.9)
		f.feel = e.felt(.5)
		if !f.yes {
			f.feel = e.felt(-1)
		}
		if e.w.titles[wanted].phantom && !sought && e.happens(.7) {
			f.title, f.yes, f.feel = e.book(at), true, e.felt(.5)
			for e.w.titles[f.title].phantom {
				f.title = e.book(at)
			}
			wanted = f.title
		}
		if f = step(f); !f.yes && e.happens(.6) {
			e.ask(&f, csatAdvice, 3*hour, 26*hour)
			return
		}
	}
	if e.c.is(hasCard) && e.happens(.33) {
		f := base
		f.verb, f.title, f.amount, f.yes, f.topic = advised, wanted, float32(e.r.ExpFloat64()*2.2), e.happens(.91), praiseBookseller
		if e.happens(.45) {
			f.topic = praiseRecommendation
		}
		f.feel = e.felt(1.4)
		if !f.yes {
			f.feel, f.topic = e.felt(-1), noTheme
		}
		f = step(f)
		e.ask(&f, csatAdvice, 3*hour, 26*hour)
	}
	if e.happens(.8) {
		e.pay(at, wanted, e.happens(.13))
	}
}

// pay is the till: a queue, a ticket, perhaps gift paper, and the card for who
// has none yet.
func (e *engine) pay(at int64, title uint16, gift bool) {
	cal := e.w.cal
	if _, closes := cal.opening(at-hour, e.p.town.zone); at > closes {
		at = closes - e.some(minute, 30*minute)
	}
	n, _ := cal.clockOf(at, e.p.town.zone)
	d := cal.date(n)
	f := fact{verb: paid, at: at, shop: e.p.shop, object: e.object(), title: title, promise: 1}
	f.amount = float32(e.r.ExpFloat64()*.9 + e.r.ExpFloat64()*.9)
	if d.Weekday() == 6 || d.christmas {
		f.amount *= 1.5
	}
	f.count, f.cents = e.basket(at, title)
	switch {
	case f.amount > 10:
		f.feel, f.promise, f.topic = e.felt(-1.5), -1, tillQueueTheme
	case f.amount > 5:
		f.feel, f.promise = e.felt(-.5), -1
	default:
		f.feel = e.felt(.5)
	}
	f.at += int64(f.amount) * minute
	if !e.c.is(hasCard) {
		e.c.flags |= hasCard
		e.meets(at)
		e.plan(fact{verb: joined, at: f.at - e.some(5*second, 40*second), shop: f.shop, feel: .5})
	}
	e.meets(at)
	f = e.plan(f)
	e.bought(f.at)
	gift = gift || d.christmas && e.happens(.3)
	if gift {
		g := fact{verb: wrapped, at: f.at + e.some(2*minute, 4*minute), shop: f.shop, object: f.object, title: title, amount: float32(e.r.ExpFloat64() * 2.4), topic: praiseGiftwrap}
		if d.christmas {
			g.amount *= 1.8
		}
		g.at += int64(g.amount) * minute
		g.feel = e.felt(1)
		if g.amount > 8 {
			g.feel, g.topic = e.felt(-.5), noTheme
		}
		g = e.plan(g)
		f.colour = g.colour
		if f.topic == noTheme {
			f.topic = g.topic
		}
	}
	if e.happens(.05) && e.c.lived > 4 {
		e.plan(fact{verb: redeemed, at: f.at + second*3, shop: f.shop, object: f.object, count: uint16(200 + 100*e.r.IntN(8)), feel: e.felt(1)})
	}
	e.ask(&f, csatTill, 2*hour, 24*hour)
	e.regrets(&f, gift)
}

// basket draws how many items are bought with a title, and what they cost.
func (e *engine) basket(at int64, title uint16) (items uint16, cents int32) {
	items, cents = 1, e.w.titles[title].cents
	school := e.w.titles[title].kind == 't'
	for n := 0; n < 8 && (school && n < 3 || e.happens(.36)); n++ {
		other := e.book(at)
		if school {
			list := e.w.byKind['t']
			other = list[e.r.IntN(len(list))]
		}
		items++
		cents += e.w.titles[other].cents
	}
	return items, cents
}

// regrets brings some of what was bought back.
func (e *engine) regrets(bought *fact, gift bool) {
	chance := .028
	if gift {
		chance = .05
	}
	if bought.feel < -1 {
		chance += .05
	}
	if e.isLured() {
		chance += luredRegret
	}
	if !e.happens(chance) {
		return
	}
	receipt := !gift || e.happens(.5)
	zone := e.p.town.zone
	f := fact{verb: returnRequested, shop: e.p.shop, object: e.object(), parent: bought.object, parcel: bought.verb != paid, yes: receipt, also: gift, cents: bought.cents, feel: indifferent, title: bought.title}
	f.at = e.w.cal.workingHours(bought.at+int64(2+e.r.IntN(14))*day, zone, e.some(0, 8*hour))
	e.meets(f.at)
	e.plan(f)
	done := f
	done.at += e.some(3*minute, 12*minute)
	if receipt || e.happens(.35) {
		done.verb, done.amount, done.feel = returnAccepted, float32(e.r.ExpFloat64()*4), e.felt(1)
		if done.amount > 15 {
			done.feel = e.felt(-.5)
		}
		done.at += int64(done.amount) * minute
		done = e.plan(done)
		if done.parcel {
			back := done
			back.verb, back.cents, back.amount = refunded, bought.cents, float32(2+e.r.IntN(10))
			back.object, back.parent = bought.object, 0
			back.at += int64(back.amount) * day
			back.feel = e.felt(.4)
			if back.amount > 10 {
				back.feel = e.felt(-1)
			}
			e.plan(back)
		}
	} else {
		done.verb, done.feel, done.topic = returnRefused, e.felt(-1.9), noTheme
		done = e.plan(done)
	}
	e.ask(&done, cesReturn, 2*hour, 30*hour)
}
