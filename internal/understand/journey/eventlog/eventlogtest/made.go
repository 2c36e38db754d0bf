package eventlogtest

import (
	"math"
	"time"

	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
)

// Made returns a log of as many events in cases of about the same length: most
// go on to the next activity, some go back, skip or wander.
func Made(events, cases, names int) *eventlog.Log {
	l := &eventlog.Log{
		Activities: make([]eventlog.Activity, names),
		Activity:   make([]uint16, events),
		At:         make([]int64, events),
		First:      make([]uint32, cases+1),
	}
	for i := range l.Activities {
		l.Activities[i].Name = string(rune('a'+i%26)) + time.Duration(i).String()
	}
	random := uint64(1)
	draw := func() uint64 { // xorshift (Marsaglia 2003)
		random ^= random << 13
		random ^= random >> 7
		random ^= random << 17
		return random
	}
	for c := range cases {
		l.First[c+1] = uint32((c + 1) * events / cases)
		at, activity := int64(draw()%1e15), uint64(0)
		for e := l.First[c]; e < l.First[c+1]; e++ {
			l.Activity[e], l.At[e] = uint16(activity), at
			at += int64(draw() % (draw()%1e11 + 1))
			switch step := draw() % 100; {
			case step < 85:
				activity++
			case step < 90:
				activity += 2
			case step < 95:
				activity += uint64(names) - 1
			case step < 96:
				activity = draw()
			}
			activity %= uint64(names)
		}
	}
	return l
}

// Bare returns how long a bare scan takes, the shortest of five: one goroutine
// reads each event's activity and time once. Figures are told as ratios to it.
func Bare(l *eventlog.Log) time.Duration {
	shortest := time.Duration(math.MaxInt64)
	for range 5 {
		began, sum := time.Now(), int64(0)
		for e, a := range l.Activity {
			sum += int64(a) ^ l.At[e]
		}
		shortest = min(shortest, time.Since(began)+time.Duration(sum&1)) // so that it is not left out
	}
	return shortest
}
