package model

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Calendar is when a part of the company works: business time passes only then.
type Calendar struct {
	Slug     string
	Name     Text
	Timezone string     // IANA; the company's when not declared
	Week     [7][]Hours // by time.Weekday: apart from each other, in order, none over midnight; To may be 24:00
	Holidays []Holiday

	zone *time.Location
}

// Holiday is a day on which nobody works.
type Holiday struct {
	Year  int // 0: each year
	Month time.Month
	Day   int
}

// String writes the day as it is read: 2026-12-25, or 12-25 of each year.
func (h Holiday) String() string {
	day := time.Date(max(h.Year, 1), h.Month, h.Day, 0, 0, 0, 0, time.UTC)
	if h.Year == 0 {
		return day.Format("01-02")
	}
	return day.Format(time.DateOnly)
}

// Zone returns the calendar's time zone.
func (c Calendar) Zone() *time.Location {
	if c.zone == nil {
		return time.UTC
	}
	return c.zone
}

// Open tells whether t is business time: the clock on the wall shows an hour
// that is open, on a day that is no holiday. An hour that the clocks skip in
// spring is none, and one that they show twice in autumn counts twice.
func (c Calendar) Open(t cx.Time) bool {
	local := t.Std().In(c.Zone())
	minute := local.Hour()*60 + local.Minute()
	return slices.ContainsFunc(c.hours(local), func(h Hours) bool { return h.From <= minute && minute < h.To })
}

// hours returns when the day of a local time is open.
func (c Calendar) hours(local time.Time) []Hours {
	year, month, day := local.Date()
	for _, h := range c.Holidays {
		if h.Day == day && h.Month == month && (h.Year == 0 || h.Year == year) {
			return nil
		}
	}
	return c.Week[local.Weekday()]
}

// horizon bounds how far business time is looked for: a calendar that is closed
// for longer is closed for ever.
const horizon = 20 * 366 * 24 * time.Hour

// Add returns when d of business time has passed since from: from itself for
// none, and the very end of an open stretch rather than the beginning of the next.
func (c Calendar) Add(from cx.Time, d time.Duration) cx.Time {
	if d <= 0 {
		return from
	}
	for at, end := from, from.Add(horizon); at < end; {
		local := at.Std().In(c.Zone())
		// Until the next midnight, or until the clocks are put: there local time runs evenly.
		midnight := at.Add(-time.Duration(local.Hour())*time.Hour - time.Duration(local.Minute())*time.Minute -
			time.Duration(local.Second())*time.Second - time.Duration(local.Nanosecond()))
		until := midnight.Add(24 * time.Hour)
		if _, put := local.ZoneBounds(); !put.IsZero() {
			until = min(until, cx.TimeOf(put))
		}
		for _, h := range c.hours(local) {
			opens, closes := max(at, midnight.Add(time.Duration(h.From)*time.Minute)), min(until, midnight.Add(time.Duration(h.To)*time.Minute))
			switch open := closes.Sub(opens); {
			case open <= 0:
			case d <= open:
				return opens.Add(d)
			default:
				d -= open
			}
		}
		at = until
	}
	return from.Add(horizon)
}

const (
	maxCalendars = 50
	maxHolidays  = 300
)

var dayKeys = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"} // by time.Weekday

func (p *parsing) calendars(v value) (out []Calendar) {
	seen := map[string]bool{}
	for i, item := range v.list() {
		if i == maxCalendars {
			item.fault("is one more than the %d calendars that a model may have", maxCalendars)
			break
		}
		f := item.fields("slug", "name", "timezone", "hours", "holidays")
		c := Calendar{Slug: f["slug"].slug(seen), Name: f["name"].words(), Timezone: f["timezone"].zone(f["timezone"].optional(zoneHint)), Week: week(f["hours"])}
		if c.Timezone == "" {
			c.Timezone = p.m.Company.Timezone
		}
		c.zone = Company{Timezone: c.Timezone}.Zone()
		for j, day := range f["holidays"].list() {
			if j == maxHolidays {
				day.fault("is one more than the %d holidays that a calendar may have", maxHolidays)
				break
			}
			c.Holidays = append(c.Holidays, day.holiday())
		}
		out = append(out, c)
	}
	return out
}

