package journey

import (
	"slices"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/conform"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog/eventlogtest"
)

// BenchmarkConformance holds two million events against a script of 24 steps:
// when no way is known, and when runs were read again and all ways are.
func BenchmarkConformance(b *testing.B) {
	l := eventlogtest.Made(2_000_000, 200_000, 60)
	var script []model.Node
	for i := range l.Activities {
		slug := string(rune('a'+i/26)) + string(rune('a'+i%26))
		l.Activities[i].Touchpoint = slug
		n := stepAt(slug)
		n.Step.Within, n.Optional, n.Repeatable = time.Hour, i%3 == 1, i%5 == 2
		if i < 20 {
			script = append(script, n)
		}
	}
	branch := func(from, to int) (out []model.Node) {
		for i := from; i < to; i++ {
			out = append(out, stepAt(l.Activities[i].Touchpoint))
		}
		return out
	}
	script = append(script, model.Node{Parallel: [][]model.Node{branch(20, 22), branch(22, 24)}})
	kept := &conform.Known{}
	for _, c := range []struct {
		name string
		kept func() *conform.Known
	}{{"new", func() *conform.Known { return &conform.Known{} }}, {"known", func() *conform.Known { return kept }}} {
		b.Run(c.name, func(b *testing.B) {
			bare := eventlogtest.Bare(l)
			var told *conformed
			for b.Loop() {
				x := &lived{
					journey: model.Journey{Script: script}, log: l, memos: &memos{}, zone: time.UTC, held: c.kept(),
					states: slices.Repeat([]State{Completed}, l.Cases()),
				}
				x.steps = x.journey.Steps()
				var err error
				if told, err = x.conformed(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(bare), "x-scan")
			b.ReportMetric(told.conformance.Fitness.Value, "fitness")
		})
	}
}
