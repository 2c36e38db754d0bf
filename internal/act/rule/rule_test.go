package rule

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/sqldb/sqldbtest"
	"github.com/vivencia-cx/vivencia/internal/understand/journey"
	"github.com/vivencia-cx/vivencia/internal/understand/voice"
)

// declared is what the rules of the tests name.
const declared = `
segments: [{slug: vip, name: VIP, when: traits.in_vip == true}]
surveys: [{slug: care, name: Care, purpose: transactional, pages: [{questions: [{id: score, type: csat, text: Well?}]}]}]
topics: [{slug: wait, name: Wait}]
journeys: [{slug: buy, name: Buy, case: {key: order_id}}]
promises: [{slug: on-date, name: On the date, area: care, from: {event: Order Completed}, to: {event: Support Called}, within: 2d, objective: 0.95}]
choices: [{slug: late, question: What now?, options: [{id: shop, text: Shop}, {id: wait, text: Wait}]}]
webhooks: [{slug: erp, url: "https://erp.example"}]
cases: {kinds: [{slug: right, name: Right, area: care, within: 8h}]}
`

func TestTheWayFromAPromiseAtRiskToASurvey(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, open func(*testing.T) *sqldb.DB) {
		w := newWorld(t, func() *sqldb.DB { return open(t) }, declared+`
rules:
  - slug: late
    name: Tarde
    when: {promise: on-date, state: at-risk}
    then:
      - message: {subject: S, text: "{customer.first_name ?? Hola}, tu pedido {properties.order_id ?? ''}"}
      - choice: late
      - wait: {until: {event: Choice Made, when: properties.choice == "late"}, most: 2d, else: [{case: {kind: right, title: Nadie eligió}}]}
      - trait: {chose: true}
      - notify: {area: care, text: Eligió}
  - {slug: shop, name: Tienda, when: {choice: late, option: shop}, then: [{case: {kind: right, area: sales, title: Guárdalo}}]}
  - {slug: well, name: Bien, when: {case: right, state: solved}, then: [{survey: care}, {webhook: erp}, {segment: vip}]}
`)
		w.is("ana", cxtest.Object{"first_name": "Ana"})
		w.is("leo", cxtest.Object{})
		for _, who := range []string{"ana", "leo"} {
			w.records(who, promiseEvent, cxtest.Object{"promise": "on-date", "state": "kept"})
			w.records(who, promiseEvent, cxtest.Object{"promise": "on-date", "state": "at-risk", "about": map[string]string{"order_id": "o1"}})
		}
		w.settle()
		if diff := cmp.Diff([]string{"offer late o1", "message Ana, tu pedido o1 offer-late", "offer late o1", "message Hola, tu pedido o1 offer-late"}, sortedBy(w.done(), "Ana")); diff != "" {
			t.Fatal(diff)
		}
		w.did = nil
		w.Clock.Advance(time.Hour)
		w.lives("ana", "Choice Made", cxtest.Object{"choice": "other", "option": "shop", "offer": "x"})
		w.settle()
		if len(w.did) > 0 {
			t.Fatalf("another choice was met: %q", w.did)
		}
		w.lives("ana", "Choice Made", cxtest.Object{"choice": "late", "option": "shop", "offer": "offer-late"})
		w.settle()
		if diff := cmp.Diff([]string{"case right sales Guárdalo", "notify care Eligió"}, sortedBy(w.done(), "case")); diff != "" {
			t.Fatal(diff)
		}
		w.did = nil
		w.records("ana", caseEvent, cxtest.Object{"kind": "right", "what": "solved", "case": "c1"})
		w.settle()
		if diff := cmp.Diff([]string{"survey care", "webhook erp"}, w.done()); diff != "" {
			t.Fatal(diff)
		}
		c, err := w.Customer(t.Context(), cx.System(), w.ID("ana"))
		must(t, err)
		if trait(&c, "chose") != "true" || trait(&c, "in_vip") != "true" {
			t.Errorf("%+v", c.Traits)
		}
		w.did = nil
		w.Clock.Advance(48 * time.Hour)
		w.settle()
		if diff := cmp.Diff([]string{"case right  Nadie eligió"}, w.done()); diff != "" {
			t.Fatal(diff)
		}
		page, err := w.rules.Runs(t.Context(), cx.System(), Query{})
		must(t, err)
		for _, r := range page.Runs {
			if r.State != Done {
				t.Errorf("%+v", r)
			}
		}
		var jobs int
		must(t, w.db.Read(t.Context(), func(tx *sqldb.Tx) error {
			return tx.QueryRow(t.Context(), `SELECT COUNT(*) FROM jobs WHERE kind = $1`, jobKind).Scan(&jobs)
		}))
		if jobs > 0 || len(page.Runs) != 4 {
			t.Errorf("%d jobs, %d runs", jobs, len(page.Runs))
		}
	})
}

