package walk

import (
	"math"
	"net/url"
	"testing"

	"pgregory.net/rapid"

	"github.com/vivencia-cx/vivencia/internal/act/cases"
	"github.com/vivencia-cx/vivencia/internal/act/dialogue"
	"github.com/vivencia-cx/vivencia/internal/act/policy"
	"github.com/vivencia-cx/vivencia/internal/act/promise"
	"github.com/vivencia-cx/vivencia/internal/cx"
)

// How things were before a run stands in its address, and comes back from it.
func TestARunStandsInItsAddress(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		all := tales()
		s := state{run: run{tale: all[rapid.IntRange(0, len(all)-1).Draw(t, "tale")]}, Memory: rapid.Float64Range(-2, 2).Draw(t, "memory")}
		if s.Trust.N = rapid.IntRange(0, 3).Draw(t, "n"); s.Trust.N > 0 {
			s.Trust.Value = rapid.Float64Range(0, 1).Draw(t, "trust")
		}
		if rapid.Bool().Draw(t, "supplied") {
			s.Supplier = &promise.Group{Tally: promise.Tally{Kept: rapid.IntRange(0, 900).Draw(t, "kept"), Broken: rapid.IntRange(1, 90).Draw(t, "broken")}}
		}
		now := cx.Time(rapid.Int64Range(1_600_000_000_000_000, 4_000_000_000_000_000).Draw(t, "now") / 1000 * 1000)
		want := s.before(now)
		got, err := runOf(want.values())
		if err != nil {
			t.Fatal(err)
		}
		began, ok := got.began()
		near := func(a, b float64) bool { return math.IsNaN(a) && math.IsNaN(b) || math.Abs(a-b) < 1e-4 }
		if got.tale.key != want.tale.key || got.id != want.id || !ok || began != now || got.kept != want.kept || got.ended != want.ended || !near(got.memory, want.memory) || !near(got.trust, want.trust) {
			t.Errorf("%+v came back as %+v", want, got)
		}
	})
}

func TestNoRunIsMadeUp(t *testing.T) {
	t.Parallel()
	for _, query := range []string{"tale=other", "run=1", "run=zzzzzzzzzzzzzzzz", "run=-lk3", "run=%00"} {
		v, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		if r, err := runOf(v); cx.KindOf(err) != cx.NotFound {
			t.Errorf("%s: %+v, %v", query, r, err)
		}
	}
}

func FuzzRunOf(f *testing.F) {
	f.Add("tale=gift&run=mi3k1b2c&memory=-0.4&trust=NaN&kept=1e300&ended=-1")
	f.Fuzz(func(t *testing.T, query string) {
		v, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		r, err := runOf(v)
		if err != nil {
			return
		}
		if again, err := runOf(r.values()); err != nil || again.id != r.id || again.tale.key != r.tale.key {
			t.Errorf("%q: %+v, then %+v, %v", query, r, again, err)
		}
	})
}

// Each step waits for the one before: a state that a step leads to is none in
// which it can be taken again.
func TestStepsFollowOneAnother(t *testing.T) {
	t.Parallel()
	states := map[string][]state{
		"late": {
			{},
			{Promise: &promise.Instance{}},
			{Promise: &promise.Instance{}, Offer: &dialogue.Offer{Path: "/o/t"}},
			{Promise: &promise.Instance{}, Offer: &dialogue.Offer{Path: "/o/t", Option: "shop"}, Case: &cases.Case{}, Token: "c"},
			{Promise: &promise.Instance{}, Offer: &dialogue.Offer{Path: "/o/t", Option: "shop"}, Case: &cases.Case{State: cases.StateSolved}, Token: "c"},
			{Promise: &promise.Instance{}, Offer: &dialogue.Offer{Path: "/o/t", Option: "shop"}, Case: &cases.Case{State: cases.StateClosed, MadeRight: cases.Right}, Token: "c"},
		},
		"gift": {
			{Against: &policy.Conflict{}},
			{Against: &policy.Conflict{}, Promise: &promise.Instance{}},
			{Against: &policy.Conflict{}, Promise: &promise.Instance{}, Case: &cases.Case{}, Token: "c"},
			{Against: &policy.Conflict{Decision: &policy.Decision{What: policy.Suspended}}, Promise: &promise.Instance{}, Case: &cases.Case{}, Token: "c"},
			{Against: &policy.Conflict{Decision: &policy.Decision{What: policy.Suspended}}, Promise: &promise.Instance{}, Case: &cases.Case{State: cases.StateSolved}, Token: "c"},
		},
	}
	phones := map[string][]string{
		"late": {"", "", "/o/t", "/o/t", "/case/c?v=solved", "/case/c?v=closedright"},
		"gift": {"", "", "/case/c?v=", "/case/c?v=", "/case/c?v=solved"},
	}
	for _, tale := range tales() {
		before := -1
		for i := range states[tale.key] {
			s := &states[tale.key][i]
			done := 0
			for done < len(tale.steps) && tale.steps[done].done(s) {
				done++
			}
			if done < before || done > before+1 && before >= 0 {
				t.Errorf("%s: after state %d %d steps are done, before it %d", tale.key, i, done, before)
			}
			for _, later := range tale.steps[min(done+1, len(tale.steps)):] {
				if later.done(s) {
					t.Errorf("%s, state %d: %s is done before what comes first", tale.key, i, later.key)
				}
			}
			if got := s.phone(); got != phones[tale.key][i] {
				t.Errorf("%s, state %d: the phone shows %q, want %q", tale.key, i, got, phones[tale.key][i])
			}
			before = done
		}
		if before != len(tale.steps) {
			t.Errorf("%s ends with %d of %d steps", tale.key, before, len(tale.steps))
		}
	}
}
