package simulate

import "time"

// Times inside the simulation are Unix milliseconds, UTC. Days are numbered
// from the calendar's first midnight in UTC.
const (
	second = int64(1000)
	minute = 60 * second
	hour   = 60 * minute
	day    = 24 * hour
)

// zone numbers the three clocks on which Candil opens.
type zone uint8

const (
	madrid zone = iota
	canary
	lisbon
	zones
)

// date is what one day is like.
type date struct {
	time.Time                // its midnight, UTC
	offset    [zones]int64   // local = UTC + offset
	season    float64        // how much is bought, all in all: 1 on a plain Tuesday
	before    float64        // the sum of season over the days before
	kinds     [kinds]float64 // what people come for, cumulative
	open      bool           // shops open
	christmas bool           // presents are bought
}

// calendar knows the days, as far as they are asked for.
type calendar struct {
	first int64 // the first midnight
	dates []date
}

// newCalendar begins at the midnight before from. It knows the zones by the
// European rule, not by the machine's files: the same bytes everywhere.
func newCalendar(from time.Time) *calendar {
	return &calendar{first: from.UTC().Truncate(24 * time.Hour).UnixMilli()}
}

// day returns the number of the day in which t falls.
func (c *calendar) day(t int64) int { return int((t - c.first) / day) }

// date returns the nth day.
func (c *calendar) date(n int) *date {
	for len(c.dates) <= n {
		d := date{Time: time.UnixMilli(c.first + int64(len(c.dates))*day).UTC()}
		summer := int64(0)
		if europeanSummer(d.Time) {
			summer = hour
		}
		d.offset = [zones]int64{madrid: hour + summer, canary: summer, lisbon: summer}
		d.seasons()
		if n := len(c.dates); n > 0 {
			d.before = c.dates[n-1].before + c.dates[n-1].season
		}
		c.dates = append(c.dates, d)
	}
	return &c.dates[n]
}

// europeanSummer tells whether summer time holds at noon of the day: from the
// last Sunday of March to the last Sunday of October (Directive 2000/84/EC).
func europeanSummer(t time.Time) bool {
	lastSunday := func(m time.Month) int {
		end := time.Date(t.Year(), m, 31, 0, 0, 0, 0, time.UTC)
		return 31 - int(end.Weekday())
	}
	switch m := t.Month(); {
	case m > time.March && m < time.October:
		return true
	case m == time.March:
		return t.Day() >= lastSunday(time.March)
	case m == time.October:
		return t.Day() < lastSunday(time.October)
	}
	return false
}

// seasons says how the day's trade compares with a plain Tuesday's.
func (d *date) seasons() {
	m, n := d.Month(), d.Day()
	in := func(m1 time.Month, d1 int, m2 time.Month, d2 int) bool {
		at, from, to := int(m)*100+n, int(m1)*100+d1, int(m2)*100+d2
		if from <= to {
			return at >= from && at <= to
		}
		return at >= from || at <= to
	}
	d.christmas = in(time.December, 1, time.January, 5)
	bookDay := m == time.April && n == 23
	holiday := in(time.December, 25, time.December, 25) || in(time.January, 1, time.January, 1) ||
		in(time.January, 6, time.January, 6) || in(time.August, 15, time.August, 15) ||
		in(time.October, 12, time.October, 12) || in(time.November, 1, time.November, 1)
	sunday := d.Weekday() == time.Sunday
	d.open = !holiday && (!sunday || d.christmas && n >= 6)

	weight := [kinds]float64{shopVisit: 1, webVisit: 1, appVisit: .55, newsletterRead: .42, authorEvent: .07, specialOrder: .09, phoneCall: .06, accountOrder: .3}
	switch d.Weekday() {
	case time.Saturday:
		weight[shopVisit], weight[authorEvent], weight[accountOrder] = 2.1, .12, 0
	case time.Friday:
		weight[shopVisit], weight[authorEvent] = 1.3, .13
	case time.Sunday:
		weight[webVisit], weight[appVisit], weight[accountOrder] = 1.35, .8, 0
	}
	scale := func(by float64, of ...kind) {
		for _, k := range of {
			weight[k] *= by
		}
	}
	switch {
	case bookDay:
		scale(5, shopVisit, authorEvent)
		scale(2.2, webVisit, appVisit)
	case in(time.April, 17, time.April, 25):
		scale(1.7, shopVisit, webVisit, appVisit, authorEvent)
	case in(time.August, 25, time.September, 18): // back to school
		scale(1.8, shopVisit, webVisit, appVisit)
		scale(3.5, accountOrder)
	case in(time.June, 12, time.July, 10): // schools order their lists
		scale(2, accountOrder)
	case in(time.July, 25, time.August, 24):
		scale(.62, shopVisit, webVisit, appVisit, authorEvent, accountOrder)
	case in(time.December, 14, time.January, 5):
		scale(2.5, shopVisit, webVisit, appVisit)
	case in(time.November, 23, time.December, 13):
		scale(1.5, shopVisit, webVisit, appVisit, newsletterRead)
	case in(time.January, 7, time.February, 20):
		scale(.8, shopVisit, webVisit, appVisit)
	}
	if !d.open {
		scale(0, shopVisit, authorEvent, specialOrder, phoneCall, accountOrder)
	}
	for k, w := range weight {
		d.season += w
		d.kinds[k] = d.season
	}
	d.season /= 3.49 // a plain Tuesday's sum
}

// local returns the UTC instant of the nth day at a local time of day.
func (c *calendar) local(n int, z zone, ofDay int64) int64 {
	return c.first + int64(n)*day + ofDay - c.date(n).offset[z]
}

// clockOf returns the local day and time of day of t.
func (c *calendar) clockOf(t int64, z zone) (n int, ofDay int64) {
	t += c.date(c.day(t)).offset[z]
	return c.day(t), (t - c.first) % day
}

// opening returns the first opening of a shop that still has an hour left after
// t: its beginning (or t itself, when later) and its end. Shops open from 10
// to 20:30.
func (c *calendar) opening(t int64, z zone) (from, to int64) {
	const opens, closes = 10 * hour, 20*hour + 30*minute
	for n, _ := c.clockOf(t, z); ; n++ {
		if !c.date(n).open {
			continue
		}
		from, to = max(t, c.local(n, z, opens)), c.local(n, z, closes)
		if to-from >= hour {
			return from, to
		}
	}
}

// workingHours moves a span of opening time on from t, at a shop.
func (c *calendar) workingHours(t int64, z zone, span int64) int64 {
	for {
		from, to := c.opening(t, z)
		if from+span <= to {
			return from + span
		}
		span -= to - from
		t = to
	}
}

// activity returns how much life has passed between the calendar's first
// midnight and t, in plain days: nights and quiet weeks count for little. It
// grows strictly with t.
func (c *calendar) activity(t int64) float64 {
	n, ofDay := c.clockOf(t, madrid)
	d := c.date(n)
	h := ofDay / hour
	return d.before + d.season*(hourly[h]+(hourly[h+1]-hourly[h])*float64(ofDay%hour)/float64(hour))
}

// hourly is the share of a day's messages that has come at each full hour in
// Madrid, as counted in the default company.
var hourly = [25]float64{
	0, .015, .017, .019, .046, .061, .062, .064, .09, .115, .138, .193, .274,
	.359, .435, .49, .531, .564, .604, .668, .731, .8, .872, .935, 1,
}
