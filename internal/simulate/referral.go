package simulate

// Who speaks of Candil to whom. Prescribers pass on a code; the friends of most
// name it at their first purchase. Some name one who would have come anyway, some
// say only who told them, and a few try what is not meant: their own code, that
// of a friend although they are customers, one that nobody has.

const (
	namesCode   = .8   // of the friends who were brought
	comesAnyway = .1   // of other newcomers name a code that they found
	misspells   = .015 // of them name one that nobody has
	saysOnly    = .25  // of them say who told them
	ownCode     = .012 // of the purchases of who has one
	otherCode   = .004 // of the purchases of customers
	tellsIfSo   = .7   // of who names a code tell whether they would have come anyway
	unsure      = .1   // of these do not know
)

// says are who spoke of Candil, as they are chosen.
var says = [...]string{"friend", "family", "social", "friend", "search", "colleague", "shop", "press", "social", "other"}

// codeOf is the code of a prescriber, without its first letters.
func codeOf(number uint32) uint64 { return (uint64(number)*1618033 + 314159) % 1e7 }

// code7 writes a prescriber's code.
func (m *message) code7(k string, code uint64) {
	m.key(k)
	m.b = append(m.b, `"CANDIL-`...)
	m.digits(code, 7)
	m.b = append(m.b, '"')
}

// claim is what becomes of a code that is named.
type claim uint8

const (
	noClaim claim = iota
	brought
	anyway
	selfClaim
	duplicate
	unknownCode
)

// saysWho lets a purchase name a code, or say who told them of Candil.
func (e *engine) saysWho(f *fact) {
	c, before := e.c, e.c.is(served)
	first := !before && !c.is(regular)
	c.flags |= served
	if e.isLured() {
		return
	}
	x := e.w.lot(91, f.object)
	var of uint64
	switch kind := e.claims(first, before, x); kind {
	case brought:
		of = codeOf(e.customers[c.referrer-1].number)
		f.claim = kind
	case anyway, duplicate:
		of = codeOf(e.somebody(f))
		f.claim = kind
	case selfClaim:
		of = codeOf(c.number)
		f.claim = kind
	case unknownCode:
		of = (codeOf(c.number) + 4_040_404) % 1e7
		f.claim = kind
	default:
		if first && (c.referrer != 0 || x < comesAnyway+misspells+saysOnly) {
			who := 0
			if c.referrer == 0 {
				who = int(e.w.lot(92, f.object) * float64(len(says)))
			}
			e.plan(fact{verb: claimed, at: f.at + minute, shop: noShop, feel: indifferent, count: uint16(who)})
		}
		return
	}
	f.parent = of + 1
}

// claims draws what becomes of a purchase's claim.
func (e *engine) claims(first, before bool, x float64) claim {
	c, some := e.c, len(e.codes) > 1
	switch {
	case first && c.referrer != 0:
		if x < namesCode && e.customers[c.referrer-1].is(passedOn) {
			return brought
		}
	case first && some && x < comesAnyway:
		return anyway
	case first && x >= comesAnyway && x < comesAnyway+misspells:
		return unknownCode
	case before && c.is(passedOn) && x < ownCode:
		return selfClaim
	case before && !c.is(passedOn) && some && x < otherCode:
		return duplicate
	}
	return noClaim
}

// somebody draws one who passes a code on, and does not live with the customer.
func (e *engine) somebody(f *fact) uint32 {
	n := int(e.w.lot(93, f.object) * float64(len(e.codes)))
	if e.codes[n]|1 == e.c.number|1 {
		n = (n + 1) % len(e.codes)
	}
	return e.codes[n]
}

// wouldHaveCome writes what most of those who name a code answer: whether they
// would have come anyway.
func (m *message) wouldHaveCome(e *engine, f *fact) {
	if f.claim != brought && f.claim != anyway || e.w.lot(94, f.object) >= tellsIfSo {
		return
	}
	switch {
	case e.w.lot(95, f.object) < unsure:
		m.text("would_have_come", "unsure")
	case f.claim == brought:
		m.text("would_have_come", "no")
	default:
		m.text("would_have_come", "yes")
	}
}

// moneyBack tells whether what was brought back to a shop was paid back: it was
// exchanged otherwise. Of orders the money follows.
func (w *world) moneyBack(f *fact) bool { return !f.parcel && w.lot(82, f.object) < .5 }
