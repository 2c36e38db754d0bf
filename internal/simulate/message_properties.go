package simulate

// topics are what calls, mails, complaints and posts are about.
var topics = [themes]string{
	noTheme: "order", courierLateTheme: "late_delivery", tillQueueTheme: "queue", wrongStockTheme: "no_stock", careTheme: "not_solved",
	praiseBookseller: "staff", praiseRecommendation: "advice", praiseCollection: "collection", praiseDelivery: "delivery", praiseGiftwrap: "gift_wrap",
}

// properties writes a track's properties; the model lists them.
func (m *message) properties(e *engine, f *fact) {
	product := func(priced bool) {
		t := &e.w.titles[f.title]
		m.text("product_id", t.id)
		m.text("title", t.name)
		if priced {
			m.money("price", t.cents)
		}
	}
	shop := func() {
		if f.shop != noShop {
			m.text("shop", shops[f.shop].slug)
		}
	}
	parent := func(k string) {
		switch {
		case f.parent == 0:
		case f.parcel:
			m.code("order_id", "P", f.parent)
		default:
			m.code(k, "T", f.parent)
		}
	}
	switch f.verb {
	case newsletterSubscribed:
		m.text("source_page", "/boletin")
	case newsletterOpened, newsletterLeft:
		m.text("campaign", campaigns[e.w.cal.date(e.w.cal.day(f.at)).Month()-1])
		if f.verb == newsletterLeft {
			m.text("reason", [...]string{"too_many", "not_for_me", "bad_experience"}[uint64(f.at)%3])
		}
	case searched:
		if f.count == 0 {
			m.text("query", unfound[uint64(f.at)%uint64(len(unfound))])
		} else {
			m.text("query", e.w.titles[f.title].name)
		}
		m.number("results", int64(f.count))
	case viewed:
		product(true)
	case wished:
		product(false)
	case stockChecked:
		product(false)
		shop()
		m.truth("in_stock", f.yes)
	case appOpened:
		m.text("version", [...]string{"5.2.0", "5.2.1", "5.3.0"}[e.c.number%3])
		m.truth("crashed", f.also)
	case switchboardCalled:
		shop()
		m.decimal("wait_min", f.amount)
		m.truth("answered", f.yes)
	case eventBooked, eventAttended:
		m.code("event_id", "A", f.object)
		m.text("title", e.w.titles[f.title].name)
		shop()
		if f.verb == eventBooked {
			m.number("seats", int64(f.count))
		} else {
			m.truth("seated", f.yes)
		}
	case listRequested, listQuoted, listDelivered:
		m.school(e, f)
	case specialPlaced, specialAnswered, specialReady:
		m.code("special_order_id", "E", f.object)
		product(false)
		shop()
		switch f.verb {
		case specialAnswered:
			m.number("days", int64(f.amount))
			m.truth("available", f.yes)
		case specialReady:
			m.number("days_late", int64(f.amount))
			fallthrough
		default:
			m.time("promised_at", e.instant(f.due))
		}
	case entered:
		shop()
		m.truth("greeted", f.yes)
		m.truth("bag_checked", f.also)
	case browsed:
		shop()
		product(false)
		m.truth("found", f.yes)
	case advised:
		shop()
		m.text("topic", kindNames[e.w.titles[f.title].kind])
		m.decimal("wait_min", f.amount)
		m.truth("helped", f.yes)
	case paid:
		m.code("ticket_id", "T", f.object)
		shop()
		m.decimal("wait_min", f.amount)
		m.bought(e, f)
		m.text("method", [...]string{"card", "card", "phone", "cash"}[f.object&3])
	case wrapped:
		m.code("ticket_id", "T", f.object)
		shop()
		m.decimal("wait_min", f.amount)
		m.text("gift_wrap", wrapColours[f.colour])
	case added:
		product(true)
		m.number("quantity", 1)
	case checkoutStarted, checkoutFailed:
		m.code("cart_id", "B", f.object)
		if f.verb == checkoutFailed {
			m.text("reason", [...]string{"card_refused", "page_error"}[f.object&1])
			return
		}
		m.money("value", f.cents)
		m.number("items", int64(f.count))
	case ordered:
		m.code("order_id", "P", f.object)
		m.bought(e, f)
		if f.shop == noShop {
			m.text("delivery", "home")
		} else {
			m.text("delivery", "collect")
			shop()
		}
		m.time("promised_at", e.instant(f.due))
		m.text("region", e.p.town.region)
		if f.colour != 0 {
			m.text("gift_wrap", wrapColours[f.colour])
		}
		m.discounted(f)
	default:
		m.afterwards(e, f, product, shop, parent)
	}
}

