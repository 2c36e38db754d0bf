package impact

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/jobs"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/sqldb/sqldbtest"
)

// engines runs a test in a world on each of them.
func engines(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	sqldbtest.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) { test(t, newWorld(t, open(t))) })
}

// simple is a draw of customers by whether they buy again within ten days.
func simple() Plan {
	return Plan{Design: Design{Kind: Random}, Metric: Metric{Kind: Return, Days: 10}, Expected: .2, Rule: Rule{Least: .05}, Sample: 100}
}

func TestAssign(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, w *world) {
		ctx, all := t.Context(), cx.System()
		w.begin("notice", simple())
		arms := map[string]int{}
		for i := range 60 {
			w.lived(fmt.Sprint("u", i), "Order Completed", time.Duration(i)*time.Minute, nil)
			first, err := w.Assign(ctx, all, "notice", w.ID(fmt.Sprint("u", i)))
			must(t, err)
			again, err := w.Assign(ctx, all, "notice", first.Customer)
			must(t, err)
			if first != again || first.Exposed || first.Acts != (first.Arm == Treated) {
				t.Fatalf("%+v, then %+v", first, again)
			}
			arms[first.Arm]++
		}
		if arms[Control] < 15 || arms[Treated] < 15 || len(arms) != 2 {
			t.Errorf("%v", arms)
		}
		if _, err := w.Expose(ctx, all, "notice", w.ID("u3"), w.Clock.Now().Add(-time.Hour)); cx.KindOf(err) != cx.Invalid {
			t.Errorf("an exposure before it began: %v", err)
		}
		exposed, err := w.Expose(ctx, all, "notice", w.ID("u3"), 0)
		must(t, err)
		w.work()
		w.work() // the same again is the same event
		if !exposed.Exposed {
			t.Errorf("%+v", exposed)
		}
		if _, err := w.Expose(ctx, all, "notice", w.ID("u3"), w.Clock.Now().Add(time.Hour)); cx.KindOf(err) != cx.Invalid {
			t.Errorf("an exposure that lies ahead: %v", err)
		}
		w.Clock.Advance(time.Minute)
		e, err := w.Evaluate(ctx, all, "notice")
		must(t, err)
		if n := e.Arms[0].Exposed + e.Arms[1].Exposed; n != 1 || e.Why != TooEarly {
			t.Errorf("%d are exposed, %s", n, e.Why)
		}
		// It is stopped: who was drawn stays, nobody is added, nothing acts.
		w.change("notice", func(in *Initiative) { in.Running = false })
		if a, err := w.Assign(ctx, all, "notice", w.ID("u3")); err != nil || a.Acts || a.Arm != exposed.Arm {
			t.Errorf("%+v, %v", a, err)
		}
		w.lived("late", "Order Completed", time.Hour, nil)
		if a, err := w.Assign(ctx, all, "notice", w.ID("late")); err != nil || a.Why != Ended || a.Acts {
			t.Errorf("%+v, %v", a, err)
		}
		for _, refused := range []struct {
			p    cx.Principal
			slug string
			want cx.Kind
		}{{cx.Principal{ID: "person:9", Role: cx.Member}, "notice", 0}, {all, "no-such", 0}} {
			if _, err := w.Assign(ctx, refused.p, refused.slug, w.ID("u3")); err == nil {
				t.Errorf("%v of %s is let through", refused.p.Role, refused.slug)
			}
		}
	})
}

