package promise_test

import (
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/act/promise"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/stream"
)

// TestManyInstances compares the states of VIVENCIA_PROMISES instances (10,000
// without it) with their recomputation, and tells how long it took. Half of what
// ends them comes before what begins them, every tenth twice.
func TestManyInstances(t *testing.T) {
	t.Parallel()
	n := 10_000
	if s := os.Getenv("VIVENCIA_PROMISES"); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	w := newWorld(t, nil)
	began := time.Now()
	const chunk = 5000
	for first := 0; first < n; first += chunk {
		var events []cx.Event
		for i := first; i < min(n, first+chunk); i++ {
			user, order, at := fmt.Sprintf("m%d", i%1000), fmt.Sprintf("m%d", i), time.Duration(i)*time.Millisecond
			from := cxtest.Track(user, "Ordered", at, cxtest.Object{"order_id": order, "delivery": "home", "promised_at": cxtest.Epoch.Add(at + time.Hour).Std().Format(time.RFC3339Nano)})
			to := cxtest.Track(user, "Delivered", at+time.Duration(1+i%100)*time.Minute, cxtest.Object{"order_id": order})
			from.MessageID, to.MessageID = "f"+order, "t"+order
			pair := []cx.Event{from, to}
			if i%2 == 0 {
				pair[0], pair[1] = to, from
			}
			if i%5 == 4 { // never done
				pair = []cx.Event{from}
			}
			if i%10 == 0 {
				pair = append(pair, to)
			}
			events = append(events, pair...)
		}
		for i := range events {
			events[i].ReceivedAt = w.clock.Now()
		}
		if _, err := w.log.Append(t.Context(), events); err != nil {
			t.Fatal(err)
		}
	}
	w.clock.Advance(time.Duration(n)*time.Millisecond + 30*time.Hour) // no news any more
	if err := w.log.CatchUp(t.Context(), w.memory); err != nil {
		t.Fatal(err)
	}
	remembered := time.Since(began)
	began = time.Now()
	if err := w.log.CatchUp(t.Context(), stream.View(w.Service)); err != nil {
		t.Fatal(err)
	}
	followed := time.Since(began)
	if err := w.Tick(t.Context()); err != nil {
		t.Fatal(err)
	}
	began = time.Now()
	st, err := w.Promise(t.Context(), cx.System(), "on-date", promise.Query{Window: cx.Window{From: 1, To: 1 << 62}})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d instances: remembered in %v, followed in %v, told in %v", n, remembered, followed, time.Since(began))
	kept, broken := 0, 0
	for i := range n {
		if i%5 == 4 || i%100 > 59 {
			broken++
		} else {
			kept++
		}
	}
	if st.Kept != kept || st.Broken != broken || st.Open+st.AtRisk+st.Void != 0 {
		t.Errorf("%+v, want %d kept and %d broken", st.Tally, kept, broken)
	}
	want := brute(oracle["on-date"], read(w), func(cx.Seq) cx.CustomerID { return "" }, w.clock.Now())
	got := make(map[string]bool, n)
	for f := (promise.Filter{Limit: promise.MaxPage}); ; {
		page, err := w.Instances(t.Context(), cx.System(), "on-date", f)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range page.Instances {
			got[line(i.State, i.From, i.Due, i.Since, i.By, i.Ended)] = true
		}
		if f.Cursor = page.Next; f.Cursor == "" {
			break
		}
	}
	for _, line := range want {
		if !got[line] {
			t.Fatalf("%s is not so", line)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d instances, want %d", len(got), len(want))
	}
}
