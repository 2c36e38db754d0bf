package rule

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

func TestConflicts(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqlite(t), declared+`
rules:
  - {slug: first, name: F, when: {choice: late}, then: [{message: {subject: S, text: T}}]}
  - {slug: sets, name: S, when: {event: Support Called}, then: [{trait: {calm: true}}]}
  - {slug: opens, name: O, when: {event: Message Sent}, then: [{case: {kind: right, title: T}}]}
`)
	for draft, want := range map[string][]Conflict{
		`{slug: d, name: D, when: {choice: late, option: shop}, then: [{survey: care}]}`:                                  {{Clash: Shadowed, Rules: []string{"first", "d"}}},
		`{slug: d, name: D, when: {choice: late, option: shop}, priority: 1, then: [{survey: care}]}`:                     {{Clash: Together, Rules: []string{"d", "first"}}},
		`{slug: d, name: D, when: {event: Choice Made}, priority: 1, if: "true", then: [{survey: care}]}`:                 {{Clash: Together, Rules: []string{"d", "first"}}},
		`{slug: d, name: D, when: {choice: late}, then: [{notify: {text: T}}]}`:                                           {},
		`{slug: d, name: D, when: {event: Order Completed}, then: [{trait: {calm: false}}]}`:                              {{Clash: Undoes, Rules: []string{"d", "sets"}, Of: "calm"}},
		`{slug: d, name: D, when: {case: right, state: opened}, then: [{message: {subject: S, text: T}}]}`:                {{Clash: Circle, Rules: []string{"d", "opens", "d"}}},
		`{slug: d, name: D, when: {case: right, state: solved}, then: [{message: {subject: S, text: T}}]}`:                {},
		`{slug: first, name: F, when: {choice: late}, then: [{message: {subject: S, text: "another text of the same"}}]}`: {},
	} {
		r, err := w.Models.Current().Model.ParseRule([]byte(draft))
		must(t, err)
		got, err := w.rules.Conflicts(t.Context(), cx.System(), r)
		must(t, err)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", draft, diff)
		}
	}
}

func TestARestoredLogIsNotDecidedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqlite(t), declared+`
rules: [{slug: r, name: R, when: {event: Order Completed}, then: [{wait: 2h}, {notify: {text: T}}]}]
`)
	w.is("ana", cxtest.Object{})
	w.settle()
	before, _ := w.rules.Position(t.Context())
	w.lives("ana", "Order Completed", nil)
	w.settle()
	w.Clock.Advance(time.Hour)
	w.lives("ana", "Order Completed", nil)
	w.settle()
	w.Clock.Advance(time.Hour) // the first is due
	must(t, w.db.Write(t.Context(), func(tx *sqldb.Tx) error {
		_, err := tx.Exec(t.Context(), `UPDATE rule_state SET position = $1`, int64(before))
		return err
	}))
	w.anew()
	must(t, w.rules.Restored(t.Context()))
	w.anew()
	w.settle()
	w.Clock.Advance(time.Hour)
	w.settle()
	if diff := cmp.Diff([]string{"notify  T"}, w.done()); diff != "" { // the second's, which was not due yet
		t.Error(diff)
	}
	page, err := w.rules.Runs(t.Context(), cx.System(), Query{Limit: 1})
	must(t, err)
	rest, err := w.rules.Runs(t.Context(), cx.System(), Query{Limit: 1, Cursor: page.Next, Customer: w.ID("ana")})
	must(t, err)
	if len(page.Runs) != 1 || page.Runs[0].State != Done || len(rest.Runs) != 1 || rest.Runs[0].Reason != Expired || rest.Next != "" {
		t.Errorf("%+v, then %+v", page, rest)
	}
}

func TestAnHourOfTheCustomersDay(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("Europe/Madrid")
	must(t, err)
	for now, want := range map[string]string{
		"2026-03-28 09:59": "2026-03-28 10:00",
		"2026-03-28 10:00": "2026-03-29 10:00", // a day of 23 hours
		"2026-10-24 12:00": "2026-10-25 10:00", // and one of 25
	} {
		at := func(s string) cx.Time {
			std, err := time.ParseInLocation("2006-01-02 15:04", s, zone)
			must(t, err)
			return cx.TimeOf(std)
		}
		if got := localAt(at(now), zone, 600); got != at(want) {
			t.Errorf("after %s comes %s, want %s", now, got, want)
		}
	}
}
