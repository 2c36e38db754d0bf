package simulate

// orderForAccount is a list of books that a school or a library orders, with
// its invoice.
func (e *engine) orderForAccount(at int64) {
	e.meets(at)
	if m := e.w.cal.date(e.w.cal.day(at)).Month(); (m < 6 || m > 9) && e.happens(.6) {
		e.onWeb(at, firstDevice) // out of season they mostly look
		return
	}
	cal, zone := e.w.cal, e.p.town.zone
	id := e.object()
	base := fact{object: id, shop: e.p.shop, count: uint16(12 + e.r.IntN(70)), title: uint16(e.r.IntN(12)), feel: indifferent}
	f := base
	f.verb, f.at = listRequested, at
	e.plan(f)

	f = base
	f.verb, f.amount = listQuoted, float32(1+e.r.IntN(3))
	if e.happens(.2) {
		f.amount += 3
	}
	missing := uint16(0)
	if e.happens(.18) {
		missing = uint16(1 + e.r.IntN(6))
	}
	f.cents = int32(missing)
	switch {
	case missing > 0:
		f.feel = e.felt(-.5)
	case f.amount <= 2:
		f.feel = e.felt(1)
	default:
		f.feel = e.felt(0)
	}
	f.at = cal.workingHours(at+int64(f.amount)*day, zone, e.some(hour, 4*hour))
	f = e.plan(f)
	if e.happens(.2) {
		return // they buy elsewhere
	}

	g := base
	g.verb, g.promise, g.feel = listDelivered, 1, e.felt(1)
	g.at = cal.workingHours(f.at+int64(5+e.r.IntN(8))*day, zone, e.some(0, 5*hour))
	if missing > 0 && e.happens(.6) {
		g.cents = int32(missing)
	}
	if e.happens(.14) {
		g.amount = float32(1 + e.r.IntN(5))
	}
	if g.cents > 0 || g.amount > 0 {
		g.promise, g.feel = -1, e.felt(-1)
	}
	g = e.plan(g)
	e.ask(&g, csatSchool, 6*hour, 50*hour)

	total := int32(base.count) * int32(1150+e.r.IntN(900))
	bill := fact{verb: invoiced, at: g.at + e.some(day, 4*day), object: e.object(), parent: id, cents: total, yes: e.happens(.94), shop: noShop, feel: 0}
	if !bill.yes {
		bill.feel = e.felt(-1)
	}
	e.plan(bill)
	pays := bill.at + e.some(10*day, 44*day)
	if pays > bill.at+30*day {
		late := bill
		late.verb, late.at, late.amount, late.also, late.feel = reminded, bill.at+31*day+e.some(0, 6*hour), 1, !bill.yes && e.happens(.7), e.felt(-.5)
		if late.also {
			late.feel = e.felt(-1.9)
		}
		e.plan(late)
		if late.also {
			e.seekHelp(&late)
		}
	}
	bill.verb, bill.at, bill.feel = invoicePaid, pays, indifferent
	e.plan(bill)
}
