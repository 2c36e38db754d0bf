package simulate

// way is how a system knows the customer of a message.
type way uint8

const (
	byAccount way = iota // userId
	byDevice             // anonymousId, and userId once signed in
	byCard               // the card of the club, when there is one
	byPhone              // the number that calls, now and then; else userId
)

// sent says how the systems send what happens.
var sent = [verbs]struct {
	event, source string
	by            way
}{
	registered: {"Identify", "web", byDevice},
	synced:     {"Identify", "crm", byAccount},
	aliased:    {"Alias", "app", byAccount},
	grouped:    {"Group", "crm", byAccount},
	pageSeen:   {"Inicio", "web", byDevice},
	statusSeen: {"Mis pedidos", "web", byDevice},
	screenSeen: {"Novedades", "app", byDevice},

	newsletterSubscribed: {"Newsletter Subscribed", "web", byDevice},
	newsletterOpened:     {"Newsletter Opened", "crm", byAccount},
	newsletterLeft:       {"Newsletter Unsubscribed", "crm", byAccount},
	searched:             {"Products Searched", "web", byDevice},
	viewed:               {"Product Viewed", "web", byDevice},
	stockChecked:         {"Stock Checked", "web", byDevice},
	wished:               {"Wishlist Product Added", "web", byDevice},
	appOpened:            {"App Opened", "app", byDevice},
	switchboardCalled:    {"Switchboard Called", "callcentre", byPhone},
	eventBooked:          {"Event Booked", "web", byAccount},
	eventAttended:        {"Event Attended", "pos", byAccount},
	listRequested:        {"School List Requested", "web", byAccount},
	listQuoted:           {"School List Quoted", "crm", byAccount},
	specialPlaced:        {"Special Order Placed", "pos", byCard},
	specialAnswered:      {"Special Order Answered", "pos", byAccount},

	entered:         {"Store Entered", "pos", byCard},
	browsed:         {"Shelf Browsed", "pos", byCard},
	advised:         {"Advice Asked", "pos", byCard},
	paid:            {"Checkout Paid", "pos", byCard},
	wrapped:         {"Gift Wrapped", "pos", byCard},
	added:           {"Product Added", "web", byDevice},
	checkoutStarted: {"Checkout Started", "web", byDevice},
	checkoutFailed:  {"Checkout Failed", "web", byDevice},
	ordered:         {"Order Completed", "web", byDevice},
	cancelled:       {"Order Cancelled", "web", byAccount},
	ready:           {"Order Ready", "pos", byAccount},
	collected:       {"Order Collected", "pos", byAccount},
	shipped:         {"Order Shipped", "couriers", byAccount},
	notified:        {"Delivery Notified", "couriers", byAccount},
	deliveryFailed:  {"Delivery Failed", "couriers", byAccount},
	delivered:       {"Order Delivered", "couriers", byAccount},
	specialReady:    {"Special Order Ready", "pos", byAccount},
	listDelivered:   {"School List Delivered", "crm", byAccount},

	invoiced:          {"Invoice Sent", "crm", byAccount},
	reminded:          {"Payment Reminded", "crm", byAccount},
	invoicePaid:       {"Invoice Paid", "crm", byAccount},
	returnRequested:   {"Return Requested", "pos", byAccount},
	returnAccepted:    {"Return Accepted", "pos", byAccount},
	returnRefused:     {"Return Refused", "pos", byAccount},
	refunded:          {"Order Refunded", "crm", byAccount},
	mailSent:          {"Support Mail Sent", "callcentre", byAccount},
	mailAnswered:      {"Support Mail Answered", "callcentre", byAccount},
	called:            {"Support Called", "callcentre", byPhone},
	complained:        {"Complaint Filed", "crm", byAccount},
	complaintAnswered: {"Complaint Answered", "crm", byAccount},
	reviewed:          {"Review Posted", "web", byDevice},
	posted:            {"Social Post Published", "crm", byAccount},
	joined:            {"Loyalty Joined", "pos", byCard},
	redeemed:          {"Points Redeemed", "pos", byCard},
	referred:          {"Friend Referred", "web", byDevice},

	memberStarted: {"Membership Started", "crm", byAccount},
	memberRenewed: {"Membership Renewed", "crm", byAccount},
	memberEnded:   {"Membership Ended", "crm", byAccount},
	exposed:       {"Experiment Viewed", "crm", byAccount},
	shared:        {"Referral Shared", "web", byAccount},
	claimed:       {"Referral Claimed", "web", byAccount},
}

