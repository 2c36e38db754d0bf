package simulate

import (
	"math/rand/v2"
	"sort"
)

// engine lets the customers live, one thing after the other in time order.
// Each customer's randomness is their own; what they share is the order in
// which friends are brought and quotes are said.
type engine struct {
	w         *world
	customers []customer
	lane      *lane
	out       message
	yield     Yield
	brought   uint32 // the last customer that somebody brought
	stories   []told // still to be told
	planned   fact
	now       int64 // of what happens
	sent      int
	grows     bool     // new customers are founded day by day
	tally     *tally   // of the promises; nil when nobody counts them
	account   *account // of what came of it; nil when nobody keeps it
	codes     []uint32 // the numbers of those whose code is known

	// of the customer whose turn it is
	index uint32
	c     *customer
	p     person
	r     *rand.Rand
	src   turn
}

// lane is a queue and how its times become the times of messages: in the past
// as they are, live by a warp.
type lane struct {
	queue queue
	warp  func(int64) int64 // nil: as they are
	salt  uint64            // of messageIds and object numbers; 0 in the past
}

// turn is the source of the customer whose turn it is.
type turn struct{ *rand.PCG }

const (
	broughtEvery = 10 // one customer in so many comes only when somebody brings them
	broughtRest  = 7
)

func newEngine(c Config, yield Yield) (*engine, error) {
	w, err := newWorld(c)
	if err != nil {
		return nil, err
	}
	e := &engine{w: w, customers: make([]customer, c.Customers+lured(c.Customers)), lane: &lane{}, yield: yield, brought: broughtRest}
	e.r = rand.New(&e.src)
	all, err := stories()
	if err != nil {
		return nil, err
	}
	for _, s := range all {
		told, err := s.tell(w)
		if err != nil {
			return nil, err
		}
		e.stories = append(e.stories, told...)
	}
	for _, year := range []func() ([]told, error){w.crewSays, w.publicSays, w.tillsFail, w.circle} {
		said, err := year()
		if err != nil {
			return nil, err
		}
		e.stories = append(e.stories, said...)
	}
	sort.SliceStable(e.stories, func(i, j int) bool { return e.stories[i].at < e.stories[j].at })
	first := w.cal.day(w.from)
	e.lane.queue.day = first
	for i := range e.customers[:c.Customers] {
		e.found(uint32(i))
	}
	for i := c.Customers; i < len(e.customers); i++ {
		e.lure(uint32(i))
	}
	return e, nil
}

// found makes a customer and plans when they first come: most were there
// before the past begins, others arrive during it, some when they are brought.
func (e *engine) found(i uint32) {
	c := &e.customers[i]
	*c = customer{number: i, asked: -1}
	c.pcg.Seed(e.w.cfg.Seed^0xa5a5a5a5, uint64(i)+1)
	e.turnOf(i)
	if i%broughtEvery == broughtRest {
		c.flags |= wasRecruited
		return
	}
	cal := e.w.cal
	from, to := cal.activity(e.w.from), cal.activity(e.w.until)
	if e.r.Float64() < .62 || e.p.standing == forSchool {
		c.flags |= buyer | regular
		if e.p.standing == member || e.p.standing == cardOnly {
			c.flags |= hasCard
		}
		if e.p.reads && e.p.standing != passing {
			c.flags |= subscribed
		}
		c.peak, c.end, c.mean, c.lived = .7, .6, .5, 3
		e.wakeAfter(from)
		return
	}
	e.wakeAt(from + (to-from)*e.r.Float64())
}

// turnOf gives the turn to a customer.
func (e *engine) turnOf(i uint32) {
	e.index, e.c = i, &e.customers[i]
	e.src.PCG = &e.c.pcg
	e.p = e.w.person(e.c.number)
}

