package model_test

import (
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
)

func TestTheFirstRuleThatNamesAnEventDecides(t *testing.T) {
	t.Parallel()
	m := parse(t, `
company: {slug: x, name: X, timezone: Europe/Madrid, currency: EUR}
retention:
  - {event: nps, kind: answer, keep: forever}
  - {source: web, kind: page, keep: 90 days}
  - {source: web, keep: 6 months}
  - {keep: 2 years}
`)
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	x, ok := m.Expiry(cx.TimeOf(now))
	if !ok {
		t.Fatal("nothing expires")
	}
	for _, c := range []struct {
		kind         cx.Kind
		source, name string
		at           time.Time
		want         int
	}{
		{cx.Answer, "web", "nps", now.AddDate(-30, 0, 0), -1},
		{cx.Answer, "web", "csat", now.AddDate(0, -7, 0), 2},
		{cx.Page, "web", "Home", now.AddDate(0, 0, -91), 1},
		{cx.Page, "web", "Home", now.AddDate(0, 0, -89), -1},
		{cx.Page, "app", "Home", now.AddDate(-1, -11, 0), -1},
		{cx.Screen, "app", "Home", now.AddDate(-3, 0, 0), 3},
		{cx.Identify, "crm", "Identify", now.AddDate(-3, 0, 0), -1},
		// Six months ago Madrid was two hours from UTC, and is one now.
		{cx.Track, "web", "T", time.Date(2026, 5, 22, 7, 59, 59, 0, time.UTC), 2},
		{cx.Track, "web", "T", time.Date(2026, 5, 22, 8, 0, 0, 0, time.UTC), -1},
		{cx.Circumstance, "web", "strike", now.AddDate(-30, 0, 0), -1},
		{cx.Decision, "vivencia", "vivencia.model.applied", now.AddDate(-30, 0, 0), -1},
		{cx.Redacted, "web", "", now.AddDate(-30, 0, 0), -1},
	} {
		e := cx.Event{Kind: c.kind, Source: c.source, Name: c.name, At: cx.TimeOf(c.at)}
		if got := x.Rule(&e); got != c.want {
			t.Errorf("%s %s of %s at %s: rule %d, want %d", c.kind, c.name, c.source, c.at.Format(time.DateTime), got, c.want)
		}
	}
	if _, ok := parse(t, "company: {slug: x, name: X, timezone: UTC, currency: EUR}\nretention: [{keep: forever}]").Expiry(0); ok {
		t.Error("what is kept for ever expires")
	}
}

func TestKeepReadsWhatItWrites(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"1 day": "1 day", "1 days": "1 day", "90 days": "90 days", "2 years": "2 years", "forever": "forever"} {
		k, ok := model.ParseKeep(in)
		if !ok || k.String() != want {
			t.Errorf("%q: %v %v", in, k, ok)
		}
	}
	for _, bad := range []string{"", "0 days", "-1 days", "1.5 years", "1 fortnight", "two years", "1  day", "day"} {
		if k, ok := model.ParseKeep(bad); ok {
			t.Errorf("%q is %v", bad, k)
		}
	}
}

func TestDiffTellsAChangedRetention(t *testing.T) {
	t.Parallel()
	const head = "company: {slug: x, name: X, timezone: UTC, currency: EUR}\nretention:\n"
	got := model.Diff(
		parse(t, head+"- {source: web, kind: page, keep: 90 days}\n- {keep: 2 years}"),
		parse(t, head+"- {source: web, kind: page, keep: 30 days}"))
	if len(got) != 3 || got[0].Path != "retention.web, page.keep" || got[0].After != "30 days" || got[1].Path != "retention.*" || got[2].Path != "retention-order" {
		t.Errorf("%+v", got)
	}
}
