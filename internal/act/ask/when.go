package ask

import (
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// dueAt returns the first time from earliest on that lies within the survey's
// hours and outside the quiet ones, in the customer's own zone. When no minute
// of the day is both, the survey's hours count.
func dueAt(earliest cx.Time, zone *time.Location, at, quiet model.Hours) cx.Time {
	// Minute by minute on the clock that the customer reads: days of 23 and of 25
	// hours come out right by themselves.
	first := func(fits func(minute int) bool) (cx.Time, bool) {
		t := earliest.Std().In(zone)
		for range 49 * 60 {
			if fits(t.Hour()*60 + t.Minute()) {
				return cx.TimeOf(t), true
			}
			t = t.Truncate(time.Minute).Add(time.Minute)
		}
		return earliest, false
	}
	if due, ok := first(func(m int) bool { return at.Contains(m) && (quiet == model.Hours{} || !quiet.Contains(m)) }); ok {
		return due
	}
	due, _ := first(at.Contains)
	return due
}

// Polite returns the first time from earliest on at which a customer may be written
// to: outside the quiet hours, in their own zone (a trait, else that of a place).
func Polite(m *model.Model, timezone, place string, earliest cx.Time) cx.Time {
	return dueAt(earliest, zoneOf(timezone, m, place), model.Hours{}, m.Asking.Quiet)
}

// zoneOf is the customer's own zone: their trait timezone, else that of the
// place where it happened, else the company's.
func zoneOf(trait string, m *model.Model, place string) *time.Location {
	names := []string{trait}
	if p, ok := m.Place(place); ok {
		names = append(names, p.Timezone)
	}
	for _, name := range names {
		if name == "" || name == "Local" {
			continue
		}
		if zone, err := time.LoadLocation(name); err == nil {
			return zone
		}
	}
	return m.Company.Zone()
}

// period returns the day, week (from Monday) or month of the company that a time
// lies in.
func period(at cx.Time, per string, zone *time.Location) cx.Window {
	t := at.Std().In(zone)
	y, m, d := t.Date()
	from, to := time.Date(y, m, d, 0, 0, 0, 0, zone), time.Date(y, m, d+1, 0, 0, 0, 0, zone)
	switch per {
	case model.PerWeek:
		monday := d - (int(t.Weekday())+6)%7
		from, to = time.Date(y, m, monday, 0, 0, 0, 0, zone), time.Date(y, m, monday+7, 0, 0, 0, 0, zone)
	case model.PerMonth:
		from, to = time.Date(y, m, 1, 0, 0, 0, 0, zone), time.Date(y, m+1, 1, 0, 0, 0, 0, zone)
	}
	return cx.Window{From: cx.TimeOf(from), To: cx.TimeOf(to)}
}
