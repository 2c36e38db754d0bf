package cx

import "time"

// Time is an instant in microseconds since 1970-01-01T00:00:00Z. Every time
// that is stored or compared is one; zones appear only where periods are cut
// and where people read.
type Time int64

// TimeOf truncates t to the microsecond.
func TimeOf(t time.Time) Time { return Time(t.UnixMicro()) }

// Std returns t as a time.Time in UTC.
func (t Time) Std() time.Time { return time.UnixMicro(int64(t)).UTC() }

// String formats t as RFC 3339 in UTC, with as many fraction digits as needed.
func (t Time) String() string { return t.Std().Format(time.RFC3339Nano) }

// Add returns t moved by d, truncated to the microsecond.
func (t Time) Add(d time.Duration) Time { return t + Time(d.Microseconds()) }

// Sub returns t − u.
func (t Time) Sub(u Time) time.Duration { return time.Duration(t-u) * time.Microsecond }

// Window is a half-open stretch of time: From ≤ t < To. A zero bound is open.
type Window struct{ From, To Time }

// Contains tells whether t lies within w.
func (w Window) Contains(t Time) bool {
	return (w.From == 0 || t >= w.From) && (w.To == 0 || t < w.To)
}

// Clock tells the time. It is injected, so that what depends on it can be
// tested and replayed.
type Clock interface{ Now() Time }

// SystemClock is the clock of this machine.
type SystemClock struct{}

// Now returns the machine's time.
func (SystemClock) Now() Time { return TimeOf(time.Now()) }

// ParseTime reads a time with its zone, as RFC 3339 and ISO 8601 write it
// ("+01:00", "+0100", "Z"). A leap second, 23:59:60, is the instant after it:
// Unix time does not know it.
func ParseTime(s string) (t Time, ok bool) {
	const second = len("2006-01-02T15:04:")
	leap := len(s) > second+2 && s[second:second+2] == "60"
	if leap {
		s = s[:second] + "59" + s[second+2:]
	}
	at, err := time.Parse(time.RFC3339Nano, s)
	if err != nil { // ISO 8601 knows +0100 too, and so do many senders
		at, err = time.Parse("2006-01-02T15:04:05.999999999Z0700", s)
	}
	if err != nil {
		return 0, false
	}
	if leap {
		at = at.Truncate(time.Second).Add(time.Second)
	}
	return TimeOf(at), true
}