// week reads {mon-fri: ["09:00-14:00", …], sat: […]}.
func week(v value) (out [7][]Hours) {
	const hint = `write the open hours of the week, such as mon-fri: ["09:00-14:00", "16:00-20:00"]`
	if v.absent() {
		v.fault("is missing: %s", hint)
		return out
	}
	entries, _ := v.entries()
	named, open := map[int]bool{}, false
	for _, e := range entries {
		from, to, isRange := strings.Cut(e.key, "-")
		first, last := slices.Index(dayKeys, from), slices.Index(dayKeys, to)
		if !isRange {
			last = first
		}
		if first < 0 || last < 0 {
			v.r.fault(e.at, e.path, "%q is no day of the week: use mon, tue, wed, thu, fri, sat, sun, or a stretch of them such as mon-fri", e.key)
			continue
		}
		hours := e.openHours()
		open = open || len(hours) > 0
		for day := first; ; day = (day + 1) % 7 {
			if named[day] {
				v.r.fault(e.at, e.path, "%q has its hours already", dayKeys[day])
			}
			named[day], out[day] = true, hours
			if day == last {
				break
			}
		}
	}
	if !open && len(entries) == 0 {
		v.fault("is empty: %s", hint)
	} else if !open {
		v.fault("is never open: no promise could be kept in it")
	}
	return out
}

var openForm = regexp.MustCompile(`^([01]?[0-9]|2[0-3]):([0-5][0-9]) ?- ?([01]?[0-9]|2[0-4]):([0-5][0-9])$`)

// openHours reads a list of stretches of one day, in any order.
func (v value) openHours() (out []Hours) {
	const hint = "write hours of one day, such as 09:00-14:00"
	for _, item := range v.list() {
		s := item.required(hint)
		m := openForm.FindStringSubmatch(s)
		if m == nil {
			if s != "" {
				item.fault("%q are no hours: %s", s, hint)
			}
			continue
		}
		n := func(i int) int { n, _ := strconv.Atoi(m[i]); return n }
		h := Hours{n(1)*60 + n(2), n(3)*60 + n(4)}
		switch {
		case h.To > 24*60:
			item.fault("%q ends after midnight: 24:00 is the end of a day", s)
			continue
		case h.From >= h.To:
			item.fault("%q ends before it begins: what is open over midnight is written as two days", s)
			continue
		case slices.ContainsFunc(out, func(o Hours) bool { return h.From < o.To && o.From < h.To }):
			item.fault("%q overlaps other hours of the day", s)
			continue
		}
		out = append(out, h)
	}
	slices.SortFunc(out, func(a, b Hours) int { return a.From - b.From })
	return out
}

// holiday reads a date, or a month and day of each year.
func (v value) holiday() Holiday {
	const hint = "write a date, such as 2026-12-25, or 12-25 for each year"
	s := v.required(hint)
	if s == "" {
		return Holiday{}
	}
	if t, err := time.Parse(time.DateOnly, s); err == nil && t.Year() > 0 {
		return Holiday{t.Year(), t.Month(), t.Day()}
	}
	t, err := time.Parse(time.DateOnly, "2000-"+s) // a leap year has every day
	if err != nil {
		v.fault("%q is no day: %s", s, hint)
	}
	return Holiday{0, t.Month(), t.Day()}
}

func (c Calendar) parts() []part {
	out := []part{{"name", c.Name.String()}, {"timezone", c.Timezone}}
	for i := range dayKeys {
		day := (i + 1) % 7 // Monday first
		hours := make([]string, len(c.Week[day]))
		for j, h := range c.Week[day] {
			hours[j] = h.String()
		}
		out = append(out, part{"hours." + dayKeys[day], strings.Join(hours, ", ")})
	}
	days := make([]string, len(c.Holidays))
	for i, h := range c.Holidays {
		days[i] = h.String()
	}
	return append(out, part{"holidays", strings.Join(days, ", ")})
}
