package history_test

import (
	"strings"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
)

func TestCuts(t *testing.T) {
	t.Parallel()
	at := func(s string) cx.Time {
		v, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return cx.TimeOf(v)
	}
	for _, c := range []struct {
		name, zone string
		every      history.Period
		from, to   string
		want       string
	}{
		{"days over the summer's hour", "Europe/Madrid", history.Day, "2026-03-28T12:00:00Z", "2026-03-30T12:00:00Z", "03-27T23 03-28T23 03-29T22 03-30T22"},
		{"weeks begin on Monday", "UTC", history.Week, "2026-03-01T00:00:00Z", "2026-03-09T00:00:00Z", "02-23T00 03-02T00 03-09T00"},
		{"months over the year", "Europe/Madrid", history.Month, "2025-12-31T23:30:00Z", "2026-03-01T00:00:00Z", "12-31T23 01-31T23 02-28T23 03-31T22"},
		{"a midnight that is skipped", "America/Sao_Paulo", history.Day, "2018-11-03T12:00:00Z", "2018-11-05T12:00:00Z", "11-03T03 11-04T03 11-05T02 11-06T02"},
		{"a midnight that comes twice", "America/Havana", history.Day, "2026-10-31T12:00:00Z", "2026-11-02T12:00:00Z", "10-31T04 11-01T04 11-02T05 11-03T05"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			zone, err := time.LoadLocation(c.zone)
			if err != nil {
				t.Skip(err)
			}
			var got []string
			for _, cut := range history.Cuts(cx.Window{From: at(c.from), To: at(c.to)}, c.every, zone) {
				got = append(got, cut.Std().Format("01-02T15"))
			}
			if g := strings.Join(got, " "); g != c.want {
				t.Errorf("got %s, want %s", g, c.want)
			}
		})
	}
	for _, w := range []cx.Window{{}, {From: 5}, {To: 5}, {From: 5, To: 5}} {
		if cuts := history.Cuts(w, history.Day, time.UTC); cuts != nil {
			t.Errorf("Cuts(%v) = %v", w, cuts)
		}
	}
}
