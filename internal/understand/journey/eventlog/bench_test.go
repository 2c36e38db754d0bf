package eventlog_test

import (
	"testing"

	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog/eventlogtest"
)

func benchmark(b *testing.B, l *eventlog.Log) {
	bare := eventlogtest.Bare(l)
	for b.Loop() {
		eventlog.GraphOf(l)
		eventlog.VariantsOf(l)
	}
	b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(bare), "x-scan")
	b.ReportMetric(float64(l.Events()), "events")
}

// BenchmarkPaths counts the graph and the variants together.
func BenchmarkPaths(b *testing.B) {
	b.Run("bpic2012", func(b *testing.B) { benchmark(b, eventlogtest.Load(b, "bpic2012.xes.gz")) })
	b.Run("10M", func(b *testing.B) { benchmark(b, eventlogtest.Made(10_000_000, 1_000_000, 60)) })
	b.Run("1M-5000-names", func(b *testing.B) { benchmark(b, eventlogtest.Made(1_000_000, 100_000, 5000)) })
}
