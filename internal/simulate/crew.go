package simulate

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// What Candil's people report and answer, planted: the till of Candil Fuencarral
// has too few people on Saturdays, and there they say so; the company as a whole
// believes that customers leave the till content, as they do not; areas disagree
// on what is promised.

// staffer is one of Candil's people.
type staffer struct {
	number int
	area   string
	shop   uint8 // noShop in an office
}

// crewSize is how many people a company of so many customers has: none when it
// is a handful for a test, else from 80 on, as few are never told apart.
func crewSize(customers int) int {
	if customers < 200 {
		return 0
	}
	return min(max(customers/50, 80), 160)
}

// crew lists the people: of ten, three at the tills, three in the shops and four
// in the offices; a sixth of those in shops are in Candil Fuencarral.
func crew(customers int) []staffer {
	offices := [...]string{"web", "logistics", "customer-care", "warehouse", "marketing", "purchasing"}
	all := make([]staffer, crewSize(customers))
	inShop := 0
	for i := range all {
		m := staffer{number: i, shop: noShop, area: offices[i/10*4%len(offices)]}
		if at := i % 10; at < 6 {
			m.area = [...]string{"tills", "stores"}[at%2]
			if inShop%4 == 0 {
				m.shop = 0
			} else {
				m.shop = uint8(inShop % len(shops))
			}
			inShop++
		} else {
			m.area = offices[(i/10+at)%len(offices)]
		}
		all[i] = m
	}
	return all
}

// obstacle is something that keeps some of the people from serving well.
type obstacle struct {
	theme, touchpoint, what string
	share                   float64 // of those concerned who say so in a week in which it was
	concerns                func(staffer) bool
	anywhere                bool // it is so everywhere, and they name no place
}

var obstacles = []obstacle{
	{"till-roster", "till", "roster", .4, func(m staffer) bool { return m.shop == 0 }, false},
	{"advice-roster", "bookseller", "roster", .12, func(m staffer) bool { return m.shop != noShop }, false},
	{"stock-web", "stock-check", "stock", .15, func(m staffer) bool { return m.shop != noShop }, false},
	{"care-tool", "help-mail", "tool", .45, func(m staffer) bool { return m.area == "customer-care" }, false},
	{"no-receipt", "returns-desk", "policy", .14, func(m staffer) bool { return m.area == "stores" }, true},
}

// believed is how the people believe that customers live a touchpoint, 1 to 5.
var believed = []struct {
	touchpoint string
	score      float64
}{
	{"till", 4.6},
	{"bookseller", 4.5},
	{"courier", 4.2},
	{"checkout", 4.1},
	{"returns-desk", 4},
}

// promised is what the people hold for the company's promise: each question with
// its options, and how many of ten choose the first one, in the shops and in the
// offices; the rest choose the others alike.
var promised = []struct {
	question       string
	options        []string
	shops, offices float64
}{
	{"delivery", []string{"days-2", "days-4", "none"}, .55, .9},
	{"till", []string{"min-5", "min-3", "never"}, .4, .7},
	{"returns", []string{"card", "always", "no"}, .75, .5},
}

// crewSays is the people's year, in time order.
func (w *world) crewSays() ([]told, error) {
	lines, err := themed("candil/team.txt", 2)
	if err != nil {
		return nil, err
	}
	c := crewing{w: w, r: rand.New(rand.NewPCG(w.cfg.Seed, 0xc0ffee)), spoke: map[string]bool{}, words: map[string][]string{}}
	for _, l := range lines {
		c.words[l[0]] = append(c.words[l[0]], l[1])
	}
	people := crew(w.cfg.Customers)
	n, _ := w.cal.clockOf(w.from, madrid)
	end, _ := w.cal.clockOf(w.until, madrid)
	for ; n <= end; n++ {
		switch d := w.cal.date(n); {
		case d.Weekday() == time.Saturday:
			c.week(people, n)
		case d.Weekday() == time.Wednesday && d.Day() <= 7:
			c.month(people, n)
		}
	}
	slices.SortStableFunc(c.told, func(a, b told) int { return int(max(-1, min(1, a.at-b.at))) })
	return c.told, nil
}

// Ideas come when somebody asks for them: every so many weeks, of so many people.
const (
	ideasEvery  = 13
	ideasAtOnce = 7
)

type crewing struct {
	w     *world
	r     *rand.Rand
	words map[string][]string
	spoke map[string]bool // who spoke of what in which period
	ideas int             // had so far
	told  []told
}

