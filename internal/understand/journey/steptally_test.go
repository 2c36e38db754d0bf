package journey

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
)

// One pass counts what looking at each run, step by step, counts.
func TestTalliesAreThoseOfBruteForce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		names := [][2]string{{"Paid", "checkout"}, {"Shipped", "store"}, {"Noticed", "notice"}, {"Told", "notice"}, {"Delivered", "door"}, {"Called", "phone"}}
		var runs []madeRun
		for range rapid.IntRange(0, 6).Draw(t, "runs") {
			r := madeRun{began: monday, state: rapid.SampledFrom([]State{Running, Stuck, Completed, Abandoned}).Draw(t, "state")}
			hours := 0.0
			for range rapid.IntRange(1, 8).Draw(t, "events") {
				n := rapid.SampledFrom(names).Draw(t, "event")
				hours += float64(rapid.IntRange(0, 60).Draw(t, "hours"))
				r.events = append(r.events, lives(n[0], n[1], hours, rapid.SampledFrom([]float64{unfelt, -2, -.5, 1}).Draw(t, "felt")))
			}
			runs = append(runs, r)
		}
		x := withModel(livedOf(bookshop(), monday.AddDate(0, 0, 12), runs))
		s := x.slots()
		got := x.tallies(s, x.calendar())
		for slot := range s.steps {
			want, waits := bruteTally(x, s, slot)
			g := got.steps[slot]
			if g.events != want.events || g.reached != want.reached || g.repeated != want.repeated || g.due != want.due || g.kept != want.kept || g.felt != want.felt || g.last != want.last {
				t.Fatalf("%s: %+v, want %+v", s.steps[slot].Step.Slug, g, want)
			}
			var total time.Duration
			for _, w := range g.waits {
				total += w
			}
			if len(g.waits) != len(waits) || total != sumOf(waits) {
				t.Fatalf("%s waits %v, want %v", s.steps[slot].Step.Slug, g.waits, waits)
			}
		}
	})
}

func sumOf(times []time.Duration) (sum time.Duration) {
	for _, d := range times {
		sum += d
	}
	return sum
}

func bruteTally(x *lived, s slots, slot int) (t stepTally, waits []time.Duration) {
	type stay struct {
		slot        int
		first, last int64
	}
	within := s.steps[slot].Step.Within
	for c := range x.log.Cases() {
		from, to := x.log.Span(c)
		var stays []stay
		times, again := map[uint16]int{}, false
		events := 0
		for e := from; e < to; e++ {
			a := x.log.Activity[e]
			of, at := s.of[a], x.log.At[e]
			if of < s.script {
				if n := len(stays); n > 0 && stays[n-1].slot == of {
					stays[n-1].last = at
				} else {
					stays = append(stays, stay{of, at, at})
				}
			}
			if of != slot {
				continue
			}
			events++
			times[a]++
			again = again || times[a] > 1
			if v := x.log.Valence[e]; v != eventlog.NoValence {
				t.felt.add(int64(v))
			}
			if of >= s.script && e+1 < to {
				waits = append(waits, micro(x.log.At[e+1]-at))
			}
		}
		t.events += events
		if events > 0 {
			t.reached++
		}
		if again {
			t.repeated++
		}
		if s.of[x.log.Activity[to-1]] == slot && x.states[c] == Completed {
			t.last++
		}
		for i, st := range stays {
			switch {
			case st.slot != slot:
			case i+1 < len(stays):
				wait := micro(stays[i+1].first - st.last)
				waits = append(waits, wait)
				if within > 0 {
					t.due++
					if wait <= within {
						t.kept++
					}
				}
			case within > 0 && !x.over(c) && micro(int64(x.now)-st.last) > within:
				t.due++
			}
		}
	}
	return t, waits
}
