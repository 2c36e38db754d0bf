package simulate

// A campaign that brought the wrong customers: −40 % on a first order, on social
// networks, for four days. Hardly any of them came back, and many sent it back.

const (
	launchSlug     = "estreno-40"
	launchSince    = 250 // days before the end of the past
	launchDays     = 4
	launchDiscount = 40 // %
	luredRegret    = .16
	luredRate      = .12 // of how often others come
	luredEvery     = 32  // one such customer for so many others
)

// luredFrom is the number of the first whom the campaign brings: theirs are not
// those of any other, however large the company is.
const luredFrom = 95_000_000

// lured is how many the campaign brings to a company of so many: none to one that
// is a handful for a test.
func lured(customers int) int {
	if crewSize(customers) == 0 {
		return 0
	}
	return customers / luredEvery
}

func (e *engine) isLured() bool { return e.c.number >= luredFrom }

// lure makes a customer whom the campaign brings.
func (e *engine) lure(i uint32) {
	number := luredFrom + i - uint32(e.w.cfg.Customers)
	c := &e.customers[i]
	*c = customer{number: number, asked: -1}
	c.pcg.Seed(e.w.cfg.Seed^0xa5a5a5a5, uint64(number)+1)
	e.turnOf(i)
	at := max(e.w.daysBefore(launchSince)+9*hour+e.r.Int64N(launchDays*day-10*hour), e.w.from) + e.r.Int64N(second)
	e.lane.queue.addWake(e.w.cal.day(at), wake{at: at, customer: i, kind: webVisit})
}

// comesForThePrice makes somebody of whom the price was all that interested them.
func (p *person) comesForThePrice() {
	p.standing, p.rate, p.app = webOnly, p.rate*luredRate, 0
	p.reads, p.second, p.legacy = false, false, false
}

// launches tells whether an order is the one for which the campaign is.
func (e *engine) launches(at int64) bool {
	return e.isLured() && !e.c.is(buyer) && at < e.w.daysBefore(launchSince)+launchDays*day
}

// atLaunch is the order for which they came.
func (e *engine) atLaunch(at int64) { e.shopOnline(at, true) }

// campaign says which campaign brought the customer.
func (m *message) campaign() {
	m.object("campaign")
	m.text("name", launchSlug)
	m.text("source", "instagram")
	m.text("medium", "paid_social")
	m.end()
}

// discounted says what the campaign took off a price.
func (m *message) discounted(f *fact) {
	if f.campaign {
		m.text("campaign", launchSlug)
		m.money("discount", f.cents*launchDiscount/(100-launchDiscount))
	}
}
