package journey

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/history/historytest"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

// members are the customers of every segment.
type members []cx.CustomerNo

func (m members) Customers(context.Context, cx.Principal, string) ([]cx.CustomerNo, error) {
	return m, nil
}

// A filter lets through the runs that it says, one by one.
func TestPick(t *testing.T) {
	t.Parallel()
	h, facts := newHouse(t, shop), historytest.NewFacts(31)
	h.append(t, facts.Batch(1, 600))
	h.c.Segments = members{2, 5, 9, 14, 21}
	whole, err := h.lived(t.Context(), everybody, "visit", Filter{})
	must(t, err)
	l := whole.log
	began := cx.Time(l.At[l.First[l.Cases()/2]])
	any := func(is func(e int) bool) func(c int) bool {
		return func(c int) bool {
			from, to := l.Span(c)
			return slices.ContainsFunc(eventsOf(from, to), is)
		}
	}
	variants := whole.variants()
	for _, f := range []struct {
		Filter
		has func(c int) bool
	}{
		{Filter{Window: cx.Window{From: began}}, func(c int) bool { return cx.Time(l.At[l.First[c]]) >= began }},
		{Filter{Segment: "s"}, func(c int) bool { return slices.Contains([]uint32{2, 5, 9, 14, 21}, l.Customer[c]) }},
		{Filter{State: Completed}, func(c int) bool { return whole.states[c] == Completed }},
		{Filter{Channel: "store"}, any(func(e int) bool { return l.Where(e).Channel == "store" })},
		{Filter{Area: "care"}, any(func(e int) bool { return l.Where(e).Area == "care" })},
		{Filter{Supplier: "rayo"}, any(func(e int) bool { return l.Where(e).Supplier == "rayo" })},
		{Filter{Place: "ñandú"}, any(func(e int) bool { return l.Where(e).Place == "ñandú" })},
		{Filter{Touchpoint: "till"}, any(func(e int) bool { return l.Where(e).Touchpoint == "till" })},
		{Filter{Step: "call"}, any(func(e int) bool { return l.Where(e).Touchpoint == "phone" })},
		{Filter{Variant: variants.ID(0)}, func(c int) bool { return variants.Of[c] == 0 }},
		{Filter{Channel: "nowhere"}, func(int) bool { return false }},
	} {
		for _, state := range []State{"", Abandoned} {
			if f.State == "" {
				f.Filter.State = state
			}
			x, err := h.lived(t.Context(), everybody, "visit", f.Filter)
			must(t, err)
			var want, got []uint64
			for c := range l.Cases() {
				if f.has(c) && (f.Filter.State == "" || whole.states[c] == f.Filter.State) {
					want = append(want, l.Key[c])
				}
			}
			for c := range x.log.Cases() {
				got = append(got, x.log.Key[c])
				if i, _ := slices.BinarySearch(l.Key, x.log.Key[c]); x.states[c] != whole.states[i] {
					t.Errorf("%+v: a run is %s, was %s", f.Filter, x.states[c], whole.states[i])
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("%+v lets %d runs through, want %d", f.Filter, len(got), len(want))
			}
			if again, _ := h.lived(t.Context(), everybody, "visit", f.Filter); again != x {
				t.Errorf("%+v is picked again", f.Filter)
			}
		}
	}
}

func eventsOf(from, to int) (events []int) {
	for e := from; e < to; e++ {
		events = append(events, e)
	}
	return events
}

// Pages of runs follow one another without a gap, whatever their size.
func TestNewest(t *testing.T) {
	t.Parallel()
	h, facts := newHouse(t, shop), historytest.NewFacts(32)
	h.append(t, facts.Batch(1, 500))
	x, err := h.lived(t.Context(), everybody, "visit", Filter{})
	must(t, err)
	all := x.newest(0, nil, math.MaxInt32)
	if len(all) != x.log.Cases() || !slices.IsSortedFunc(all, func(a, b int) int { return x.cursor(a).compare(x.cursor(b)) }) {
		t.Fatalf("%d of %d runs", len(all), x.log.Cases())
	}
	for _, size := range []int{1, 7, 100} {
		var paged []int
		cursor := ""
		for {
			after, err := parseRunCursor(cursor)
			must(t, err)
			page := x.newest(0, after, size)
			if len(page) == 0 {
				break
			}
			paged = append(paged, page...)
			cursor = x.cursor(page[len(page)-1]).String()
		}
		if !slices.Equal(paged, all) {
			t.Errorf("pages of %d: %v, want %v", size, paged, all)
		}
	}
	for _, odd := range []string{"x", "cnVuOg", "cnVuOjE6Mjoz"} {
		if _, err := parseRunCursor(odd); cx.KindOf(err) != cx.Invalid {
			t.Errorf("the cursor %q gives %v", odd, err)
		}
	}
	for _, q := range []RunsQuery{{Limit: -1}, {Limit: mostRuns + 1}, {Cursor: "x"}} {
		if _, err := h.Runs(t.Context(), everybody, "visit", q); cx.KindOf(err) != cx.Invalid {
			t.Errorf("%+v gives %v", q, err)
		}
	}
}

func TestHealth(t *testing.T) {
	t.Parallel()
	now := cx.TimeOf(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC))
	l := &eventlog.Log{Activities: make([]eventlog.Activity, 1), First: []uint32{0}}
	x := &lived{log: l, model: &model.Model{}, now: now, zone: time.UTC, withoutKey: 7, memos: &memos{}, stepOf: []int{-1}}
	add := func(state State, ago, took time.Duration, valences ...int16) {
		began := now.Add(-ago)
		for i, v := range valences {
			l.Activity, l.Valence = append(l.Activity, 0), append(l.Valence, v)
			l.At = append(l.At, int64(began.Add(took*time.Duration(i)/time.Duration(max(1, len(valences)-1)))))
		}
		l.First = append(l.First, uint32(len(l.At)))
		x.states = append(x.states, state)
	}
	const day = 24 * time.Hour
	for i := range 12 {
		add(Completed, 40*day, time.Duration(i+1)*time.Hour, 1000, history.NoValence, 1000)
		add(Completed, 10*day, time.Duration(i+1)*time.Hour, -1000, int16(i))
	}
	add(Running, day, 0, history.NoValence)
	add(Stuck, 2*day, 0, -1000)
	add(Abandoned, 300*day, 0, 2000)
	h := healthOf(x)
	if h.Runs != 27 || h.WithoutKey != 7 || h.Completed.K != 24 || h.Completed.N != 25 {
		t.Errorf("%+v", h)
	}
	if got := fmt.Sprint(h.States[0].K, h.States[1].K, h.States[2].K, h.States[3].K); got != "1 1 24 1" || h.States[1].State != Stuck {
		t.Errorf("states %s", got)
	}
	if h.Felt.N != 13 || h.FeltBefore.N != 12 || h.FeltBefore.Value != 1 || h.Change.Verdict != outcome.Worse {
		t.Errorf("felt %+v, before %+v, %+v", h.Felt, h.FeltBefore, h.Change)
	}
	if h.Duration.N != 24 || h.Duration.Median != 6*time.Hour+30*time.Minute || h.Duration.P90 != 11*time.Hour {
		t.Errorf("duration %+v", h.Duration)
	}
	n := 0
	for _, w := range h.Weeks {
		n += w.Felt.N
	}
	if len(h.Weeks) != healthWeeks || n != 25 {
		t.Errorf("%d weeks of %d runs", len(h.Weeks), n)
	}
	if empty := healthOf(&lived{log: &eventlog.Log{First: []uint32{0}}, now: now, zone: time.UTC}); empty.Runs != 0 || empty.Felt.N != 0 || empty.Duration.N != 0 {
		t.Errorf("of nothing: %+v", empty)
	}
}