// sortedBy puts those first that hold a word, the rest as they are: runs of
// several customers go on in no order.
func sortedBy(all []string, word string) []string {
	var first, rest []string
	for i, s := range all {
		pair := strings.HasPrefix(s, "offer") && i+1 < len(all) && strings.Contains(all[i+1], word)
		if pair || strings.Contains(s, word) {
			first = append(first, s)
		} else {
			rest = append(rest, s)
		}
	}
	return append(first, rest...)
}

func TestTriggers(t *testing.T) {
	t.Parallel()
	for when, happens := range map[string]func(w *world){
		"event: Order Completed": func(w *world) { w.lives("ana", "Order Completed", nil) },
		"silence: 14d": func(w *world) {
			w.sweeps()
			w.Clock.Advance(14*24*time.Hour - time.Minute)
			w.sweeps()
			w.settle()
			if len(w.did) > 0 {
				w.t.Errorf("too soon: %q", w.did)
			}
			w.Clock.Advance(time.Minute)
			w.sweeps()
			w.sweeps()
		},
		"silence: 1d, after: Support Called": func(w *world) {
			w.lives("ana", "Support Called", nil)
			w.sweeps()
			w.Clock.Advance(24 * time.Hour)
			w.sweeps()
		},
		"segment: vip, state: entered": func(w *world) {
			w.sweeps()
			w.is("ana", cxtest.Object{"in_vip": true})
			w.Clock.Advance(time.Minute)
			w.sweeps()
			w.sweeps()
		},
		"segment: vip, state: left": func(w *world) {
			w.is("ana", cxtest.Object{"in_vip": true})
			w.sweeps()
			w.is("ana", cxtest.Object{"in_vip": false})
			w.Clock.Advance(time.Minute)
			w.sweeps()
		},
		"journey: buy, state: stuck": func(w *world) {
			w.sweeps()
			w.runs = []journey.RunSummary{{Case: "00000000000000aa", State: journey.Stuck, Last: w.Clock.Now(), Customer: &remember.CustomerSummary{ID: w.ID("ana")}}}
			w.sweeps()
			w.sweeps()
		},
		"reason: wait": func(w *world) {
			w.sweeps()
			c, err := w.Customer(w.t.Context(), cx.System(), w.ID("ana"))
			must(w.t, err)
			w.Clock.Advance(time.Minute)
			w.texts = []voice.Text{{Ref: voice.Ref{Seq: 1}, Customer: c.No, At: w.Clock.Now() - 1, Reading: voice.Reading{Topics: []string{"wait"}}}}
			w.sweeps()
			w.Clock.Advance(time.Minute)
			w.sweeps()
		},
		"answer: care": func(w *world) { w.answers("ana", "care", "csat", 5, true) },
		"score: csat, most: 2": func(w *world) {
			w.answers("ana", "care", "csat", 3, true)
			w.answers("ana", "care", "csat", 2, false)
			w.answers("ana", "care", "csat", 2, true) // the same response, gone on with
		},
	} {
		t.Run(when, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, sqlite(t), declared+"rules: [{slug: r, name: R, when: {"+when+"}, then: [{notify: {text: T}}]}]\n")
			w.is("ana", cxtest.Object{})
			w.lives("ana", "Support Called", nil)
			w.settle()
			happens(w)
			w.settle()
			if diff := cmp.Diff([]string{"notify  T"}, w.done()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWhyItDoesNotAct(t *testing.T) {
	t.Parallel()
	twice := func(w *world) {
		w.lives("ana", "Order Completed", cxtest.Object{"n": 1})
		w.lives("ana", "Order Completed", cxtest.Object{"n": 2})
	}
	once := func(w *world) { w.lives("ana", "Order Completed", cxtest.Object{"n": 1}) }
	for name, test := range map[string]struct {
		rules   string
		happens func(w *world)
		want    []string
	}{
		"cap":         {`caps: {per_customer: {n: 1, per: 1d}}, then: [{message: {subject: S, text: T}}]`, twice, []string{": cap", "0 message"}},
		"entries":     {`caps: {entries: {n: 1, per: day}}, then: [{message: {subject: S, text: T}}]`, twice, []string{": entries", "0 message"}},
		"concurrency": {`caps: {running: 1}, then: [{wait: 2h}]`, twice, []string{": concurrency", "0 wait"}},
		"holdout": {`holdout: 0.5, then: [{message: {subject: S, text: T}}]`, func(w *world) {
			for i := range 40 {
				who := string(rune('a'+i%26)) + string(rune('a'+i/26))
				w.is(who, cxtest.Object{})
				if w.rules.heldOut("r", .5, w.ID(who)) {
					w.lives(who, "Order Completed", nil)
					w.lives(who, "Order Completed", nil)
					break
				}
			}
		}, []string{": holdout", ": holdout"}},
		"human": {`human: [Support Called], then: [{message: {subject: S, text: T}}]`, func(w *world) {
			w.lives("ana", "Support Called", nil)
			once(w)
		}, []string{"case: human"}},
		"condition": {`if: count("Order Completed") == 1, then: [{wait: 2h}, {message: {subject: S, text: T}}]`, func(w *world) {
			once(w)
			w.settle()
			w.Clock.Advance(time.Hour)
			once(w)
			w.settle()
			w.Clock.Advance(time.Hour)
		}, []string{"0 wait", "1 message: condition"}},
		"unsubscribed": {`then: [{message: {subject: S, text: T}}, {notify: {text: T}}]`, func(w *world) {
			w.unsubscribed[w.ID("ana")] = true
			once(w)
		}, []string{"0 message: unsubscribed", "1 notify"}},
		"must be said": {`quiet: false, then: [{message: {subject: S, text: T}}]`, func(w *world) {
			w.unsubscribed[w.ID("ana")], w.contacted = true, 9
			w.Clock.Advance(11 * time.Hour) // at night
			once(w)
		}, []string{"0 message"}},
		"quiet": {`then: [{message: {subject: S, text: T}}]`, func(w *world) {
			w.Clock.Advance(11 * time.Hour)
			once(w)
			w.settle()
			w.Clock.Advance(12 * time.Hour)
		}, []string{"0 message: quiet", "0 message"}},
		"fatigue": {`then: [{message: {subject: S, text: T}}]`, func(w *world) {
			w.contacted = 2
			once(w)
		}, []string{"0 message: fatigue"}},
		"expired": {`then: [{wait: {until: {event: Support Called}, most: 1h}}, {notify: {text: T}}]`, func(w *world) {
			once(w)
			w.settle()
			w.Clock.Advance(time.Hour)
		}, []string{"0 wait", "0 wait: expired"}},
		"old news": {`then: [{notify: {text: T}}]`, func(w *world) {
			once(w)
			w.Clock.Advance(25 * time.Hour)
		}, nil},
		"a missing field": {`if: properties.total > 3.0, then: [{notify: {text: T}}]`, once, nil},
		"too costly": {`if: properties.n.matches("(a|b|ab)*(c|d|cd)*(e|f|ef)*x") || properties.n.matches("(a|b|ab)*(c|d|cd)*(e|f|ef)*y"), then: [{notify: {text: T}}]`, func(w *world) {
			w.lives("ana", "Order Completed", cxtest.Object{"n": strings.Repeat("ab", 14000)})
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, sqlite(t), declared+"asking: {contacts: {n: 2, per: 7d}}\nrules: [{slug: r, name: R, when: {event: Order Completed}, "+test.rules+"}]\n")
			w.is("ana", cxtest.Object{})
			w.settle()
			test.happens(w)
			w.settle()
			if diff := cmp.Diff(test.want, w.decided()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestOfTwoThatWriteTheHigherDoes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqlite(t), declared+`
rules:
  - {slug: low, name: L, when: {event: Order Completed}, then: [{message: {subject: S, text: low}}]}
  - {slug: inside, name: I, when: {event: Order Completed}, then: [{notify: {text: inside}}]}
  - {slug: high, name: H, when: {event: Order Completed}, priority: 5, then: [{message: {subject: S, text: high}}]}
  - {slug: never, name: N, when: {event: Order Completed}, if: "false", priority: 9, then: [{message: {subject: S, text: never}}]}
`)
	w.is("ana", cxtest.Object{})
	w.lives("ana", "Order Completed", nil)
	w.settle()
	done := w.done()
	if len(done) != 2 || !strings.Contains(strings.Join(done, "|"), "message high") || !strings.Contains(strings.Join(done, "|"), "notify  inside") {
		t.Errorf("%q", done)
	}
}

func TestARestartDecidesNothingTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqlite(t), declared+`
rules: [{slug: r, name: R, when: {event: Order Completed}, then: [{notify: {text: T}}, {wait: {until: {event: Support Called}, most: 1d}}, {case: {title: C}}]}]
`)
	w.is("ana", cxtest.Object{})
	w.settle()
	w.lives("ana", "Order Completed", nil)
	position, _ := w.rules.Position(t.Context())
	back := func() { // as after kill −9 before the position was kept
		must(t, w.db.Write(t.Context(), func(tx *sqldb.Tx) error {
			_, err := tx.Exec(t.Context(), `UPDATE rule_state SET position = $1`, int64(position))
			return err
		}))
		w.anew()
	}
	w.follow()
	back()
	w.follow()
	w.settle()
	back()
	w.lives("ana", "Support Called", nil) // while nobody follows
	w.settle()
	back()
	w.settle()
	if diff := cmp.Diff([]string{"notify  T", "case   C"}, w.done()); diff != "" {
		t.Error(diff)
	}
}

func TestAnAnswerThatIsFasterThanTheWaitIsNotMissed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqlite(t), declared+`
rules: [{slug: r, name: R, when: {event: Order Completed}, then: [{message: {subject: S, text: T}}, {wait: {until: {event: Choice Made, when: properties.n == 2}, most: 1d}}, {notify: {text: came}}]}]
`)
	w.is("ana", cxtest.Object{})
	w.is("leo", cxtest.Object{})
	w.lives("ana", "Choice Made", cxtest.Object{"n": 2}) // before: it does not count
	w.lives("ana", "Order Completed", nil)
	w.during = func() {
		w.lives("leo", "Choice Made", cxtest.Object{"n": 2}) // somebody else's
		w.lives("ana", "Choice Made", cxtest.Object{"n": 1}) // another
		w.follow()
	}
	w.settle()
	if diff := cmp.Diff([]string{"message T"}, w.done()); diff != "" {
		t.Fatal(diff)
	}
	w.lives("ana", "Order Completed", nil)
	w.during = func() {
		w.lives("ana", "Choice Made", cxtest.Object{"n": 2})
		w.follow()
	}
	w.settle()
	if diff := cmp.Diff([]string{"message T", "message T", "notify  came", "notify  came"}, sortedBy(w.done(), "message")); diff != "" {
		t.Error(diff)
	}
}

func TestWhatFailsWaitsForAPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqlite(t), declared+`
rules: [{slug: r, name: R, when: {event: Order Completed}, then: [{trait: {a: 1}}, {notify: {text: T}}, {case: {title: C}}]}]
`)
	w.is("ana", cxtest.Object{})
	w.settle()
	w.broken = cx.Errorf(cx.Invalid, "test", "it is broken")
	w.lives("ana", "Order Completed", nil)
	w.lives("ana", "Order Completed", nil)
	w.settle()
	failed, err := w.rules.Failed(t.Context(), cx.System())
	must(t, err)
	if len(failed) != 2 || failed[0].Step != "1" || !strings.Contains(failed[0].Error, "it is broken") {
		t.Fatalf("%+v", failed)
	}
	if _, err := w.rules.Failed(t.Context(), cx.Principal{ID: "person:9", Role: cx.Member}); cx.KindOf(err) != cx.Forbidden {
		t.Errorf("a member sees them: %v", err)
	}
	w.broken = nil
	must(t, w.rules.Replay(t.Context(), cx.System(), failed[0].ID))
	must(t, w.rules.Discard(t.Context(), cx.System(), failed[1].ID))
	w.settle()
	if diff := cmp.Diff([]string{"notify  T", "case   C"}, w.done()); diff != "" {
		t.Error(diff)
	}
	if err := w.rules.Replay(t.Context(), cx.System(), failed[1].ID); cx.KindOf(err) != cx.NotFound {
		t.Errorf("what was discarded is replayed: %v", err)
	}
	all, err := w.rules.Rules(t.Context(), cx.System())
	must(t, err)
	if r := all[0]; r.Entered != 2 || r.Acted != 4 || r.Going != 0 || r.Failed != 0 || r.Not[Discarded] != 1 {
		t.Errorf("%+v", r)
	}
}