// Who was drawn twice, before two customers turned out to be one, counts where they
// were exposed first; and that it is so is told.
func TestAMergeKeepsTheFirstExposure(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, w *world) {
		ctx, all := t.Context(), cx.System()
		w.begin("notice", simple())
		of := map[string]cx.CustomerID{} // one of each arm
		for i := 0; len(of) < 2; i++ {
			user := fmt.Sprint("u", i)
			w.lived(user, "Order Completed", time.Duration(i)*time.Minute, nil)
			a, err := w.Assign(ctx, all, "notice", w.ID(user))
			must(t, err)
			of[a.Arm] = a.Customer
		}
		w.Clock.Advance(48 * time.Hour)
		_, err := w.Expose(ctx, all, "notice", of[Treated], w.Clock.Now().Add(-time.Hour))
		must(t, err)
		_, err = w.Expose(ctx, all, "notice", of[Control], w.Clock.Now().Add(-2*time.Hour))
		must(t, err)
		w.work()
		_, err = w.Merge(ctx, all, of[Treated], of[Control], "test")
		must(t, err)
		w.lived("u0", "Page Read", 48*time.Hour, nil) // history hears of the merge
		for _, id := range of {
			if a, err := w.Assign(ctx, all, "notice", id); err != nil || a.Arm != Control || !a.Moved || !a.Exposed {
				t.Errorf("%+v, %v", a, err)
			}
		}
		e, err := w.Evaluate(ctx, all, "notice")
		must(t, err)
		if e.Arms[0].Exposed != 1 || e.Arms[1].Exposed != 0 || e.Crossed != 1 {
			t.Errorf("%+v, %d crossed", e.Arms, e.Crossed)
		}
	})
}

func TestWhoTakesNoPart(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqlite(t))
	ctx, all := t.Context(), cx.System()
	only := simple()
	only.Population = Population{Segment: "buyers", When: `count("Support Called") == 0`}
	w.begin("notice", only)
	w.begin("shops", Plan{
		Design: Design{Kind: Staggered, Starts: []Start{{"north", w.Clock.Now().Std()}}}, Metric: Metric{Kind: Revenue}, Expected: 1000, Rule: Rule{Until: w.Clock.Now().Add(90 * day).Std()},
	})
	w.lived("looks", "Page Read", 0, nil)
	w.lived("buys", "Order Completed", 0, nil)
	w.lived("calls", "Order Completed", 0, nil)
	w.lived("calls", "Support Called", time.Minute, nil)
	for user, want := range map[string]NoPart{"looks": Ineligible, "calls": Ineligible, "buys": ""} {
		if a, err := w.Assign(ctx, all, "notice", w.ID(user)); err != nil || a.Why != want || (a.Arm == "") != (want != "") {
			t.Errorf("%s: %+v, %v", user, a, err)
		}
	}
	if a, err := w.Assign(ctx, all, "shops", w.ID("buys")); err != nil || a.Why != NotDrawn {
		t.Errorf("%+v, %v", a, err)
	}
	w.change("notice", func(in *Initiative) { in.From = w.Clock.Now().Add(time.Hour) })
	w.lived("buys too", "Order Completed", 0, nil)
	if a, err := w.Assign(ctx, all, "notice", w.ID("buys too")); err != nil || a.Why != NotYet {
		t.Errorf("%+v, %v", a, err)
	}
}

// Of a group, everybody is in one initiative at most, and each gets its part.
func TestInitiativesOfAGroupShareNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqlite(t))
	ctx, all := t.Context(), cx.System()
	p := simple()
	p.Design.Exclusive = "mails"
	w.begin("a", p)
	w.begin("b", p)
	in := map[string]int{}
	for i := range 80 {
		user := fmt.Sprint("u", i)
		w.lived(user, "Order Completed", 0, nil)
		parts := 0
		for _, slug := range []string{"a", "b"} {
			a, err := w.Assign(ctx, all, slug, w.ID(user))
			must(t, err)
			if a.Arm != "" {
				parts++
				in[slug]++
			} else if a.Why != Elsewhere {
				t.Errorf("%+v", a)
			}
		}
		if parts != 1 {
			t.Errorf("%s takes part in %d", user, parts)
		}
	}
	if in["a"] < 25 || in["b"] < 25 {
		t.Errorf("%v", in)
	}
	// Another one of the group gets who was not drawn yet.
	w.begin("c", p)
	if a, err := w.Assign(ctx, all, "c", w.ID("u1")); err != nil || a.Why != Elsewhere {
		t.Errorf("%+v, %v", a, err)
	}
}

