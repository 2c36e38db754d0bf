package importer

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func TestTimes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, format, zone, want string }{
		{"2018-08-15 11:30:33", "", "America/Sao_Paulo", "2018-08-15T14:30:33Z"},
		{"2017-06-20 05:40:32+00:00", "", "America/Sao_Paulo", "2017-06-20T05:40:32Z"},
		{"2015-02-24 11:35:52 -0800", "", "UTC", "2015-02-24T19:35:52Z"},
		{"2017-02-22T18:56:05.123456", "", "Europe/Madrid", "2017-02-22T17:56:05.123456Z"},
		{"2017-02-22T18:56:05.123456789+01", "", "UTC", "2017-02-22T17:56:05.123456789Z"},
		{"2017-02-22t18:56Z", "", "Europe/Madrid", "2017-02-22T18:56:00Z"},
		{"2017-02-22", "", "Europe/Madrid", "2017-02-21T23:00:00Z"},
		{" 22/02/2017 ", "", "UTC", "2017-02-22T00:00:00Z"},
		{"22/02/2017 18:56", "", "UTC", "2017-02-22T18:56:00Z"},
		{"1534332633", "", "Europe/Madrid", "2018-08-15T11:30:33Z"},
		{"1534332633.25", "", "UTC", "2018-08-15T11:30:33.25Z"},
		{"1534332633123", "", "UTC", "2018-08-15T11:30:33.123Z"},
		{"-86400", "unix", "UTC", "1969-12-31T00:00:00Z"},
		{"5", "unix_ms", "UTC", "1970-01-01T00:00:00.005Z"},
		{"19970101", "%Y%m%d", "UTC", "1997-01-01T00:00:00Z"},
		{"3/1/2018 9:05", "%m/%d/%Y %H:%M", "UTC", "2018-03-01T09:05:00Z"},
		{"03/01/18 09:05:01.5", "%d/%m/%y %H:%M:%S.%f", "UTC", "2018-01-03T09:05:01.5Z"},
		{"Oct 2018", "%b %Y", "UTC", "2018-10-01T00:00:00Z"},
		{"2018-08-15 11:30:33 -0300", "%F %T %z", "Europe/Madrid", "2018-08-15T14:30:33Z"},
		// clocks: skipped (moves forward by the gap) and twice (the first)
		{"2018-11-04 00:00:00", "", "America/Sao_Paulo", "2018-11-04T03:00:00Z"},
		{"2026-03-29 02:30:00", "", "Europe/Madrid", "2026-03-29T01:30:00Z"},
		{"2026-10-25 02:30:00", "", "Europe/Madrid", "2026-10-25T00:30:00Z"},
		{"2026-10-25 03:00:00", "", "Europe/Madrid", "2026-10-25T02:00:00Z"},
	} {
		l, fault := layoutOf(c.format)
		if fault != "" {
			t.Errorf("%q %s", c.format, fault)
			continue
		}
		tm := times{zone: zone(t, c.zone)}
		got, ok := tm.parse(c.in, l)
		if !ok || got.UTC().Format(time.RFC3339Nano) != c.want {
			t.Errorf("%q in %s = %v %v, want %s", c.in, c.zone, got.UTC().Format(time.RFC3339Nano), ok, c.want)
		}
	}
	for _, bad := range []string{"", "soon", "2018-02-30", "2018-02-28x10:00", "2018-02-28 24:00", "2018-02-28 10:60", "2018-02-28 10:00:00.", "2018-02-28+01:00", "31/04/2018", "19970101", "2018-02-28 10:00 CET", "99999999999999999999"} {
		tm := times{zone: time.UTC}
		if got, ok := tm.parse(bad, layout{}); ok {
			t.Errorf("%q = %v", bad, got)
		}
	}
	for _, bad := range []string{"2006-01-02", "%d/%m/%Q", "%d %", "%Y12"} {
		if _, fault := layoutOf(bad); fault == "" {
			t.Errorf("%q passes for a time format", bad)
		}
	}
}

func TestMovedTimesAreCounted(t *testing.T) {
	t.Parallel()
	tm := times{zone: zone(t, "Europe/Madrid")}
	for _, s := range []string{"2026-03-29 02:30:00", "2026-10-25 02:30:00", "2026-10-25 02:59:59", "2026-10-25 01:59:59", "2026-03-29 03:00:00"} {
		if _, ok := tm.parse(s, layout{}); !ok {
			t.Error(s)
		}
	}
	if tm.moved != (MovedTimes{Skipped: 1, Ambiguous: 2}) {
		t.Errorf("%+v", tm.moved)
	}
}

// Every instant, written on the wall, is read back: itself, or the first of the
// two that the wall shows alike.
func TestLocalTimesComeBack(t *testing.T) {
	t.Parallel()
	zones := []*time.Location{zone(t, "Europe/Madrid"), zone(t, "America/Sao_Paulo"), zone(t, "Australia/Lord_Howe"), zone(t, "Asia/Kathmandu")}
	rapid.Check(t, func(t *rapid.T) {
		z := rapid.SampledFrom(zones).Draw(t, "zone")
		at := time.Unix(rapid.Int64Range(0, 2_000_000_000).Draw(t, "at"), 0).In(z)
		tm := times{zone: z}
		got, ok := tm.parse(at.Format("2006-01-02 15:04:05"), layout{})
		if !ok || got.Format(time.DateTime) != at.Format(time.DateTime) || got.After(at) || tm.moved.Skipped != 0 {
			t.Fatalf("%v became %v, %+v", at, got, tm.moved)
		}
		if got.Equal(at) != (tm.moved.Ambiguous == 0) && got.Before(at) && tm.moved.Ambiguous != 1 {
			t.Fatalf("%v became %v, %+v", at, got, tm.moved)
		}
	})
}
