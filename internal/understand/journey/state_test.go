package journey

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
)

func TestStates(t *testing.T) {
	t.Parallel()
	const hour = int64(time.Hour / time.Microsecond)
	steps := []model.Step{{Slug: "ask", Within: 2 * time.Hour}, {Slug: "wait"}}
	logOf := func(ending eventlog.Ending, activity uint16, at ...int64) *eventlog.Log {
		l := &eventlog.Log{Activities: make([]eventlog.Activity, 3), First: []uint32{0, uint32(len(at))}, Ending: []eventlog.Ending{ending}}
		for range at {
			l.Activity = append(l.Activity, activity)
		}
		l.At = at
		return l
	}
	ends := []model.Mark{{Event: "Done"}}
	for name, c := range map[string]struct {
		log  *eventlog.Log
		end  []model.Mark
		want State
	}{
		"goes on":                         {logOf(eventlog.Open, 0, 99*hour), ends, Running},
		"later than the script":           {logOf(eventlog.Open, 0, 97*hour), ends, Stuck},
		"in no hurry":                     {logOf(eventlog.Open, 1, 97*hour), ends, Running},
		"silent":                          {logOf(eventlog.Open, 0, 50*hour), ends, Abandoned},
		"silent in a journey without end": {logOf(eventlog.Open, 0, 50*hour), nil, Completed},
		"reached":                         {logOf(eventlog.Reached, 0, 50*hour), ends, Completed},
		"given up":                        {logOf(eventlog.Abandoned, 0, 99*hour), ends, Abandoned},
	} {
		got := statesOf(c.log, model.Journey{Silence: 48 * time.Hour, End: c.end}, steps, []int{0, 1, -1}, cx.Time(100*hour))
		if got[0] != c.want {
			t.Errorf("%s: %s, want %s", name, got[0], c.want)
		}
	}
}

// A run is stuck where nine in ten waited less, and nowhere if more than one in
// ten never went on.
func TestStuckLongerThanOthers(t *testing.T) {
	t.Parallel()
	const minute = int64(time.Minute / time.Microsecond)
	l := &eventlog.Log{Activities: make([]eventlog.Activity, 2), First: []uint32{0}}
	add := func(ending eventlog.Ending, at ...int64) {
		for i, a := range at {
			l.Activity, l.At = append(l.Activity, uint16(i)), append(l.At, a)
		}
		l.First, l.Ending = append(l.First, uint32(len(l.At))), append(l.Ending, ending)
	}
	for i := range int64(20) {
		add(eventlog.Reached, 0, (i+1)*minute)
	}
	now := cx.Time(1_000 * minute)
	add(eventlog.Open, int64(now)-17*minute)
	add(eventlog.Open, int64(now)-20*minute)
	states := func() []State { return statesOf(l, model.Journey{}, nil, []int{-1, -1}, now)[20:22] }
	if got := states(); !slices.Equal(got, []State{Running, Stuck}) {
		t.Errorf("%v", got)
	}
	for range 3 {
		add(eventlog.Abandoned, 0)
	}
	if got := states(); !slices.Equal(got, []State{Running, Running}) {
		t.Errorf("after three that never went on: %v", got)
	}
}

func TestWaitCounts(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) int64 {
			return rapid.Int64Range(0, 1<<rapid.IntRange(0, 62).Draw(t, "bits")).Draw(t, "wait")
		}), 1, 50).Draw(t, "waits")
		w := newWaitCounts()
		for _, wait := range all {
			w.add(wait)
		}
		w.never = rapid.IntRange(0, 3).Draw(t, "never")
		slices.Sort(all)
		want := int64(math.MaxInt64)
		if at := (9*(len(all)+w.never) + 9) / 10; at <= len(all) {
			want = all[at-1]
		}
		if got := w.nineInTen(); got < want || float64(got) > float64(want)*33/32+1 {
			t.Fatalf("%d, want %d", got, want)
		}
	})
}