// played is a world in which customers bought once, were exposed, and treated ones
// came back more often.
func played(t *testing.T, w *world, n int, plan Plan) {
	t.Helper()
	ctx, all := t.Context(), cx.System()
	random := rand.New(rand.NewPCG(1, 1))
	w.begin("notice", plan)
	w.Clock.Advance(40 * day)
	order := func(user string, after time.Duration, minor float64) cx.Event {
		return cxtest.Track(user, "Order Completed", after, cxtest.Object{"order_id": user + after.String(), "revenue": minor, "currency": "EUR"})
	}
	var events []cx.Event
	for i := range n {
		events = append(events, order(fmt.Sprint("u", i), time.Duration(i)*time.Hour, 30))
	}
	w.House.Live(events...)
	events = nil
	for i := range n {
		user := fmt.Sprint("u", i)
		at := time.Duration(i) * time.Hour
		a, err := w.Expose(ctx, all, "notice", w.ID(user), cxtest.Epoch.Add(at))
		must(t, err)
		chance := .2
		if a.Arm == Treated {
			chance = .6
		}
		if random.Float64() < chance {
			again := at + time.Duration(1+random.IntN(200))*time.Hour
			events = append(events, order(user, again, 50))
			if random.IntN(5) == 0 {
				events = append(events, cxtest.Track(user, "Order Refunded", again+time.Hour, cxtest.Object{"order_id": user + again.String(), "refund": 50, "currency": "EUR"}))
			}
		}
	}
	w.work()
	w.House.Live(events...)
}

func TestEvaluate(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, w *world) {
		ctx, all := t.Context(), cx.System()
		played(t, w, 300, simple())
		w.change("notice", func(in *Initiative) { in.Running = false })
		e, err := w.Evaluate(ctx, all, "notice")
		must(t, err)
		if e.Verdict != Worked || !e.Final || e.Method != ByDraw || e.Effect.Low > .4 || e.Effect.High < .4 || e.SRM.Flagged || len(e.Series) == 0 {
			t.Errorf("%s %s: %+v", e.Verdict, e.Why, e.Effect)
		}
		// Forty in a hundred more, of 50 € each, a fifth of which goes back; half is left.
		if m := e.Money; m == nil || !m.Margin || m.Each < 400 || m.Each > 1300 || m.Cost != 5000 || m.Foreign != 0 {
			t.Errorf("%+v", e.Money)
		}
		if got := w.told; !slices.Equal(got, []string{"notice worked proven"}) {
			t.Errorf("told %q", got)
		}
		again, same, err := w.Rerun(ctx, all, e.ID)
		if err != nil || !same || again.InputsHash != e.InputsHash {
			t.Errorf("made again it is another: %v\n%+v\n%+v", err, e, again)
		}
		kept, err := w.Evaluations(ctx, all, "notice")
		if err != nil || len(kept) != 1 || kept[0].ID != e.ID || *kept[0].Effect != *e.Effect {
			t.Errorf("%v, %v", kept, err)
		}
		// What comes later in the log changes neither digit nor hash.
		w.lived("u1", "Order Completed", 5*time.Hour, cxtest.Object{"revenue": 9, "currency": "EUR"})
		if _, same, err := w.Rerun(ctx, all, e.ID); err != nil || !same {
			t.Errorf("what came later changed it: %v", err)
		}
		// Who is forgotten leaves; the evaluation that was made stays as it was.
		n, err := w.Service.Erase(ctx, cx.Subject{Customer: w.ID("u2")})
		if err != nil || n != 1 {
			t.Errorf("%d, %v", n, err)
		}
		sections, err := w.Service.Export(ctx, cx.Subject{Customer: w.ID("u4")})
		if text, _ := json.Marshal(sections); err != nil || !strings.Contains(string(text), `"initiative":"notice"`) {
			t.Errorf("%s, %v", text, err)
		}
	})
}

