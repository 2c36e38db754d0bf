package stream

import (
	"strings"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
)

// kilobyte is an event of about 1 KB.
func kilobyte() cx.Event {
	return cxtest.Track("customer-123456", "Product Viewed", time.Minute, cxtest.Object{
		"product_id": "978-84-376-0494-7", "text": strings.Repeat("leer es vivir ", 55),
	})
}

func benchmarkAppend(b *testing.B, size int) {
	l := open(b, Config{})
	b.SetParallelism(32) // times GOMAXPROCS: 64 writers on 2 cores
	b.RunParallel(func(pb *testing.PB) {
		events := make([]cx.Event, size)
		for i := range events {
			events[i] = kilobyte()
		}
		for pb.Next() {
			if _, err := l.Append(b.Context(), events); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64(l.LastSeq())/b.Elapsed().Seconds(), "events/s")
}

func BenchmarkAppendSingle(b *testing.B)   { benchmarkAppend(b, 1) }
func BenchmarkAppendBatch100(b *testing.B) { benchmarkAppend(b, 100) }

func BenchmarkRead(b *testing.B) {
	l := open(b, Config{})
	events := make([]cx.Event, 500)
	for i := range events {
		events[i] = kilobyte()
	}
	for range 40 {
		mustAppend(b, l, events)
	}
	b.ResetTimer()
	read := 0
	for b.Loop() {
		if err := l.Read(b.Context(), 0, func(batch Batch) error { read += len(batch.Events); return nil }); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(read)/b.Elapsed().Seconds(), "events/s")
}

func BenchmarkDecodeFrame(b *testing.B) {
	events := make([]cx.Event, 500)
	for i := range events {
		events[i] = kilobyte()
	}
	frame := encode(b, 1, events)
	b.SetBytes(int64(len(frame)))
	var out []cx.Event
	for b.Loop() {
		var err error
		if out, _, err = decodeFrame(out[:0], frame); err != nil {
			b.Fatal(err)
		}
	}
}
