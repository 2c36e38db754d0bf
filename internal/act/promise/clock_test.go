package promise_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/act/promise"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/stream"
)

// called appends n calls that are all due in one second, two hours on.
func called(n int) []cx.Event {
	events := make([]cx.Event, n)
	for i := range events {
		events[i] = cxtest.Track(fmt.Sprintf("c%d", i), "Called", time.Duration(i)*time.Second/time.Duration(n), nil)
		events[i].ReceivedAt = cxtest.Epoch
	}
	return events
}

// Ten thousand that are due in one second are each told once, and the process that
// looks at the clock next finds nothing more to tell.
func TestTenThousandDueInOneSecondAreToldOnce(t *testing.T) {
	t.Parallel()
	const n = 10_000
	w := newWorld(t, nil)
	if _, err := w.log.Append(t.Context(), called(n)); err != nil {
		t.Fatal(err)
	}
	for _, v := range []stream.View{w.memory, w.Service} {
		if err := w.log.CatchUp(t.Context(), v); err != nil {
			t.Fatal(err)
		}
	}
	w.clock.Advance(2*time.Hour + 2*time.Second)
	w.again() // nothing of what the one before knew is left
	began := time.Now()
	if err := w.Tick(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d due in one second were changed and told in %v", n, time.Since(began))
	w.again()
	w.follow()
	if ids := w.ids(promise.ChangedEvent); len(ids) != n {
		t.Errorf("%d of %d are told", len(ids), n)
	}
	if st := w.stands("solved"); st.Broken != n || st.Open+st.AtRisk != 0 {
		t.Errorf("%+v", st.Tally)
	}
}

// ids lists the ids of records, each of which must be there once.
func (w *world) ids(name string) map[string]bool {
	w.t.Helper()
	ids := map[string]bool{}
	for _, e := range w.told(name) {
		if ids[e.MessageID] {
			w.t.Errorf("%s is told twice", e.MessageID)
		}
		ids[e.MessageID] = true
	}
	return ids
}

func (w *world) stands(slug string) promise.Standing {
	w.t.Helper()
	st, err := w.Promise(w.t.Context(), cx.System(), slug, promise.Query{})
	if err != nil {
		w.t.Fatal(err)
	}
	return st
}

// TestKilled kills a process that lets 2,000 promises break, and opens its stores
// again.
func TestKilled(t *testing.T) {
	t.Parallel()
	const n = 2000
	if dir := os.Getenv("VIVENCIA_TEST_KILLED"); dir != "" {
		w := &world{t: t, clock: cxtest.NewClock(), dir: dir}
		w.openAll()
		w.clock.Advance(2*time.Hour + 2*time.Second)
		fmt.Println("up")
		w.follow()
		fmt.Println("done")
		select {} // until it is killed
	}
	w := newWorld(t, nil)
	if _, err := w.log.Append(t.Context(), called(n)); err != nil {
		t.Fatal(err)
	}
	for _, v := range []stream.View{w.memory, w.Service} {
		if err := w.log.CatchUp(t.Context(), v); err != nil {
			t.Fatal(err)
		}
	}
	w.close()
	for _, after := range []time.Duration{5 * time.Millisecond, 30 * time.Millisecond, 90 * time.Millisecond} {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKilled$")
		cmd.Env = append(os.Environ(), "VIVENCIA_TEST_KILLED="+w.dir)
		out, err := cmd.StdoutPipe()
		if err == nil {
			err = cmd.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		var up [2]byte
		if _, err := out.Read(up[:]); err != nil || string(up[:]) != "up" {
			t.Fatalf("%q, %v", up, err)
		}
		time.Sleep(after) // the moment that is killed at
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
	}
	w.openAll()
	w.clock.Advance(2*time.Hour + 2*time.Second)
	w.follow()
	if ids := w.ids(promise.ChangedEvent); len(ids) != n {
		t.Errorf("%d of %d are told", len(ids), n)
	}
	if st := w.stands("solved"); st.Broken != n {
		t.Errorf("%+v", st.Tally)
	}
}

// A courier breaks nearly all of what it carries: that is told to the area once,
// and once more when it is over.
func TestABurningPromiseIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	burning := func() (out []bool) {
		for _, e := range w.told(promise.BurningEvent) {
			var b promise.Burning
			if err := json.Unmarshal(e.Properties, &b); err != nil || b.Promise != "solved" || b.Area != "care" || b.Burning && (b.Of < 5 || b.Rate <= 1) {
				t.Errorf("%+v, %v", b, err)
			}
			out = append(out, b.Burning)
		}
		return out
	}
	hour := func(n, broken int) {
		for i := range n {
			w.happens(fmt.Sprintf("h%d", i), "Called", cxtest.Object{"at": w.clock.Now().String()})
		}
		for i := broken; i < n; i++ {
			w.happens(fmt.Sprintf("h%d", i), "Solved", cxtest.Object{"at": w.clock.Now().String()})
		}
		w.pass(2*time.Hour + time.Minute)
	}
	hour(3, 1) // one of three is no fire: it may be chance
	if got := burning(); len(got) != 0 {
		t.Errorf("%v", got)
	}
	hour(20, 18)
	if got := burning(); len(got) != 1 || !got[0] || !w.stands("solved").Burning {
		t.Errorf("%v", got)
	}
	w.again()
	w.follow()
	w.rebuild()
	hour(20, 19)
	if got := burning(); len(got) != 1 {
		t.Errorf("%v", got)
	}
	w.pass(80 * time.Hour)
	if got := burning(); len(got) != 2 || got[1] || w.stands("solved").Burning {
		t.Errorf("%v", got)
	}
}
