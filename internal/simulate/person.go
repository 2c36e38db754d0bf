package simulate

import "math/rand/v2"

// language is what a customer speaks; quotes and locales follow it.
type language uint8

const (
	spanish language = iota
	english
	portuguese
	languages
)

var languageCodes = [languages]string{"es", "en", "pt"}

// standing is how a customer is known to the company.
type standing uint8

const (
	member    standing = iota // an account on the web and a card
	webOnly                   // an account on the web
	cardOnly                  // a card
	passing                   // looks around on the web, never says who
	forSchool                 // buys for a school or a library
)

// person is what does not change in a customer. It is not kept: a million of
// them are made again from the seed whenever needed.
type person struct {
	number   uint32
	standing standing
	language language
	latin    bool
	town     *town
	shop     uint8
	given    string
	family   [2]string // the second may be empty
	dot      byte      // what parts name and family in the e-mail; 0: nothing
	born     int
	rate     float64 // visits a year
	offset   float64 // how generous with scores
	web, app float64 // how much they like each, beside the shop
	azahar   float64 // the chance that Azahar brings their parcels
	reads    bool    // the newsletter
	phone    bool    // gave a number
	second   bool    // has a second device
	shares   bool    // the first device is the family's
	legacy   bool    // the app of before, which sends alias
	school   uint32  // the account's number
}

// pairs of neighbours in number, a few of whom share something.
const (
	sharesDevice  = 37 // one pair in so many uses one device
	sharesMail    = 61 // one pair in so many has one e-mail
	schoolEvery   = 67 // one customer in so many buys for an account
	schoolPersons = 2  // who buy for each account
)

// person makes the customer of a number.
func (w *world) person(number uint32) person {
	w.pcg.Seed(w.cfg.Seed, 0x9e3779b97f4a7c15^uint64(number))
	r := w.rand
	p := person{number: number}
	p.town = &towns[w.townOf[r.IntN(len(w.townOf))]]
	p.shop = noShop
	if n := len(p.town.shops); n > 0 {
		p.shop = shopNumber(p.town.shops[r.IntN(n)])
	}
	x := r.Float64()
	switch {
	case number%schoolEvery == schoolEvery-1:
		p.standing = forSchool
		p.school = number / schoolEvery / schoolPersons
		// Who buys for one account lives in one town.
		p.town = &towns[w.townOf[mix(w.cfg.Seed^uint64(p.school))%uint64(len(w.townOf))]]
		p.shop = noShop
		if len(p.town.shops) > 0 {
			p.shop = shopNumber(p.town.shops[0])
		}
	case p.shop == noShop && x < .86, p.shop != noShop && x < .28:
		p.standing = webOnly
	case p.shop == noShop, x > .9:
		p.standing = passing
	case x < .66:
		p.standing = member
	default:
		p.standing = cardOnly
	}
	p.name(r)
	p.born = 1938 + r.IntN(32) + r.IntN(38)
	// A skewed spread of rates: most come a few times, a few come weekly.
	u := r.Float64()
	p.rate = 1.1 + 5.2*u*u*u*u + r.ExpFloat64()*1.9
	switch p.standing {
	case passing:
		p.rate *= .6
	case forSchool:
		p.rate *= 1.5
	}
	p.offset = r.NormFloat64() * .45
	young := p.born > 1985
	p.web, p.app = .5+.5*r.Float64(), 0
	if r.Float64() < .3 || young && r.Float64() < .5 {
		p.app = .4 + .8*r.Float64()
	}
	p.azahar = azaharShare(p.town.region)
	p.reads = r.Float64() < .46
	p.phone = r.Float64() < .62
	p.second = r.Float64() < .22
	p.shares = number < luredFrom && number/2%sharesDevice == 5
	p.legacy = p.app > 0 && r.Float64() < .12
	if number >= luredFrom {
		p.comesForThePrice()
	}
	return p
}

func (p *person) name(r *rand.Rand) {
	woman := r.Float64() < .58
	pick := func(women, men []string) string {
		if woman {
			return women[r.IntN(len(women))]
		}
		return men[r.IntN(len(men))]
	}
	of := func(list []string) string { return list[r.IntN(len(list))] }
	x := r.Float64()
	switch {
	case p.town.portugal && x < .9:
		p.language = portuguese
		p.given = pick(portugueseWomen, portugueseMen)
		p.family = [2]string{of(portugueseFamilies), of(portugueseFamilies)}
	case p.town.portugal, x < .045:
		p.language = english
		p.given = pick(englishWomen, englishMen)
		p.family[0] = of(englishFamilies)
	case x < .06:
		p.language = portuguese
		p.given = pick(portugueseWomen, portugueseMen)
		p.family[0] = of(portugueseFamilies)
	case x < .13:
		p.latin = true
		p.given = pick(latinWomen, latinMen)
		p.family = [2]string{of(latinFamilies), of(spanishFamilies)}
	default:
		p.given = pick(spanishWomen, spanishMen)
		p.family = [2]string{of(spanishFamilies), of(spanishFamilies)}
	}
	p.dot = [...]byte{'.', 0, '_', '-'}[r.IntN(4)]
}

// mix is the finaliser of splitmix64 (Steele, Lea & Flood 2014), a bijection.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// hasMail returns the number of the person whose e-mail this one gives: most
// their own, a few that of the person beside them.
func (p *person) hasMail() uint32 {
	if p.number < luredFrom && p.number%2 == 1 && p.number/2%sharesMail == 3 {
		return p.number - 1
	}
	return p.number
}
