package eventlog_test

import (
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog/eventlogtest"
)

// made returns a log of as many events in cases of about the same length: most
// go on to the next activity, some go back, skip or wander.
func made(events, cases, names int) *eventlog.Log {
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

// scan is the bare scan that figures are told against: one goroutine that reads
// each event's activity and time once.
func scan(l *eventlog.Log) (sum int64) {
	for c := range l.Cases() {
		from, to := l.Span(c)
		for e := from; e < to; e++ {
			sum += int64(l.Activity[e]) ^ l.At[e]
		}
	}
	return sum
}

var kept int64

func benchmark(b *testing.B, l *eventlog.Log) {
	bare := time.Duration(1 << 62)
	for range 5 {
		began := time.Now()
		kept += scan(l)
		bare = min(bare, time.Since(began))
	}
	for b.Loop() {
		g, v := eventlog.GraphOf(l), eventlog.VariantsOf(l)
		kept += int64(len(g.Edges) + len(v.List))
	}
	b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(bare), "x-scan")
	b.ReportMetric(float64(l.Events()), "events")
}

// BenchmarkPaths counts the graph and the variants together.
func BenchmarkPaths(b *testing.B) {
	b.Run("bpic2012", func(b *testing.B) { benchmark(b, eventlogtest.Load(b, "bpic2012.xes.gz")) })
	b.Run("10M", func(b *testing.B) { benchmark(b, made(10_000_000, 1_000_000, 60)) })
	b.Run("1M-5000-names", func(b *testing.B) { benchmark(b, made(1_000_000, 100_000, 5000)) })
}
