package promise_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/act/promise"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
)

// changes lists what was told: the states and whether they correct.
func (w *world) changes() (out []string) {
	w.t.Helper()
	for _, e := range w.told(promise.ChangedEvent) {
		var c promise.Changed
		if err := json.Unmarshal(e.Properties, &c); err != nil {
			w.t.Fatal(err)
		}
		s := fmt.Sprintf("%s %s→%s", c.Promise, c.Was, c.State)
		if c.Corrects {
			s += " corrects"
		}
		out = append(out, s)
	}
	return out
}

func (w *world) told1(want ...string) {
	w.t.Helper()
	if got := w.changes(); !slices.Equal(got, want) {
		w.t.Fatalf("told\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func (w *world) order(id string, due time.Duration) cx.Seq {
	return w.happens("marta", "Ordered", cxtest.Object{"order_id": id, "delivery": "home", "promised_at": w.clock.Now().Add(due).Std().Format(time.RFC3339)})
}

func TestAPromiseIsToldBeforeItBreaksAndLateFactsCorrectIt(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.order("A1", 2*time.Hour)
		w.told1()
		w.pass(90*time.Minute + time.Second)
		w.told1("on-date open→at-risk")
		w.pass(time.Hour)
		w.told1("on-date open→at-risk", "on-date at-risk→broken")
		// It had come in time after all: the courier's file was late.
		late := cxtest.Track("marta", "Delivered", 100*time.Minute, cxtest.Object{"order_id": "A1", "supplier": "veloz"})
		seq := w.live(late)
		want := []string{"on-date open→at-risk", "on-date at-risk→broken", "on-date broken→kept corrects"}
		w.told1(want...)
		w.live(late) // a retry
		w.again()
		w.follow()
		w.rebuild()
		w.told1(want...)
		all := w.all("on-date")
		if len(all) != 1 || all[0].State != promise.Kept || all[0].By != seq || all[0].Supplier != "veloz" || all[0].Customer == "" || all[0].About.ID != "A1" || len(all[0].Told) != 3 {
			t.Errorf("%+v", all)
		}
		one, err := w.Instance(t.Context(), cx.System(), all[0].ID)
		if err != nil || one.Since != all[0].Since {
			t.Errorf("%+v, %v", one, err)
		}
	})
}

// What fell due while nothing ran is told once; what is a day old, or was so
// before the promise was made, never.
func TestWhatIsNoNewsIsNotTold(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.live(
			cxtest.Track("old", "Called", -72*time.Hour, nil), // an import
			cxtest.Track("new", "Called", -90*time.Minute, nil),
		)
		w.told1()
		w.clock.Advance(5 * time.Hour)
		w.again()
		w.follow()
		w.told1("solved open→broken")
		w.again()
		w.follow()
		w.told1("solved open→broken")
		// The time is another: what that makes of the past is not told.
		w.apply(strings.Replace(company, "within: 2h\n    risk: 1h", "within: 9h\n    risk: 8h", 1))
		w.told1("solved open→broken")
		states := map[promise.State]int{}
		for _, i := range w.all("solved") {
			states[i.State]++
		}
		if states[promise.Broken] != 1 || states[promise.AtRisk] != 1 {
			t.Errorf("%v", states)
		}
		w.pass(4 * time.Hour) // broken again, as was told
		w.told1("solved open→broken")
	})
}
