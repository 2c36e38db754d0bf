package intake_test

import (
	"testing"

	"github.com/vivencia-cx/vivencia/internal/listen/intake"
)

func TestParseTimeTakesISO8601WithItsZone(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"2026-03-02T09:00:00Z", "2026-03-02T10:00:00+01:00", "2026-03-02T10:00:00.000+0100", "2026-03-02T09:00:00.000000000Z"} {
		if at, err := intake.ParseTime(s); err != nil || at.String() != "2026-03-02T09:00:00Z" {
			t.Errorf("%s: %v, %v", s, at, err)
		}
	}
	for s, want := range map[string]string{
		"1970-01-01T00:00:00Z": "1970-01-01T00:00:00Z", "2100-12-31T23:59:59Z": "2100-12-31T23:59:59Z",
		"2016-12-31T23:59:60Z": "2017-01-01T00:00:00Z", "2016-12-31T23:59:60.750Z": "2017-01-01T00:00:00Z", // leap seconds
		"2017-01-01T05:29:60+0530": "2017-01-01T00:00:00Z",
	} {
		if at, err := intake.ParseTime(s); err != nil || at.String() != want {
			t.Errorf("%s: %v, %v; want %s", s, at, err, want)
		}
	}
	for _, s := range []string{"", "yesterday", "2026-03-02T09:00:00", "2026-03-02 09:00:00Z", "1969-12-31T23:59:59Z", "2101-01-01T00:00:00Z", "1772442000", "2026-03-02T09:00:61Z"} {
		if at, err := intake.ParseTime(s); err == nil {
			t.Errorf("%q is taken as %v", s, at)
		}
	}
}
