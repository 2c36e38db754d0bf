package journey

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
)

// randomRuns draws runs over few areas, suppliers and channels.
func randomRuns(t *rapid.T) []madeRun {
	some := func(of ...string) string { return rapid.SampledFrom(of).Draw(t, "one of") }
	var runs []madeRun
	for range rapid.IntRange(1, 12).Draw(t, "runs") {
		r := madeRun{began: monday, state: rapid.SampledFrom([]State{Completed, Abandoned, Running, Stuck}).Draw(t, "state")}
		at := time.Duration(0)
		for range rapid.IntRange(1, 8).Draw(t, "events") {
			at += time.Duration(rapid.IntRange(0, 3).Draw(t, "hours")) * time.Hour
			in := eventlog.Context{Touchpoint: some("", "t", "u"), Area: some("", "a", "b", "c"), Supplier: some("", "s"), Channel: some("", "x", "y")}
			felt := rapid.SampledFrom([]float64{unfelt, -1, 0, 2}).Draw(t, "felt")
			r.events = append(r.events, made{some("e", "f"), at, in, felt})
		}
		runs = append(runs, r)
	}
	return runs
}

// Hand-offs are the changes in the list of areas that a run goes through,
// without those that nobody answers for.
func TestHandoffsAreChangesOfArea(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		runs := randomRuns(t)
		want, inRuns := map[string]int{}, map[string]int{}
		for _, r := range runs {
			var areas []string
			for _, e := range r.events {
				if e.in.Area != "" {
					areas = append(areas, e.in.Area)
				}
			}
			areas = slices.Compact(areas)
			seen := map[string]bool{}
			for i := 1; i < len(areas); i++ {
				k := areas[i-1] + ">" + areas[i]
				want[k]++
				if !seen[k] {
					seen[k] = true
					inRuns[k]++
				}
			}
		}
		got := handoffsOf(livedOf(model.Journey{}, monday, runs)).Areas
		if len(got) != len(want) {
			t.Fatalf("%v, want %v", got, want)
		}
		for _, h := range got {
			k := h.From + ">" + h.To
			if h.N != want[k] || h.Runs.K != inRuns[k] || h.Times.N != h.N || h.Before.N != h.After.N {
				t.Fatalf("%s: %+v, want %d in %d runs", k, h, want[k], inRuns[k])
			}
		}
	})
}

// What comes next after an activity, or that nothing does, adds up to how often
// it was lived in the runs that are over, as long as nobody waits.
func TestNextAddsUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		runs := randomRuns(t)
		last := len(runs) - 1
		runs[last].state = Running
		events := runs[last].events
		now := monday.Add(events[len(events)-1].at - time.Hour) // an hour ahead of its time
		x := livedOf(model.Journey{}, now, runs)
		n := nextOf(x, last)
		after := make([]string, len(n.After))
		for i, a := range n.After {
			after[i] = fmt.Sprint(a)
		}
		seen, nothing := 0, 0
		for _, r := range runs {
			if r.state != Completed && r.state != Abandoned {
				continue
			}
			var lived []string
			for _, e := range r.events {
				lived = append(lived, fmt.Sprint(eventlog.Activity{Name: e.name, Touchpoint: e.in.Touchpoint}))
			}
			for i := len(after); i <= len(lived); i++ {
				if slices.Equal(lived[i-len(after):i], after) {
					seen++
					if i == len(lived) {
						nothing++
					}
				}
			}
		}
		sum := n.Nothing.K
		for _, s := range n.Steps {
			sum += s.Share.K
			if s.From > s.Median || s.Median > s.By {
				t.Fatalf("%+v", s)
			}
		}
		if n.Seen != seen || n.Nothing.K != nothing || sum != seen {
			t.Fatalf("%+v adds up to %d; others were there %d times, the last one for %d", n, sum, seen, nothing)
		}
	})
}