// bought writes the money of a purchase, and the code that it names.
func (m *message) bought(e *engine, f *fact) {
	m.number("items", int64(f.count))
	m.money("revenue", f.cents)
	m.text("currency", "EUR")
	if f.parent != 0 {
		m.code7("referred_by", f.parent-1)
		m.wouldHaveCome(e, f)
	}
}

func (m *message) school(e *engine, f *fact) {
	m.code("school_list_id", "L", f.object)
	m.key("school")
	m.b = append(m.b, `"acc-`...)
	m.digits(uint64(e.p.school)*377+4000, 6)
	m.b = append(m.b, '"')
	switch f.verb {
	case listRequested:
		m.text("grade", grades[f.title%uint16(len(grades))])
		m.number("books", int64(f.count))
	case listQuoted:
		m.number("days", int64(f.amount))
		m.number("missing", int64(f.cents))
	default:
		if f.shop != noShop {
			m.text("shop", shops[f.shop].slug)
		}
		m.number("missing", int64(f.cents))
		m.number("days_late", int64(f.amount))
	}
}

// afterwards writes what follows a purchase.
func (m *message) afterwards(e *engine, f *fact, product func(bool), shop func(), parent func(string)) {
	switch f.verb {
	case cancelled:
		m.code("order_id", "P", f.object)
		m.text("reason", "no_stock")
		m.money("value", f.cents)
		shop()
		product(false)
	case ready:
		m.code("order_id", "P", f.object)
		shop()
		m.decimal("hours", f.amount)
		m.time("promised_at", e.instant(f.due))
	case collected:
		m.code("order_id", "P", f.object)
		shop()
		m.decimal("wait_min", f.amount)
		m.truth("found", f.yes)
	case shipped, notified, deliveryFailed, delivered:
		m.code("order_id", "P", f.object)
		m.text("carrier", carriers[f.carrier])
		m.text("region", e.p.town.region)
		switch f.verb {
		case deliveryFailed:
			m.text("reason", [...]string{"nobody_home", "wrong_address", "no_time"}[f.object%3])
		case delivered:
			m.number("days_late", int64(f.amount))
			m.truth("damaged", f.also)
			fallthrough
		default:
			m.time("promised_at", e.instant(f.due))
		}
	case invoiced, reminded, invoicePaid:
		if f.shop != noShop {
			m.code("special_order_id", "E", f.object)
			shop()
		} else {
			m.code("invoice_id", "F", f.object)
		}
		if f.verb == invoiced {
			m.code("school_list_id", "L", f.parent)
		}
		m.money("amount", f.cents)
		switch f.verb {
		case invoiced:
			m.truth("correct", f.yes)
		case reminded:
			m.number("days_overdue", int64(f.amount))
			m.truth("mistaken", f.also)
		}
	case returnRequested, returnAccepted, returnRefused:
		m.code("return_id", "D", f.object)
		parent("ticket_id")
		shop()
		switch f.verb {
		case returnRequested:
			reason := [...]string{"duplicate", "changed_mind", "damaged"}[f.object%3]
			if f.also {
				reason = "gift"
			}
			m.text("reason", reason)
			m.truth("gift", f.also)
			m.truth("receipt", f.yes)
			m.money("value", f.cents)
		case returnAccepted:
			m.decimal("wait_min", f.amount)
			m.number("days", 0)
			if e.w.moneyBack(f) {
				m.money("refund", f.cents)
			}
		default:
			m.text("reason", "no_receipt")
		}
	case refunded:
		m.code("order_id", "P", f.object)
		m.money("refund", f.cents)
		m.number("days", int64(f.amount))
	case mailSent, mailAnswered, called, complained, complaintAnswered:
		m.code("case_id", "I", f.object)
		if f.parcel {
			parent("")
		}
		m.care(e, f)
	case reviewed:
		product(false)
		m.number("rating", int64(f.count))
	case posted:
		m.text("network", [...]string{"instagram", "x", "facebook", "google"}[f.count])
		m.text("about", topics[f.topic])
		tone, theme := "bad", f.topic
		if f.yes {
			tone = "good"
		}
		m.text("tone", tone)
		if theme != noTheme && theme.praises() == f.yes {
			m.text("text", e.w.voices.say(theme, e.p.language))
		}
	case joined:
		m.key("card")
		m.b = append(m.b, '"')
		m.card(e.c.number)
		m.b = append(m.b, '"')
		shop()
	case redeemed:
		m.number("points", int64(f.count))
		shop()
		m.code("ticket_id", "T", f.object)
	case referred, shared:
		m.code7("code", codeOf(e.c.number))
	case claimed:
		m.text("said", says[f.count])
	case memberStarted, memberRenewed, memberEnded:
		m.membership(e, f)
	case exposed:
		m.exposure(e, f)
	}
}

