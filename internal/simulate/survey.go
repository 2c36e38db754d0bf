package simulate

import "math"

// survey is one that Candil sends.
type survey uint8

const (
	noSurvey survey = iota
	nps
	csatWeb
	csatTill
	csatAdvice
	csatEvent
	csatDelivery
	csatCollect
	csatCare
	csatSchool
	csatSpecial
	cesReturn
	expectDelivery // before it comes, to a few
	surveys
)

// questionnaire is what a survey asks: one score, and one's own words.
type questionnaire struct {
	slug, metric, scale string
	response            float64 // of those who are asked, before what they feel
}

var surveyed = [surveys]questionnaire{
	nps:          {"nps", "nps", "0-10", .29},
	csatWeb:      {"csat-web", "csat", "1-5", .16},
	csatTill:     {"csat-till", "csat", "1-5", .19},
	csatAdvice:   {"csat-advice", "csat", "1-5", .18},
	csatEvent:    {"csat-event", "csat", "1-5", .3},
	csatDelivery: {"csat-delivery", "csat", "1-5", .27},
	csatCollect:  {"csat-collect", "csat", "1-5", .24},
	csatCare:     {"csat-care", "csat", "1-5", .28},
	csatSchool:   {"csat-school", "csat", "1-5", .4},
	csatSpecial:  {"csat-special", "csat", "1-5", .25},
	cesReturn:    {"ces-return", "ces", "1-7", .22},

	expectDelivery: {"expect-delivery", "rating", "1-5", .06},
}

// ask sends a survey about a fact after some time. Whether and what the
// customer answers is decided then, by what they remember then.
func (e *engine) ask(about *fact, s survey, from, to int64) {
	f := *about
	f.verb, f.survey, f.promise = asked, s, 0
	f.at += e.some(from, to)
	n, ofDay := e.w.cal.clockOf(f.at, e.p.town.zone)
	if ofDay < 8*hour && about.verb != ordered { // nobody answers at four in the morning
		f.at = e.w.cal.local(n, e.p.town.zone, 8*hour) + e.some(0, 4*hour)
	}
	e.plan(f)
}

// answer lets a customer who was asked answer, or not. Strong feelings answer
// more than weak ones, good ones more than bad ones of the same strength, and
// the older more than the younger: who is silent is not like who speaks.
func (e *engine) answer(f *fact) error {
	c, r, s := e.c, e.r, surveyed[f.survey]
	if !c.is(known) {
		return nil
	}
	if f.survey == expectDelivery {
		return e.send(e.out.answer(e, f, e.expected(f), ""))
	}
	feel, memory := float64(f.feel), c.memory()
	if f.feel == indifferent || f.survey == nps {
		feel = memory
	}
	strength := math.Abs(feel)
	response := s.response * (.5 + .55*strength)
	if feel < 0 {
		response *= .92
	}
	if c.is(left) {
		response *= .85
	}
	if e.p.born < 1965 {
		response *= 1.3
	} else if e.p.born > 1995 {
		response *= .7
	}
	response = min(response, .85)
	var score, spread, low, high float64
	switch s.metric {
	case "nps":
		score, spread, low, high = 7.9+npsSlope*(memory-usualMemory)+1.3*e.p.offset, 1.2, 0, 10
	case "ces":
		score, spread, low, high = 5+1.15*feel+e.p.offset, .8, 1, 7
	default:
		score, spread, low, high = 3.72+csatSlope*feel+csatMemory*(memory-usualMemory)+e.p.offset, .5, 1, 5
	}
	if e.account != nil {
		e.account.asked(e, f, response, expectedScore(score, spread, low, high))
	}
	if r.Float64() >= response {
		return nil
	}
	score = min(max(math.Round(score+spread*r.NormFloat64()), low), high)
	bad, good := score <= low+(high-low)*.6, score >= low+(high-low)*.75

	words := ""
	if e.happens(.13 + .15*strength + .1*max(0, -feel)) {
		topic := f.topic
		if f.survey == nps {
			topic = c.about
		}
		switch {
		case f.colour != 0 && e.happens(.3):
			topic = wrapColourTheme
		case good && topic.praises() && e.happens(.35): // content, and nothing to tell
			topic = neutral
		case bad && topic.praises() || good && topic != noTheme && !topic.praises(), topic == noTheme && !bad:
			topic = neutral
		case topic.praises() && !good:
			topic = neutral
		}
		if topic == neutral && f.shop != noShop && f.survey != csatSchool && e.happens(.6) {
			topic = neutralShop
		}
		if score == high && (topic == neutral || topic == neutralShop) { // nobody gives the best score and shrugs
			if topic = noTheme; f.topic.praises() {
				topic = f.topic
			}
		}
		if topic != noTheme {
			words = e.w.voices.say(topic, e.p.language)
		}
	}
	if err := e.send(e.out.answer(e, f, int(score), words)); err != nil {
		return err
	}
	return e.publish(f, int(score), words)
}

// expect asks a few whose order is sent what they expect of its delivery. It
// draws by the order, so that nothing else is lived otherwise.
func (e *engine) expect(sent *fact) {
	if e.w.lot(71, sent.object) >= surveyed[expectDelivery].response {
		return
	}
	f := *sent
	f.verb, f.survey, f.promise = asked, expectDelivery, 0
	f.at += 30 * minute
	e.plan(f)
}

// expected is what somebody expects of a delivery: more than most get, less when
// they remember worse.
func (e *engine) expected(f *fact) int {
	return int(min(max(math.Round(4.6+.4*(e.c.memory()-.4)+1.6*(e.w.lot(72, f.object)-.5)), 1), 5))
}

// What a point of memory and a point of valence add to the scores that are given.
const (
	npsSlope   = 1.45 // of memory
	csatSlope  = .78  // of how it felt
	csatMemory = .16
)

// expectedScore is the mean of a score that is normal about a mean, rounded and
// held within its scale.
func expectedScore(about, spread, low, high float64) float64 {
	sum := high
	for s := low; s < high; s++ {
		sum -= .5 * math.Erfc(-(s+.5-about)/(spread*math.Sqrt2)) // P(score ≤ s)
	}
	return sum
}

// praises tells whether a theme says that something was good.
func (t theme) praises() bool { return t >= praiseBookseller }
