package importer

import (
	"strconv"
	"strings"
	"time"
)

// times reads the times of a file in the zone of the map.
type times struct {
	zone  *time.Location
	moved MovedTimes
}

// layout is how a time is written: "" knows the usual ways, "unix" and
// "unix_ms" count from 1970, else a Go layout made from strftime.
type layout struct {
	text  string
	zoned bool
}

// wantTime ends the sentence "… is no time".
const wantTime = "2006-01-02 15:04:05, RFC 3339, a date, 02/01/2006 or unix seconds; for others give time_format"

// parse reads s; ok is false when it is no time in that layout.
func (t *times) parse(s string, l layout) (at time.Time, ok bool) {
	s = strings.TrimSpace(s)
	switch l.text {
	case "":
		return t.usual(s)
	case "unix":
		return unix(s, 1)
	case "unix_ms":
		return unix(s, 1000)
	}
	at, err := time.Parse(l.text, s)
	if err != nil {
		return time.Time{}, false
	}
	if !l.zoned {
		at = t.local(at)
	}
	return at, sane(at)
}

// sane keeps times that RFC 3339 can write.
func sane(t time.Time) bool { return t.Year() >= 1 && t.Year() <= 9998 }

// usual reads what needs no layout: dates with or without time, fraction and
// zone; days first with slashes; unix seconds (10 digits) or milliseconds (13).
func (t *times) usual(s string) (time.Time, bool) {
	switch {
	case len(s) >= 10 && s[4] == '-' && s[7] == '-':
		return t.iso(s, digits(s[0:4]), digits(s[5:7]), digits(s[8:10]))
	case len(s) >= 10 && s[2] == '/' && s[5] == '/':
		return t.iso(s, digits(s[6:10]), digits(s[3:5]), digits(s[0:2]))
	case len(s) == 10 || len(s) > 11 && s[10] == '.':
		return unix(s, 1)
	case len(s) == 13:
		return unix(s, 1000)
	}
	return time.Time{}, false
}

// iso reads what follows a date of ten characters: "", or T or a blank,
// hours:minutes, perhaps seconds and a fraction, perhaps a zone.
func (t *times) iso(s string, year, month, day int) (time.Time, bool) {
	if year < 1 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) {
		return time.Time{}, false
	}
	var hour, minute, second, nanos int
	rest := s[10:]
	if rest != "" {
		if len(rest) < 6 || (rest[0] != 'T' && rest[0] != 't' && rest[0] != ' ') || rest[3] != ':' {
			return time.Time{}, false
		}
		hour, minute = digits(rest[1:3]), digits(rest[4:6])
		rest = rest[6:]
		if len(rest) >= 3 && rest[0] == ':' {
			second = digits(rest[1:3])
			rest = rest[3:]
			if len(rest) > 1 && (rest[0] == '.' || rest[0] == ',') {
				n := 1
				for n < len(rest) && rest[n] >= '0' && rest[n] <= '9' {
					n++
				}
				if n == 1 || n > 10 {
					return time.Time{}, false
				}
				nanos = digits((rest[1:n] + "00000000")[:9])
				rest = rest[n:]
			}
		}
		if hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59 {
			return time.Time{}, false
		}
	}
	at := time.Date(year, time.Month(month), day, hour, minute, second, nanos, time.UTC)
	if rest == "" {
		at = t.local(at)
		return at, sane(at)
	}
	offset, ok := zoneOffset(strings.TrimPrefix(rest, " "))
	at = at.Add(-offset)
	return at, ok && len(s) > 10 && sane(at)
}

// zoneOffset reads Z, ±hh, ±hhmm or ±hh:mm.
func zoneOffset(s string) (time.Duration, bool) {
	if s == "Z" || s == "z" || s == "UTC" {
		return 0, true
	}
	if len(s) < 3 || (s[0] != '+' && s[0] != '-') {
		return 0, false
	}
	hours, minutes := digits(s[1:3]), 0
	switch {
	case len(s) == 5:
		minutes = digits(s[3:])
	case len(s) == 6 && s[3] == ':':
		minutes = digits(s[4:])
	case len(s) != 3:
		return 0, false
	}
	if hours < 0 || hours > 23 || minutes < 0 || minutes > 59 {
		return 0, false
	}
	offset := time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute
	if s[0] == '-' {
		offset = -offset
	}
	return offset, true
}

