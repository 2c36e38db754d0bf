package journey

import (
	"slices"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog/eventlogtest"
)

// BenchmarkPathQuestions asks each question on paths of two million events that
// nothing is known of yet.
func BenchmarkPathQuestions(b *testing.B) {
	l := eventlogtest.Made(2_000_000, 200_000, 60)
	l.Valence = make([]int16, l.Events())
	for i := range l.Activities {
		l.Activities[i].Touchpoint = string(rune('a' + i/3))
	}
	fresh := func() *lived {
		return &lived{
			model: &model.Model{}, log: l, memos: &memos{}, zone: time.UTC,
			states: slices.Repeat([]State{Completed}, l.Cases()), stepOf: slices.Repeat([]int{-1}, len(l.Activities)),
		}
	}
	halves := func() (x, y *lived) {
		x, y = fresh(), fresh()
		odd := func(c int) bool { return c%2 == 1 }
		x.log = l.Only(eventlog.MaskOf(l.Cases(), func(c int) bool { return !odd(c) }))
		y.log = l.Only(eventlog.MaskOf(l.Cases(), odd))
		x.states, y.states = x.states[:x.log.Cases()], y.states[:y.log.Cases()]
		return x, y
	}
	for name, ask := range map[string]func() error{
		"Graph":    func() error { _, err := graphOf(fresh(), "", .8); return err },
		"Variants": func() error { variantsOf(fresh()); return nil },
		"Funnel": func() error {
			x := fresh()
			stops, err := x.funnelSteps(FunnelQuery{Steps: []string{l.Activities[0].Name + "@a", l.Activities[3].Name + "@b"}})
			funnelOf(x, stops, time.Hour)
			return err
		},
		"Waits": func() error {
			x := fresh()
			told, err := x.paths("")
			waitsOf(x, told)
			return err
		},
		"Compare": func() error {
			x, y := halves()
			_, err := compare(x, y, "")
			return err
		},
	} {
		b.Run(name, func(b *testing.B) {
			bare := eventlogtest.Bare(l)
			for b.Loop() {
				if err := ask(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(bare), "x-scan")
		})
	}
}
