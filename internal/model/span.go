package model

import (
	"regexp"
	"strconv"
	"time"
)

var spanForm = regexp.MustCompile(`^([1-9][0-9]{0,4})(m|h|d|w)$`)

// spanUnits are what a span counts, the greatest first.
var spanUnits = []struct {
	name string
	size time.Duration
}{{"w", 7 * 24 * time.Hour}, {"d", 24 * time.Hour}, {"h", time.Hour}, {"m", time.Minute}}

const spanHint = "write a time, such as 30m, 2h, 3d or 2w"

// ParseSpan reads a time of a journey: 30m, 2h, 3d or 2w. Ok is false for
// anything else.
func ParseSpan(s string) (d time.Duration, ok bool) {
	m := spanForm.FindStringSubmatch(s)
	if m == nil {
		return 0, false
	}
	n, _ := strconv.Atoi(m[1])
	for _, u := range spanUnits {
		if u.name == m[2] {
			d = time.Duration(n) * u.size
		}
	}
	return d, true
}

// FormatSpan writes a time as ParseSpan reads it, in the greatest unit that it
// is a whole number of; parts of a minute are rounded up.
func FormatSpan(d time.Duration) string {
	n, unit := SpanUnits(d)
	return strconv.Itoa(n) + unit
}

// SpanUnits returns how many of which unit (m, h, d, w) a time is, as FormatSpan
// writes it. Weeks are written as such from two on.
func SpanUnits(d time.Duration) (n int, unit string) {
	d = (d + time.Minute - 1).Truncate(time.Minute)
	for _, u := range spanUnits {
		if d >= u.size && d%u.size == 0 && (u.name != "w" || d > u.size) {
			return int(d / u.size), u.name
		}
	}
	return 1, "m"
}

func spanOrNothing(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return FormatSpan(d)
}

// span reads a time that must be there.
func (v value) span() time.Duration {
	s := v.required(spanHint)
	d, ok := ParseSpan(s)
	if s != "" && !ok {
		v.fault("%q is no time: %s", s, spanHint)
	}
	return d
}

// optionalSpan reads a time; 0 when absent.
func (v value) optionalSpan() time.Duration {
	if v.absent() {
		return 0
	}
	return v.span()
}
