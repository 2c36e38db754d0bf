package text

import (
	"fmt"
	"runtime"
	"testing"
)

// BenchmarkTrain learns from 100,000 texts of about the length of a tweet, as a
// large company does at night, and says how much memory is taken while it does.
func BenchmarkTrain(b *testing.B) {
	phrases := Phrases()
	examples := make([]Example, 100_000)
	for i := range examples {
		one, two := phrases[i*7919%len(phrases)], phrases[i*104729%len(phrases)]
		examples[i] = Example{
			Text:     fmt.Sprintf("%s. %s (%s %d, n%d)", one.Text, two.Text, phrases[i%977].Text, i%1013, i%31_991),
			Polarity: one.Polarity, Topics: one.Topics,
		}
	}
	var bytes int
	for _, e := range examples {
		bytes += len(e.Text)
	}
	for b.Loop() {
		m, q, err := Train(b.Context(), examples, Config{})
		if err != nil || q.Polarity.Accuracy < .8 {
			b.Fatal(q.Polarity.Accuracy, err)
		}
		runtime.KeepAlive(m)
	}
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	b.ReportMetric(float64(stats.HeapSys)/(1<<20), "MiB-heap-most")
	b.ReportMetric(float64(bytes)/float64(len(examples)), "bytes/text")
}
