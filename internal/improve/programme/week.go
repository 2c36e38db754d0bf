package programme

import (
	"fmt"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Week is a week of the calendar from Monday on, as ISO 8601 names it: "2026-W47".
type Week string

// WeekOf returns the week of a time in a zone.
func WeekOf(t cx.Time, zone *time.Location) Week {
	year, week := t.Std().In(zone).ISOWeek()
	return Week(fmt.Sprintf("%04d-W%02d", year, week))
}

// ParseWeek reads a week. The error is cx.Invalid.
func ParseWeek(s string) (Week, error) {
	var year, week int
	if n, err := fmt.Sscanf(s, "%4d-W%2d", &year, &week); n == 2 && err == nil && year > 0 && week > 0 {
		if w := WeekOf(cx.TimeOf(monday(year, week, time.UTC)), time.UTC); string(w) == s {
			return w, nil
		}
	}
	return "", cx.InvalidFaults("programme.ParseWeek", []cx.Fault{{Field: "week", Message: "is no week, such as 2026-W47"}})
}

// monday is the first moment of a week of a year.
func monday(year, week int, zone *time.Location) time.Time {
	fourth := time.Date(year, time.January, 4, 0, 0, 0, 0, zone) // always in the first week
	return fourth.AddDate(0, 0, 7*(week-1)-(int(fourth.Weekday())+6)%7)
}

// Window is when a week is, in a zone.
func (w Week) Window(zone *time.Location) cx.Window {
	var year, week int
	_, _ = fmt.Sscanf(string(w), "%4d-W%2d", &year, &week) // it was parsed, or made
	from := monday(year, week, zone)
	return cx.Window{From: cx.TimeOf(from), To: cx.TimeOf(from.AddDate(0, 0, 7))}
}

// Before returns the week n weeks before.
func (w Week) Before(n int) Week {
	from := w.Window(time.UTC).From.Std()
	return WeekOf(cx.TimeOf(from.AddDate(0, 0, -7*n)), time.UTC)
}