func TestForgettingSomebodyEndsWhatWaits(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqlite(t), declared+`
rules: [{slug: r, name: R, when: {event: Order Completed}, then: [{wait: 1d}, {notify: {text: T}}]}]
`)
	for _, who := range []string{"ana", "leo"} {
		w.is(who, cxtest.Object{})
		w.lives(who, "Order Completed", cxtest.Object{"order_id": "secret"})
	}
	w.settle()
	subject := cx.Subject{Customer: w.ID("ana")}
	sections, err := w.rules.Export(t.Context(), subject)
	must(t, err)
	if len(sections) != 1 {
		t.Fatalf("%+v", sections)
	}
	n, err := w.rules.Erase(t.Context(), subject)
	must(t, err)
	if n != 1 {
		t.Errorf("%d runs were erased", n)
	}
	w.Clock.Advance(24 * time.Hour)
	w.settle()
	if len(w.did) != 1 {
		t.Errorf("%q", w.did)
	}
}

func TestADryRunOnlyCounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqlite(t), declared)
	w.is("ana", cxtest.Object{})
	w.settle()
	r, err := w.Models.Current().Model.ParseRule([]byte(`{slug: r, name: R, when: {event: Order Completed}, caps: {per_customer: {n: 2, per: 1d}}, if: properties.n > 0, then: [{message: {subject: S, text: T}}]}`))
	must(t, err)
	trial, err := w.rules.Try(t.Context(), cx.System(), r, 10*time.Minute)
	must(t, err)
	for n := range 4 {
		w.lives("ana", "Order Completed", cxtest.Object{"n": n})
	}
	w.settle()
	w.Clock.Advance(10 * time.Minute)
	w.lives("ana", "Order Completed", cxtest.Object{"n": 9})
	w.settle()
	trial, err = w.rules.Trial(t.Context(), cx.System(), trial.ID)
	must(t, err)
	if trial.Events != 4 || trial.Unmet != 1 || trial.Entered != 2 || trial.Not[Capped] != 1 || trial.Customers != 1 || trial.Twice != 1 || !trial.Over || len(w.did) > 0 || len(w.decided()) > 0 {
		t.Errorf("%+v %q", trial, w.did)
	}
}