// run lives on until an instant of the lane's time, exclusive. Circumstances
// begin with the customers' days.
func (e *engine) run(until int64) error {
	q := &e.lane.queue
	for {
		at, ok := q.peek()
		if ok && at < until {
			if err := e.narrate(at); err != nil {
				return err
			}
		}
		switch {
		case ok && at < until:
			if err := e.step(); err != nil {
				return err
			}
		case ok, e.w.cal.first+int64(q.day+1)*day > until:
			return e.narrate(until)
		default:
			e.nextDay()
		}
	}
}

// nextDay begins the lane's next day.
func (e *engine) nextDay() {
	e.lane.queue.nextDay()
	e.circumstances(e.lane.queue.day)
	if e.grows {
		e.newcomers()
	}
}

// narrate sends what the stories say up to an instant.
func (e *engine) narrate(until int64) error {
	for len(e.stories) > 0 && e.stories[0].at <= until {
		t := e.stories[0]
		e.stories = e.stories[1:]
		if e.tally != nil {
			e.tally.told(t)
		}
		if err := e.send(t.source, t.body); err != nil {
			return err
		}
	}
	return nil
}

// step lives the first thing of the present day.
func (e *engine) step() error {
	f, w := e.lane.queue.pop()
	if f.verb != none {
		e.now = f.at
		return e.live(&f)
	}
	e.now = w.at
	if w.customer == nobody {
		return e.send(e.out.circumstance(e, &e.w.pending[w.kind]))
	}
	e.turnOf(w.customer)
	if e.c.is(left) {
		return nil
	}
	e.visit(w.kind, w.at)
	e.wakeAfter(e.w.cal.date(e.w.cal.day(w.at) + 1).before)
	return nil
}

// nobody is the customer of a wake that is a circumstance: its kind numbers it.
const nobody = ^uint32(0)

// circumstances plans what begins on a day.
func (e *engine) circumstances(day int) {
	e.w.pending = e.w.pending[:0]
	for _, c := range e.w.causes {
		if c.circumstances != nil {
			e.w.pending = append(e.w.pending, c.circumstances(e.w, day)...)
		}
	}
	for i, c := range e.w.pending {
		e.lane.queue.addWake(day, wake{at: c.from, customer: nobody, kind: kind(i)})
	}
}

// wakeAfter plans the customer's next visit, some time of life after an amount
// of activity: their own rate, changed by what they remember.
func (e *engine) wakeAfter(activity float64) {
	perDay := e.p.rate * pace * e.c.hazard(e.w.better) / 365
	e.wakeAt(activity + e.r.ExpFloat64()/perDay)
}

// pace brings the default company to about 150,000 events a year.
const pace = 1.1

// wakeAt plans the customer's next visit for the day on which the activity
// reaches an amount; beyond two years nothing is planned.
func (e *engine) wakeAt(activity float64) {
	cal, today := e.w.cal, e.lane.queue.day
	last := today + 730
	if cal.date(last).before < activity {
		return
	}
	n := today + 1 + sort.Search(last-today-1, func(i int) bool {
		d := cal.date(today + 1 + i)
		return d.before+d.season > activity
	})
	k := e.purpose(n)
	at := cal.local(n, e.p.town.zone, e.hourOf(k, cal.date(n)))
	if k != webVisit && k != appVisit && k != newsletterRead {
		at, _ = cal.opening(at, e.p.town.zone)
	}
	at = max(at, e.w.from) + e.r.Int64N(second)
	if n = cal.day(at); n <= today {
		at += day
		n++
	}
	e.lane.queue.addWake(n, wake{at: at, customer: e.index, kind: k})
}

// purpose draws what the customer comes for on a day.
func (e *engine) purpose(n int) kind {
	d, p := e.w.cal.date(n), &e.p
	var sum [kinds]float64
	total, before := 0.0, 0.0
	for k := range kinds {
		weight := d.kinds[k] - before
		before = d.kinds[k]
		total += weight * e.likes(k, p)
		sum[k] = total
	}
	if total == 0 {
		return webVisit
	}
	x := e.r.Float64() * total
	for k := range kinds {
		if x < sum[k] {
			return k
		}
	}
	return webVisit
}