// fact writes a fact that is no answer. The body is valid until the next.
func (m *message) fact(e *engine, f *fact) (source string, body []byte) {
	s := &sent[f.verb]
	source = s.source
	if f.device == phoneApp && source == "web" {
		source = "app"
	}
	kind := "track"
	switch f.verb {
	case registered, synced:
		kind = "identify"
	case aliased:
		kind = "alias"
	case grouped:
		kind = "group"
	case pageSeen, statusSeen:
		kind = "page"
	case screenSeen:
		kind = "screen"
	}
	m.begin(e, kind, uint64(f.customer), f.verb, f.at, f.object)
	if kind == "track" {
		m.text("event", s.event)
	}
	by := s.by
	if by == byCard && !e.c.is(hasCard) || by == byPhone && (!e.p.phone || f.at&3 != 0) {
		by = byAccount
	}
	switch by {
	case byDevice:
		m.anonymous(e, f.device)
		if f.signed || f.verb == registered {
			m.userID(e.c.number)
		}
	case byCard:
		m.key("anonymousId")
		m.b = append(m.b, `"card-`...)
		m.card(e.c.number)
		m.b = append(m.b, '"')
	case byPhone:
		m.key("anonymousId")
		m.b = append(m.b, `"tel-`...)
		m.digits(mix(e.w.cfg.Seed^uint64(e.c.number)), 12)
		m.b = append(m.b, '"')
	case byAccount:
		m.userID(e.c.number)
	}
	switch kind {
	case "track":
		m.object("properties")
		m.properties(e, f)
		m.end()
	case "page", "screen":
		m.text("name", s.event)
		m.object("properties")
		switch f.verb {
		case statusSeen:
			m.text("path", "/pedidos")
			m.code("order_id", "P", f.object)
		case pageSeen:
			m.text("path", "/")
		}
		m.end()
	case "identify":
		m.object("traits")
		m.traits(e, f)
		m.end()
	case "alias":
		m.key("previousId")
		at := len(m.b)
		m.comma = false
		m.anonymous(e, f.device)
		// Only the value: the key that anonymous wrote is cut out.
		m.b = append(m.b[:at], m.b[at+len(`"anonymousId":`):]...)
	case "group":
		m.account(e)
	}
	m.object("context")
	m.text("locale", e.p.locale())
	if f.campaign {
		m.campaign()
	}
	switch by {
	case byDevice:
		m.object("device")
		m.text("type", [...]string{"", "desktop", "tablet", "mobile"}[f.device])
		m.end()
	case byCard:
		m.object("traits")
		m.key("card")
		m.b = append(m.b, '"')
		m.card(e.c.number)
		m.b = append(m.b, '"')
		m.end()
	case byPhone:
		m.object("traits")
		m.key("phone")
		m.b = append(m.b, '"')
		m.phone(&e.p)
		m.b = append(m.b, '"')
		m.end()
	}
	if e.p.standing == forSchool && f.verb >= newsletterSubscribed {
		m.groupID(e)
	}
	m.end()
	return source, m.finish()
}

func (m *message) groupID(e *engine) {
	m.key("groupId")
	m.b = append(m.b, `"acc-`...)
	m.digits(uint64(e.p.school)*377+4000, 6)
	m.b = append(m.b, '"')
}

// account writes a school or a library.
func (m *message) account(e *engine) {
	m.groupID(e)
	m.object("traits")
	h := mix(e.w.cfg.Seed ^ uint64(e.p.school)<<20)
	kind := &schoolKinds[h%uint64(len(schoolKinds))]
	m.key("name")
	m.b = append(m.b, '"')
	if e.p.town.portugal {
		m.b = append(m.b, kind.portuguese...)
		m.b = append(m.b, ' ')
		m.b = append(m.b, portugueseSchoolNames[h>>8%uint64(len(portugueseSchoolNames))]...)
	} else {
		m.b = append(m.b, kind.spanish...)
		m.b = append(m.b, ' ')
		m.b = append(m.b, schoolNames[h>>8%uint64(len(schoolNames))]...)
	}
	m.b = append(m.b, '"')
	m.text("kind", kind.kind)
	m.text("city", e.p.town.name)
	m.number("people", int64(40+h>>20%700))
	m.end()
}

// traits writes what the web (registered) or the CRM (synced) knows.
func (m *message) traits(e *engine, f *fact) {
	p := &e.p
	m.name(p)
	m.key("email")
	m.b = append(m.b, '"')
	if n := p.hasMail(); n != p.number {
		other := e.w.person(n)
		m.mail(&other)
	} else {
		m.mail(p)
	}
	m.b = append(m.b, '"')
	m.text("language", languageCodes[p.language])
	if f.verb == registered {
		m.truth("newsletter", e.c.is(subscribed))
		return
	}
	if p.phone {
		m.key("phone")
		m.b = append(m.b, '"')
		m.phone(p)
		m.b = append(m.b, '"')
	}
	m.text("city", p.town.name)
	m.text("region", p.town.region)
	m.number("birth_year", int64(p.born))
	m.text("kind", [...]string{member: "member", webOnly: "web", cardOnly: "card", passing: "web", forSchool: "account"}[p.standing])
	if e.c.is(hasCard) {
		m.key("card")
		m.b = append(m.b, '"')
		m.card(e.c.number)
		m.b = append(m.b, '"')
		m.text("level", e.c.level())
	}
	if p.shop != noShop {
		m.text("shop", shops[p.shop].slug)
	}
}

// circumstance writes a circumstance.
func (m *message) circumstance(e *engine, c *circumstance) (source string, body []byte) {
	which := uint64(0)
	for _, s := range []string{c.kind, c.place, c.product, c.supplier, c.value} {
		for i := range len(s) {
			which = which*131 + uint64(s[i])
		}
	}
	m.begin(e, "circumstance", which, none, c.from, 1)
	m.text("kind", c.kind)
	for _, at := range [...][2]string{{"place", c.place}, {"touchpoint", c.touchpoint}, {"product", c.product}, {"supplier", c.supplier}} {
		if at[1] != "" {
			m.text(at[0], at[1])
		}
	}
	m.time("from", e.instant(c.from))
	m.time("until", e.instant(c.until))
	m.text("value", c.value)
	return c.source, m.finish()
}
