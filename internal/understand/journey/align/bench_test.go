package align_test

import (
	"testing"

	"github.com/vivencia-cx/vivencia/internal/understand/journey/align"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/discover"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog/eventlogtest"
)

// BenchmarkFit aligns all variants of a real log with the model mined from it at
// noise .2. x-scan is how many times as long that takes as walking the log's events.
func BenchmarkFit(b *testing.B) {
	for _, file := range []string{"receipt.csv", "traffic_fines.csv.gz", "sepsis.csv.gz"} {
		b.Run(file, func(b *testing.B) {
			log := eventlogtest.Load(b, file)
			variants := eventlog.VariantsOf(log).List
			a, err := align.New(discover.Inductive(variants, .2), align.Same(len(log.Activities)))
			if err != nil {
				b.Fatal(err)
			}
			bare := eventlogtest.Bare(log)
			var fit align.Fit
			for b.Loop() {
				fit = a.Fit(variants)
			}
			b.ReportMetric(float64(len(variants)), "variants")
			b.ReportMetric(fit.Fitness, "fitness")
			b.ReportMetric(float64(fit.Upper), "upper")
			b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(bare), "x-scan")
		})
	}
}
