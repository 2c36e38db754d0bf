package intake

import "github.com/vivencia-cx/vivencia/internal/cx"

// instant is a time that may be absent.
type instant struct {
	at  cx.Time
	set bool
}

// time reads a time; null and "" are none.
func (d *decoder) time(field string, to *instant) error {
	var s string
	if err := d.text(field, &s); err != nil || s == "" {
		return err
	}
	t, err := ParseTime(s)
	if err != nil {
		d.fault(field, cx.MessageOf(err))
		return nil
	}
	*to = instant{t, true}
	return nil
}

// The times that are believed.
const (
	minTime = 0                     // 1970-01-01
	maxTime = 4_133_980_800_000_000 // 2101-01-01
)

// ParseTime reads a time with its zone, of the years 1970 to 2100.
func ParseTime(s string) (cx.Time, error) {
	at, ok := cx.ParseTime(s)
	if !ok {
		return 0, cx.Errorf(cx.Invalid, "intake.ParseTime", "must be a time with its zone, such as 2026-03-02T09:00:00.000Z")
	}
	if at < minTime || at >= maxTime {
		return 0, cx.Errorf(cx.Invalid, "intake.ParseTime", "must lie between the years 1970 and 2100")
	}
	return at, nil
}

// lived returns when the event was lived, corrected for the sender's clock.
func (d *decoder) lived(def *Defaults) cx.Time {
	sent, original := d.sent.at, d.original
	if !d.sent.set {
		sent = def.SentAt
	}
	if !original.set || d.timestamp.set && (sent == 0 || def.Archive) {
		original = firstSet(d.timestamp, d.original)
	}
	switch {
	case !original.set:
		return def.ReceivedAt
	case sent == 0 || def.Archive:
		return original.at
	}
	at := def.ReceivedAt - (sent - original.at)
	if at < minTime || at >= maxTime {
		d.fault("timestamp", "must lie between the years 1970 and 2100 once corrected for the clock that gave sentAt: set the sender's clock")
	}
	return at
}

func firstSet(a, b instant) instant {
	if a.set {
		return a
	}
	return b
}