// likes tells how much a customer comes for something, 0 for never.
func (e *engine) likes(k kind, p *person) float64 {
	inShop := p.shop != noShop && (p.standing == member || p.standing == cardOnly)
	online := p.standing != cardOnly
	switch k {
	case shopVisit:
		if inShop {
			return 1.1
		}
	case webVisit:
		if online {
			return p.web
		}
	case appVisit:
		if online && p.standing != passing {
			return p.app
		}
	case newsletterRead:
		if e.c.is(subscribed) {
			return 1
		}
	case authorEvent, specialOrder, phoneCall:
		if inShop {
			return 1
		}
	case accountOrder:
		if p.standing == forSchool {
			return 9
		}
	}
	return 0
}

// hourOf draws a local time of day.
func (e *engine) hourOf(k kind, d *date) int64 {
	late, mean, spread := .55, [2]float64{12.1, 18.5}, 1.05
	switch k {
	case webVisit, appVisit:
		late, mean, spread = .58, [2]float64{12.6, 21.3}, 2
	case newsletterRead:
		late, mean, spread = .3, [2]float64{8.8, 20.5}, 1.6
	case authorEvent:
		late, mean, spread = .9, [2]float64{12, 19}, .35
	case accountOrder, phoneCall:
		late, mean, spread = .25, [2]float64{11.3, 16.6}, 1
	default:
		if d.Weekday() == 6 {
			late = .42
		}
	}
	m := mean[0]
	if e.r.Float64() < late {
		m = mean[1]
	}
	h := m + e.r.NormFloat64()*spread
	h = min(max(h, .2), 23.9)
	if (k == shopVisit || k == specialOrder || k == phoneCall) && (h < 10.02 || h > 19.4) {
		h = 10.02 + 9.3*e.r.Float64() // too early or too late: at any other hour
	}
	return int64(h * float64(hour))
}

// plan puts a fact of the customer whose turn it is before them, as the causes
// make it, and returns it; its verb is none when they unmade it.
func (e *engine) plan(f fact) fact {
	f.customer = e.index
	f.signed = e.signedIn(f.device)
	e.planned = f // a cause gets a pointer: f itself would go to the heap
	for _, change := range e.w.change[f.verb] {
		change(e.w, &e.p, &e.planned, e.r)
	}
	if e.planned.verb == none {
		return e.planned
	}
	e.planned.at = max(e.planned.at, e.now)
	e.lane.queue.addFact(max(e.w.cal.day(e.planned.at), e.lane.queue.day), e.planned)
	return e.planned
}

// live lets a fact happen: it is sent, felt and remembered, and may have
// consequences.
func (e *engine) live(f *fact) error {
	e.turnOf(f.customer)
	e.treat(f)
	switch f.verb {
	case asked:
		return e.answer(f)
	case tempted:
		e.comesBack(f)
		return nil
	case memberRenewed:
		e.renew(f)
	case ordered, paid:
		e.saysWho(f)
	}
	if e.skips(f) || e.silent(f) {
		return nil
	}
	if err := e.send(e.out.fact(e, f)); err != nil {
		return err
	}
	if e.tally != nil {
		e.tally.fact(f)
	}
	if e.account != nil {
		e.account.fact(e, f)
	}
	e.consider(f)
	if f.promise != 0 {
		e.c.promised(f.promise > 0)
	}
	if f.feel == indifferent {
		return nil
	}
	e.c.feel(f.feel)
	if f.topic != noTheme {
		e.c.about = f.topic
	}
	e.aftermath(f)
	return nil
}

func (e *engine) send(source string, body []byte) error {
	e.sent++
	return e.yield(source, body)
}

// object numbers a new order, ticket, case, … of the customer: ten digits, no
// two alike in a past.
func (e *engine) object() uint64 {
	e.c.objects++
	n := uint64(e.index)<<12 | uint64(e.c.objects&4095)
	if salt := e.lane.salt; salt != 0 {
		return mix(salt^n) % 1e10
	}
	return n * 387420489 % 1e10
}
