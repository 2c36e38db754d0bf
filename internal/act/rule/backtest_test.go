package rule

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// counted reads what the live engine counted of who began and who did not.
func (w *world) counted(rule string) map[string]int {
	w.t.Helper()
	out := map[string]int{}
	must(w.t, w.db.Read(w.t.Context(), func(tx *sqldb.Tx) error {
		rows, err := tx.Query(w.t.Context(), `SELECT what, SUM(n) FROM rule_counts WHERE rule = $1 GROUP BY what`, rule)
		if err != nil {
			return err
		}
		_, err = sqldb.Collect(rows, func(rows *sql.Rows) (struct{}, error) {
			what, n := "", 0
			err := rows.Scan(&what, &n)
			if what == entering || what == unmet || slices.Contains(Entries(), Reason(what)) {
				out[what] = n
			}
			return struct{}{}, err
		})
		return err
	}))
	return out
}

// until lets time pass, and what is due meanwhile be done when it is.
func (w *world) until(at cx.Time) {
	w.t.Helper()
	for {
		var next cx.Time
		must(w.t, w.db.Read(w.t.Context(), func(tx *sqldb.Tx) error {
			return tx.QueryRow(w.t.Context(), `SELECT COALESCE(MIN(due), 0) FROM jobs WHERE kind = $1 AND due <= $2 AND dead_at = 0`, jobKind, int64(at)).Scan(&next)
		}))
		if next == 0 {
			break
		}
		w.Clock.Advance(max(0, next.Sub(w.Clock.Now())))
		w.settle()
	}
	w.Clock.Advance(max(0, at.Sub(w.Clock.Now())))
}

// anyRule makes up a rule; late tells whether its events may come late.
func anyRule(r *rand.Rand, i int) (yaml string, late bool) {
	pick := func(options ...string) string { return options[r.IntN(len(options))] }
	running := pick("", "", ", running: 2")
	caps := pick("", ", per_customer: {n: 1, per: 2d}", ", per_customer: {n: 3, per: 5d}") + pick("", ", entries: {n: 4, per: day}", ", entries: {n: 9, per: week}") + running
	return fmt.Sprintf(`  - {slug: r%d, name: R, when: {%s}%s%s, caps: {%s}%s, then: [{notify: {text: T}}, %s]}
`, i,
		pick("event: Order Completed", "event: Order Completed", "event: Support Called", "choice: late", "choice: late, option: shop", "score: csat, most: 3", "answer: care", "promise: on-date, state: broken", "case: any, state: opened"),
		pick("", `, if: 'properties.n > 2'`, `, if: 'count("Order Completed", days(3)) <= 3'`, `, if: 'revenue(days(5)) < 50.0'`, `, if: 'last("Support Called") == null || visits("help") < 4'`,
			`, if: 'count("Order Completed", {"n": 2}) > 0 && traits.city == "Vigo"'`, `, if: 'score("csat") >= 3.0'`, `, if: 'first() < event.at'`),
		pick("", "", ", holdout: 0.3"), strings.TrimPrefix(caps, ", "), pick("", "", ", human: [Support Called]"),
		pick("{wait: 5h}", `{wait: {until: {event: Support Called, when: properties.n < 4}, most: 30h}}`, `{wait: {until: {event: Order Completed}, most: 8h, else: [{wait: 3h}]}}`),
	), running == ""
}