// What runs is looked at by itself where facts came, told once, and harm ends it.
func TestEvaluatesByItself(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		p := simple()
		p.Guardrails = []Guardrail{{Metric{Kind: Return, Days: 5, Lower: true}, .05}}
		played(t, w, 300, p)
		round := func() {
			done, err := w.evaluateRunning(ctx, jobs.Job{Kind: evaluateKind})
			must(t, err)
			must(t, w.db.Write(ctx, func(tx *sqldb.Tx) error { return done(ctx, tx) }))
		}
		round()
		want := []string{"notice breached return", "notice did-not breached"}
		if !slices.Equal(w.told, want) {
			t.Fatalf("told %q", w.told)
		}
		if a, err := w.Assign(ctx, cx.System(), "notice", w.ID("u5")); err != nil || a.Acts {
			t.Errorf("it goes on: %+v, %v", a, err)
		}
		w.lived("u1", "Order Completed", 41*day, nil)
		round()
		if !slices.Equal(w.told, want) {
			t.Errorf("told again: %q", w.told)
		}
	})
}

// The figures of one day take each other's place until one is final.
func TestOneEvaluationADay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqlite(t))
	ctx, all := t.Context(), cx.System()
	w.begin("notice", simple())
	for i := range 4 {
		w.lived(fmt.Sprint("u", i), "Order Completed", time.Duration(i)*time.Minute, nil)
		if i == 3 {
			w.Clock.Advance(24 * time.Hour)
		}
		_, err := w.Evaluate(ctx, all, "notice")
		must(t, err)
	}
	kept, err := w.Evaluations(ctx, all, "notice")
	if err != nil || len(kept) != 2 || kept[0].Number != 3 || kept[1].Number != 4 {
		t.Errorf("%+v, %v", kept, err)
	}
	if _, err := w.EvaluateAt(ctx, all, "notice", w.Clock.Now()+1); cx.KindOf(err) != cx.Invalid {
		t.Errorf("tomorrow is told: %v", err)
	}
}

func TestPower(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqlite(t))
	ctx, all := t.Context(), cx.System()
	var events []cx.Event
	for i := range 4000 {
		user, at := fmt.Sprint("u", i), time.Duration(i)*20*time.Minute
		events = append(events, cxtest.Track(user, "Order Completed", at, cxtest.Object{"revenue": 20, "currency": "EUR"}))
		if i%4 == 0 {
			events = append(events, cxtest.Track(user, "Order Completed", at+24*time.Hour, cxtest.Object{"revenue": 20, "currency": "EUR"}))
		}
	}
	w.House.Live(events...)
	w.Clock.Advance(85 * day)
	p := simple()
	p.Expected, p.Metric.Days = .05, 28
	got, err := w.Power(ctx, all, p)
	must(t, err)
	// One look takes 1,250 in each arm (25 % against 30 %, 5 %, 80 %); to look always, about half as many more.
	if got.Each < 1500 || got.Each > 3200 || got.Mean < .2 || got.Mean > .3 || got.Eligible != 4000 {
		t.Errorf("%+v", got)
	}
	p.Expected = .4
	few, err := w.Power(ctx, all, p)
	if err != nil || !few.Reachable || few.Days < 28 || few.Each >= got.Each {
		t.Errorf("%+v, %v", few, err)
	}
	p.Expected = .001
	if none, err := w.Power(ctx, all, p); err != nil || none.Reachable || none.Days != 0 {
		t.Errorf("%+v, %v", none, err)
	}
	p.Population.Segment = "nobody"
	if _, err := w.Power(ctx, all, p); cx.KindOf(err) != cx.Invalid {
		t.Errorf("%v", err)
	}
}
