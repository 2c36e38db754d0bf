package app

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/stream"
)

// TestClockJumps sets the machine's clock an hour back and a day forward between
// messages and across a restart. received_at is what the clock said, back and
// forth; nothing orders by it. Seqs are dense, nothing is lost or counted twice,
// and the timeline stands in the order in which it was lived.
func TestClockJumps(t *testing.T) {
	t.Parallel()
	dir, clock := t.TempDir(), cxtest.NewClock()
	open := func() house {
		c := configOf(dir)
		c.clock = clock
		a, err := Open(t.Context(), c, quietly)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = a.Close() })
		return house{a, t}
	}
	h := open()
	lived := map[string]cx.Time{} // by messageId
	received := []cx.Time{}
	send := func(hours int) { // what tells when it was lived, and what does not
		n := len(received)
		told := clock.Now().Add(-time.Duration(hours) * time.Hour)
		messages := []string{
			fmt.Sprintf(`{"type":"track","event":"Paid","userId":"u","messageId":"told-%d","timestamp":%q}`, n, told),
			fmt.Sprintf(`{"type":"answer","survey":"csat","userId":"u","messageId":"now-%d","answers":[{"question":"score","metric":"csat","scale":"1-5","value":4}]}`, n),
		}
		h.send(messages...)
		lived[fmt.Sprintf("told-%d", n)], lived[fmt.Sprintf("now-%d", n)] = told, clock.Now()
		received = append(received, clock.Now(), clock.Now())
	}
	again := func() { // what a client sends again after the clock was set
		h.send(`{"type":"track","event":"Paid","userId":"u","messageId":"told-0"}`)
		received = append(received, clock.Now())
	}
	send(5)
	for _, jump := range []time.Duration{-time.Hour, 24 * time.Hour, time.Second, -24 * time.Hour} {
		clock.Advance(jump)
		send(3)
		again()
	}
	for _, jump := range []time.Duration{24 * time.Hour, -25 * time.Hour, 366 * 24 * time.Hour, -366 * 24 * time.Hour} {
		h.settled()
		if err := h.Close(); err != nil {
			t.Fatal(err)
		}
		clock.Advance(jump)
		h = open()
		again()
		send(7)
		h.settled()
		h.ask(http.MethodGet, "/status", "")
	}

	check := func(when string) {
		t.Helper()
		h.settled()
		var got []cx.Time
		next := cx.Seq(1)
		err := h.Log.Read(t.Context(), 0, func(b stream.Batch) error {
			for _, e := range b.Events {
				if e.Seq != next {
					t.Errorf("%s: after %d comes %d", when, next-1, e.Seq)
				}
				next = e.Seq + 1
				if e.Kind.OfCustomer() {
					got = append(got, e.ReceivedAt)
				}
			}
			return nil
		})
		if err != nil || !slices.Equal(got, received) {
			t.Errorf("%s: received at %v, want %v (%v)", when, got, received, err)
		}
		var totals struct{ Events, Answers, Duplicates int }
		h.read("/totals", &totals)
		if totals.Events+totals.Answers != len(lived) || totals.Duplicates != len(received)-len(lived) {
			t.Errorf("%s: %+v, of %d lived", when, totals, len(lived))
		}
		var customer struct{ ID string }
		h.read("/customers/lookup?userId=u", &customer)
		var page struct {
			Items []struct {
				MessageID string
				At        time.Time
				Seq       cx.Seq
			}
		}
		h.read("/customers/"+customer.ID+"/timeline?limit=500", &page)
		if len(page.Items) != len(lived) {
			t.Fatalf("%s: %d items of %d", when, len(page.Items), len(lived))
		}
		for i, item := range page.Items {
			if cx.TimeOf(item.At) != lived[item.MessageID] {
				t.Errorf("%s: %s stands at %v, not %v", when, item.MessageID, item.At, lived[item.MessageID])
			}
			if i > 0 && item.At.After(page.Items[i-1].At) {
				t.Errorf("%s: %s of %v stands after %v", when, item.MessageID, item.At, page.Items[i-1].At)
			}
		}
		var score struct{ N int }
		h.read("/scores?metric=mean&where=scale:1-5", &score)
		if score.N != len(lived)/2 {
			t.Errorf("%s: history has %d answers of %d", when, score.N, len(lived)/2)
		}
	}
	check("after the jumps")
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	if err := Rebuild(t.Context(), configOf(dir), quietly, func(cx.Seq, cx.Seq) {}); err != nil {
		t.Fatal(err)
	}
	h = open()
	check("after a rebuild")
}