// week is what they report in a week, on its Saturday.
func (c *crewing) week(people []staffer, n int) {
	at := func() int64 { return c.w.cal.local(n, madrid, 12*hour) + c.r.Int64N(8*hour) }
	for _, o := range obstacles {
		for _, m := range people {
			if !o.concerns(m) || c.r.Float64() >= o.share {
				continue
			}
			place, words := "", ""
			if m.shop != noShop && !o.anywhere {
				place = shops[m.shop].slug
			}
			if c.r.Float64() < .4 {
				words = c.pick(o.theme)
			}
			c.say(at(), m, "obstacle", o.touchpoint, place, fmt.Sprint(n/7), func(b *message) {
				b.answerOf("what", "choice", o.what)
				if words != "" {
					b.answerOf("words", "text", words)
				}
			})
		}
	}
	if n/7%ideasEvery != 0 || len(people) < ideasAtOnce {
		return
	}
	for _, i := range c.r.Perm(len(people))[:ideasAtOnce] {
		words := c.words["idea"][c.ideas%len(c.words["idea"])]
		c.ideas++
		c.say(at(), people[i], "idea", "", "", fmt.Sprint(n/7), func(b *message) { b.answerOf("words", "text", words) })
	}
}

// month is what they answer in a month.
func (c *crewing) month(people []staffer, n int) {
	period := fmt.Sprint(c.w.cal.date(n).Format("2006-01"))
	at := func() int64 { return c.w.cal.local(n, madrid, 9*hour) + c.r.Int64N(10*hour) }
	for _, m := range people {
		if c.r.Float64() < .45 {
			c.say(at(), m, "promise-quiz", "", "", period, func(b *message) {
				for _, q := range promised {
					first := q.offices
					if m.shop != noShop {
						first = q.shops
					}
					choice := q.options[0]
					if c.r.Float64() >= first {
						choice = q.options[1+c.r.IntN(len(q.options)-1)]
					}
					b.answerOf(q.question, "choice", choice)
				}
			})
		}
		if c.r.Float64() < .4 {
			c.say(at(), m, "team-pulse", "", "", period, func(b *message) {
				for _, t := range believed {
					b.rowOf("lived."+t.touchpoint, int64(min(max(t.score+.7*c.r.NormFloat64()+.5, 1), 5)))
				}
			})
		}
	}
}

func (c *crewing) pick(theme string) string { return c.words[theme][c.r.IntN(len(c.words[theme]))] }

// say writes what somebody says in a period; answers of a survey say their area.
func (c *crewing) say(at int64, m staffer, survey, touchpoint, place, period string, answers func(*message)) {
	if at <= c.w.from || at >= c.w.until {
		return
	}
	at -= at % hour // nobody can tell when
	id := mix(c.w.cfg.Seed ^ mix(uint64(len(c.told))+0x7ea3))
	var b message
	b.b = append(b.b, '{')
	b.text("type", "team")
	b.key("messageId")
	b.b = append(b.b, '"')
	b.hex(id, 16)
	b.b = append(b.b, '"')
	b.comma = true
	b.time("timestamp", at)
	b.text("survey", survey)
	if touchpoint != "" {
		b.text("touchpoint", touchpoint)
	}
	b.key("answers")
	b.b, b.comma = append(b.b, '['), false
	answers(&b)
	b.b, b.comma = append(b.b, ']'), true
	b.object("properties")
	b.key("response_id")
	b.b = append(b.b, '"')
	b.hex(mix(id), 16)
	b.b = append(b.b, '"')
	if place != "" {
		b.text("place", place)
	}
	if survey != "obstacle" && survey != "idea" {
		b.text("area", m.area)
	}
	who := fmt.Sprint(period, survey, touchpoint, place, m.number)
	if c.spoke[who] {
		b.truth("again", true)
	}
	c.spoke[who] = true
	b.end()
	c.told = append(c.told, told{at, "team", b.finish()})
}

// answerOf writes one answer of a list.
func (m *message) answerOf(question, member, value string) {
	if m.comma {
		m.b = append(m.b, ',')
	}
	m.b, m.comma = append(m.b, '{'), false
	m.text("question", question)
	m.text(member, value)
	m.end()
}

// rowOf writes one row of a matrix on a scale of five.
func (m *message) rowOf(question string, value int64) {
	if m.comma {
		m.b = append(m.b, ',')
	}
	m.b, m.comma = append(m.b, '{'), false
	m.text("question", question)
	m.text("metric", "rating")
	m.text("scale", "1-5")
	m.number("value", value)
	m.end()
}

// themed reads a file of lines with parts between bars.
func themed(file string, parts int) (lines [][]string, err error) {
	raw, err := candil.ReadFile(file)
	if err != nil {
		return nil, err
	}
	for n, line := range bytes.Split(raw, []byte("\n")) {
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		part := strings.SplitN(string(line), "|", parts)
		if len(part) != parts {
			return nil, fmt.Errorf("%s:%d: want %d parts", file, n+1, parts)
		}
		lines = append(lines, part)
	}
	return lines, nil
}
