package history

import (
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Period is a length of the calendar.
type Period string

// The periods. A week begins on Monday.
const (
	Day   Period = "day"
	Week  Period = "week"
	Month Period = "month"
)

// Cuts returns the boundaries of the periods of the calendar of zone that cover
// the window, from the last at or before From to the first at or after To. A
// midnight that a change of the clock skips moves forward, one that comes twice
// is the first. The window must be bounded and not empty, else Cuts is nil.
func Cuts(w cx.Window, every Period, zone *time.Location) []cx.Time {
	if w.From == 0 || w.To <= w.From {
		return nil
	}
	y, m, d := w.From.Std().In(zone).Date()
	step := func() { d++ }
	switch every {
	case Week:
		d -= (int(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Weekday()) + 6) % 7
		step = func() { d += 7 }
	case Month:
		d = 1
		step = func() { m++ }
	case Day:
	}
	var cuts []cx.Time
	for {
		at := midnight(y, m, d, zone)
		cuts = append(cuts, at)
		if at >= w.To {
			return cuts
		}
		step()
	}
}

// midnight returns when the day begins in zone. The month and the day may lie
// outside their usual range.
func midnight(y int, m time.Month, d int, zone *time.Location) cx.Time {
	wall := time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	_, before := wall.Add(-24 * time.Hour).In(zone).Zone()
	_, after := wall.Add(24 * time.Hour).In(zone).Zone()
	// Of the two readings of the wall the one with the greater offset comes first.
	for _, offset := range []int{max(before, after), min(before, after)} {
		at := wall.Add(-time.Duration(offset) * time.Second)
		if _, o := at.In(zone).Zone(); o == offset {
			return cx.TimeOf(at)
		}
	}
	return cx.TimeOf(wall.Add(-time.Duration(before) * time.Second))
}
