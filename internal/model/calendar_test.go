package model_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
)

func calendar(t testing.TB, zone, rest string) model.Calendar {
	t.Helper()
	m := parse(t, fmt.Sprintf("company: {slug: x, name: X, timezone: UTC, currency: EUR}\ncalendars:\n  - {slug: c, name: C, timezone: %s, %s}\n", zone, rest))
	c, _ := m.Calendar("c")
	return c
}

func instant(t testing.TB, s string) cx.Time {
	t.Helper()
	at, ok := cx.ParseTime(s)
	if !ok {
		t.Fatal(s)
	}
	return at
}

func TestBusinessTime(t *testing.T) {
	t.Parallel()
	shops := calendar(t, "Europe/Madrid", `hours: {mon-sat: ["10:00-14:00", "16:30-20:30"]}, holidays: [2026-12-25, 01-06]`)
	always := calendar(t, "Europe/Madrid", `hours: {mon-sun: ["00:00-24:00"]}`)
	nights := calendar(t, "Europe/Madrid", `hours: {sun: ["01:00-04:00"]}`)
	for _, c := range []struct {
		calendar model.Calendar
		from     string
		add      time.Duration
		want     string
	}{
		{shops, "2026-11-23T11:00:00+01:00", 2 * time.Hour, "2026-11-23T13:00:00+01:00"},
		{shops, "2026-11-23T13:00:00+01:00", time.Hour, "2026-11-23T14:00:00+01:00"},               // the end, not the next beginning
		{shops, "2026-11-23T13:00:00+01:00", time.Hour + time.Minute, "2026-11-23T16:31:00+01:00"}, // over the pause
		{shops, "2026-11-21T20:00:00+01:00", time.Hour, "2026-11-23T10:30:00+01:00"},               // over Sunday
		{shops, "2026-12-24T20:00:00+01:00", time.Hour, "2026-12-26T10:30:00+01:00"},               // over Christmas, this year's
		{shops, "2027-12-24T20:00:00+01:00", time.Hour, "2027-12-25T10:30:00+01:00"},               // but not the next
		{shops, "2027-01-05T20:00:00+01:00", time.Hour, "2027-01-07T10:30:00+01:00"},               // over Epiphany, each year
		{shops, "2026-11-22T12:00:00.000001+01:00", 16 * time.Hour, "2026-11-24T20:30:00+01:00"},   // two whole days
		{always, "2026-03-29T00:00:00+01:00", 24 * time.Hour, "2026-03-30T01:00:00+02:00"},         // a day of 23 hours
		{always, "2026-10-25T00:00:00+02:00", 24 * time.Hour, "2026-10-25T23:00:00+01:00"},         // a day of 25
		{nights, "2026-03-29T00:00:00+01:00", 2 * time.Hour, "2026-03-29T04:00:00+02:00"},          // 02:00 to 03:00 is no time
		{nights, "2026-10-25T00:00:00+02:00", 4 * time.Hour, "2026-10-25T04:00:00+01:00"},          // and here it is twice
		{shops, "2026-11-23T11:00:00+01:00", 0, "2026-11-23T11:00:00+01:00"},
	} {
		if got, want := c.calendar.Add(instant(t, c.from), c.add), instant(t, c.want); got != want {
			t.Errorf("%s + %v is %s, want %s", c.from, c.add, got, want)
		}
	}
}

// Business time is what a walk minute by minute counts, whatever the zone, its
// clocks and the hours.
func TestBusinessTimeIsAMinuteWalk(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		zone := rapid.SampledFrom([]string{"Europe/Madrid", "America/Sao_Paulo", "Australia/Lord_Howe", "America/St_Johns", "Atlantic/Azores", "Asia/Kathmandu"}).Draw(rt, "zone")
		a := rapid.IntRange(0, 20).Draw(rt, "a")
		b := rapid.IntRange(a+1, 22).Draw(rt, "b")
		hours := fmt.Sprintf(`"%02d:%02d-%02d:00", "%02d:15-24:00"`, a, rapid.IntRange(0, 59).Draw(rt, "minute"), b, rapid.IntRange(b, 23).Draw(rt, "c"))
		days := rapid.SampledFrom([]string{"mon-sun", "sat-tue", "sun", "mon-fri"}).Draw(rt, "days")
		c := calendar(t, zone, fmt.Sprintf(`hours: {%s: [%s]}, holidays: [2026-03-30, 10-26, 04-05]`, days, hours))
		near := rapid.SampledFrom([]string{"2026-03-27T00:00:00Z", "2026-10-23T00:00:00Z", "2026-04-03T00:00:00Z", "2026-10-02T00:00:00Z", "2026-07-01T00:00:00Z"}).Draw(rt, "near")
		from := instant(t, near).Add(time.Duration(rapid.IntRange(0, 4*24*60).Draw(rt, "from")) * time.Minute)
		d := time.Duration(rapid.IntRange(1, 30*60).Draw(rt, "add")) * time.Minute
		want, left := from, d
		for left > 0 {
			if c.Open(want) {
				left -= time.Minute
			}
			want = want.Add(time.Minute)
		}
		if got := c.Add(from, d); got != want {
			rt.Fatalf("%s + %v is %s, want %s (%s %s: %s)", from, d, got, want, zone, days, hours)
		}
	})
}

func TestDueIsWhatWasPromised(t *testing.T) {
	t.Parallel()
	m := parse(t, string(read(t, "testdata/good/promises.yaml")))
	p, _ := m.Promise("delivery-on-date")
	for promised, want := range map[string]string{
		`"2026-12-24"`:                "2026-12-25T00:00:00+01:00", // the end of the day, for the company
		`"2026-12-24T18:00"`:          "2026-12-24T18:00:00+01:00",
		`"2026-12-24 18:00:30"`:       "2026-12-24T18:00:30+01:00",
		`"2026-12-24T18:00:00-03:00"`: "2026-12-24T18:00:00-03:00",
		`"Thursday"`:                  "", `null`: "", `20261224`: "", `"1999-01-01"`: "",
	} {
		due, risk, ok := m.Due(&p, model.Fact{At: instant(t, "2026-12-20T10:00:00Z"), Properties: []byte(`{"promised_at":` + promised + `}`)})
		if ok != (want != "") || ok && (due != instant(t, want) || risk != due.Add(-4*time.Hour)) {
			t.Errorf("%s is due %s, at risk %s, %v", promised, due, risk, ok)
		}
	}
	repaired, _ := m.Promise("till-repaired") // 2 h of the shops in Lisbon, at risk half an hour of theirs before
	due, risk, _ := m.Due(&repaired, model.Fact{At: instant(t, "2026-11-21T19:30:00Z")})
	if due != instant(t, "2026-11-23T11:00:00Z") || risk != instant(t, "2026-11-23T10:30:00Z") {
		t.Errorf("due %s, at risk %s", due, risk)
	}
}