// What the live engine decides of a log, event by event, the back-test counts from
// history: whatever the rule, with events that come late, and answers in pieces.
func TestABackTestCountsWhatTheLiveEngineWould(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, 6)) //nolint:gosec // no secret
			yaml, lateness := declared+"rules:\n", seed%2 == 1
			for i := 0; i < 16; {
				text, late := anyRule(r, i)
				if late || !lateness {
					yaml, i = yaml+text, i+1
				}
			}
			w := newWorld(t, sqlite(t), yaml)
			people := []string{"ana", "leo", "eva", "max"}
			for i, who := range people {
				w.is(who, cxtest.Object{"city": []string{"Vigo", "Lugo"}[i%2]})
			}
			w.settle()
			for range 120 {
				w.until(w.Clock.Now().Add(time.Duration(r.IntN(9*60)+1) * time.Minute))
				who := people[r.IntN(len(people))]
				back := time.Duration(0)
				if lateness && r.IntN(4) == 0 {
					back = time.Duration(r.IntN(20)) * time.Hour
				}
				switch r.IntN(8) {
				case 0:
					w.lives(who, "Choice Made", cxtest.Object{"choice": "late", "option": []string{"shop", "wait"}[r.IntN(2)]})
				case 1:
					w.answers(who, "care", "csat", 1+r.IntN(5), r.IntN(3) > 0)
				case 2:
					w.records(who, promiseEvent, cxtest.Object{"promise": "on-date", "state": []string{"broken", "kept"}[r.IntN(2)], "n": r.IntN(5)})
				case 3:
					w.records(who, caseEvent, cxtest.Object{"what": "opened", "n": r.IntN(5)})
				case 4, 5:
					w.livedAt(who, "Support Called", back, cxtest.Object{"n": r.IntN(6)})
				default:
					w.livedAt(who, "Order Completed", back, cxtest.Object{"n": r.IntN(6), "revenue": r.IntN(40), "currency": "EUR"})
				}
				w.settle()
			}
			w.Clock.Advance(time.Minute)
			for _, rule := range w.Models.Current().Model.Rules {
				got, err := w.rules.Backtest(t.Context(), cx.System(), rule, cx.Window{From: cxtest.Epoch - 1, To: w.Clock.Now()})
				must(t, err)
				counts := map[string]int{}
				for what, n := range map[string]int{entering: got.Entered, unmet: got.Unmet} {
					if n > 0 {
						counts[what] = n
					}
				}
				for why, n := range got.Not {
					counts[string(why)] = n
				}
				if diff := cmp.Diff(w.counted(rule.Slug), counts); diff != "" {
					t.Errorf("%s when %s if %v caps %s: %s", rule.Slug, rule.When, rule.If, rule.Caps, diff)
				}
			}
		})
	}
}

// livedAt lets an event come that was lived a while ago.
func (w *world) livedAt(userID, name string, ago time.Duration, properties cxtest.Object) {
	w.t.Helper()
	e := cxtest.Track(userID, name, w.Clock.Now().Add(-ago).Sub(cxtest.Epoch), properties)
	e.MessageID = fmt.Sprint("m", len(w.log))
	_, err := w.Append(w.t.Context(), []cx.Event{e})
	must(w.t, err)
}

func TestABackTestFindsTheSilencesThatTheLiveEngineWould(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // no secret
	w := newWorld(t, sqlite(t), declared+`rules:
  - {slug: any, name: A, when: {silence: 3d}, then: [{notify: {text: T}}]}
  - {slug: after, name: B, when: {silence: 1d, after: Support Called}, caps: {per_customer: {n: 1, per: 4d}}, then: [{notify: {text: T}}]}
`)
	people := []string{"ana", "leo", "eva"}
	for _, who := range people {
		w.is(who, cxtest.Object{})
		w.lives(who, "Order Completed", nil)
	}
	w.sweeps()
	for range 100 {
		w.Clock.Advance(8 * time.Hour)
		if r.IntN(5) == 0 {
			w.lives(people[r.IntN(3)], []string{"Order Completed", "Support Called", "Message Sent"}[r.IntN(3)], nil)
		}
		w.sweeps()
		w.settle()
	}
	w.Clock.Advance(time.Minute)
	for _, rule := range w.Models.Current().Model.Rules {
		got, err := w.rules.Backtest(t.Context(), cx.System(), rule, cx.Window{From: cxtest.Epoch + 1, To: w.Clock.Now()})
		must(t, err)
		if live := w.counted(rule.Slug); live[entering] != got.Entered || live[string(Capped)] != got.Not[Capped] || got.Entered < 2 {
			t.Errorf("%s: %v, and the back-test %+v", rule.Slug, live, got)
		}
	}
}

func TestWhatHistoryDoesNotKeepIsNotTested(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqlite(t), declared)
	for src, want := range map[string]string{
		`{slug: r, name: R, when: {segment: vip, state: entered}, then: [{notify: {text: T}}]}`:                           "dry run",
		`{slug: r, name: R, when: {event: Order Completed}, if: 'context.page.path == "/"', then: [{notify: {text: T}}]}`: "dry run",
	} {
		r, err := w.Models.Current().Model.ParseRule([]byte(src))
		must(t, err)
		if _, err = w.rules.Backtest(t.Context(), cx.System(), r, cx.Window{}); cx.KindOf(err) != cx.Invalid || !strings.Contains(cx.MessageOf(err), want) {
			t.Errorf("%s: %v", src, err)
		}
	}
	if _, err := w.rules.Backtest(t.Context(), cx.Principal{ID: "person:9", Role: cx.Member}, model.Rule{}, cx.Window{}); cx.KindOf(err) != cx.Forbidden {
		t.Errorf("a member back-tests: %v", err)
	}
}