// local reads the wall clock of u (given as UTC) in the zone. Offsets a day
// before and after tell whether a change of the clocks is near.
func (t *times) local(u time.Time) time.Time {
	offset := func(at time.Time) time.Duration {
		_, seconds := at.In(t.zone).Zone()
		return time.Duration(seconds) * time.Second
	}
	before, after := offset(u.Add(-24*time.Hour)), offset(u.Add(24*time.Hour))
	first, second := u.Add(-before), u.Add(-after)
	if before == after {
		return first.In(t.zone)
	}
	firstIs, secondIs := offset(first) == before, offset(second) == after
	switch {
	case firstIs && secondIs:
		t.moved.Ambiguous++
	case !firstIs && secondIs:
		return second.In(t.zone)
	case !firstIs:
		t.moved.Skipped++ // read with the offset of before, it lies behind the gap
	}
	return first.In(t.zone)
}

func daysIn(year, month int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// digits reads a number of digits only; -1 when it is none.
func digits(s string) int {
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return -1
		}
		n = n*10 + int(s[i]-'0')
	}
	if s == "" {
		return -1
	}
	return n
}

// unix reads a count since 1970, with a fraction or not, in perSecond parts.
func unix(s string, perSecond int64) (time.Time, bool) {
	whole, fraction, dotted := strings.Cut(s, ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || n > 253_000_000_000*perSecond || n < -62_000_000_000*perSecond {
		return time.Time{}, false
	}
	var part int
	if dotted {
		if part = digits((fraction + "000000")[:6]); part < 0 || len(fraction) > 9 || digits(fraction) < 0 {
			return time.Time{}, false
		}
		if n < 0 || s[0] == '-' {
			part = -part
		}
	}
	return time.UnixMicro(n*(1_000_000/perSecond) + int64(part)/perSecond).UTC(), true
}

// directives are strftime's, as a Go layout has them.
var directives = map[byte]string{
	'Y': "2006", 'y': "06", 'm': "01", 'd': "02", 'e': "_2", 'H': "15", 'I': "03", 'M': "04", 'S': "05",
	'p': "PM", 'b': "Jan", 'h': "Jan", 'B': "January", 'a': "Mon", 'A': "Monday", 'j': "002",
	'z': "-0700", 'Z': "MST", 'T': "15:04:05", 'D': "01/02/06", 'F': "2006-01-02", 'R': "15:04",
	'n': "\n", 't': "\t", '%': "%",
}

// unpadded are the directives that take one digit as well as two where
// something other than a directive stands on both sides.
var unpadded = map[byte]string{'m': "1", 'd': "2", 'M': "4", 'S': "5", 'I': "3"}

// layoutOf reads a time_format: "unix", "unix_ms" or strftime's directives
// ("%d/%m/%Y %H:%M"). Fault says what is wrong, "" when nothing is.
func layoutOf(format string) (l layout, fault string) {
	switch format {
	case "", "unix", "unix_ms":
		return layout{text: format}, ""
	}
	if !strings.Contains(format, "%") {
		return l, `is not a time format: use strftime's directives, such as "%d/%m/%Y %H:%M", or unix, or unix_ms`
	}
	format = strings.ReplaceAll(format, ".%f", "") // Go reads a fraction after the seconds by itself
	var b strings.Builder
	literal := true // what stands before
	for i := 0; i < len(format); i++ {
		c := format[i]
		if c != '%' {
			if c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' && c != 'T' {
				return l, "has the bare character " + strconv.Quote(string(c)) + ": only directives such as %Y, T and punctuation stand in a time format"
			}
			b.WriteByte(c)
			literal = true
			continue
		}
		i++
		if i == len(format) {
			return l, "ends in a bare %"
		}
		d, ok := directives[format[i]]
		if !ok {
			return l, "has %" + string(format[i]) + ", which is not known: use %Y %m %d %H %M %S .%f %b %B %y %I %p %z"
		}
		if one, ok := unpadded[format[i]]; ok && literal && (i+1 == len(format) || format[i+1] != '%') {
			d = one
		}
		literal = false
		l.zoned = l.zoned || format[i] == 'z'
		b.WriteString(d)
	}
	l.text = b.String()
	return l, ""
}

// TimeReader returns what reads the times of a format as a map's time_format
// does, in that zone: "" knows the usual ways. Fault says what is wrong with
// the format, "" when nothing is.
func TimeReader(format string, zone *time.Location) (read func(string) (time.Time, bool), fault string) {
	l, fault := layoutOf(format)
	t := &times{zone: zone}
	return func(s string) (time.Time, bool) { return t.parse(s, l) }, fault
}