// care writes what happens to a case.
func (m *message) care(e *engine, f *fact) {
	switch f.verb {
	case mailSent:
		m.text("topic", topics[f.topic])
	case mailAnswered:
		m.decimal("hours", f.amount)
		m.truth("solved", f.yes)
	case called:
		m.text("topic", topics[f.topic])
		m.decimal("wait_min", f.amount)
		m.truth("solved", f.yes)
		m.number("times", int64(f.count))
		m.decimal("minutes", e.w.lasted(f))
	case complained:
		m.text("topic", topics[f.topic])
		if f.shop != noShop {
			m.text("shop", shops[f.shop].slug)
		}
		if f.topic != noTheme && !f.topic.praises() {
			m.text("text", e.w.voices.say(f.topic, e.p.language))
		}
	default:
		m.number("days", int64(f.amount))
		m.truth("made_right", f.yes)
	}
}

// answer writes the answers to a survey, with the object they are about.
func (m *message) answer(e *engine, f *fact, score int, words string) (source string, body []byte) {
	s := &surveyed[f.survey]
	m.begin(e, "answer", uint64(f.customer), asked, f.at, f.object)
	m.userID(e.c.number)
	m.text("survey", s.slug)
	m.key("answers")
	m.b = append(m.b, '[', '{')
	m.comma = false
	m.text("question", "score")
	m.text("metric", s.metric)
	m.text("scale", s.scale)
	m.number("value", int64(score))
	m.end()
	if words != "" {
		m.b = append(m.b, ',', '{')
		m.comma = false
		m.text("question", "text")
		m.text("text", words)
		m.end()
	}
	m.b = append(m.b, ']')
	m.object("properties")
	if f.survey != nps {
		k, prefix := "order_id", "P"
		switch f.survey {
		case csatTill:
			k, prefix = "ticket_id", "T"
		case csatEvent:
			k, prefix = "event_id", "A"
		case csatCare:
			k, prefix = "case_id", "I"
		case csatSchool:
			k, prefix = "school_list_id", "L"
		case csatSpecial:
			k, prefix = "special_order_id", "E"
		case cesReturn:
			k, prefix = "return_id", "D"
		}
		if f.object != 0 {
			m.code(k, prefix, f.object)
		}
		if f.shop != noShop {
			m.text("shop", shops[f.shop].slug)
		}
		if f.survey == csatDelivery {
			m.text("carrier", carriers[f.carrier])
		}
		if f.colour != 0 {
			m.text("gift_wrap", wrapColours[f.colour])
		}
	}
	m.end()
	m.object("context")
	m.text("locale", e.p.locale())
	m.end()
	return "surveys", m.finish()
}

var kindNames = map[byte]string{'n': "novel", 'k': "kids", 'c': "comic", 'p': "poetry", 'e': "essay", 't': "school"}

// unfound is what people type that the search does not understand.
var unfound = [...]string{
	"libro azul del de las mareas", "el prinsipito", "regalo suegra", "poesia que rime", "el de la tele de anoche", "harri poter",
	"lectura 2 eso ies", "siete inviernos en soria tapa dura firmado", "cuento gaviota", "manga romano", "don kijote", "novela negra triana 2",
	"libro para dormir bebe", "la regenta letra grande", "libros usados", "puzzle", "agenda 2031", "novela policíaca portugal", "o principezinho em espanhol",
	"books in english palma", "auxilio judicial 2019", "ronin guadiana 8", "cosas de volcanes", "libro recomendado radio jueves",
}

var grades = [...]string{"1.º de primaria", "2.º de primaria", "3.º de primaria", "4.º de primaria", "5.º de primaria", "6.º de primaria", "1.º de ESO", "2.º de ESO", "3.º de ESO", "4.º de ESO", "1.º de bachillerato"}

var campaigns = [...]string{"reyes", "invierno", "mujeres-que-escriben", "sant-jordi", "ferias-del-libro", "verano-de-bolsillo", "maletas", "vuelta-al-cole", "novedades-de-otono", "miedo", "cuenta-atras", "navidad"}
