package journey

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog/eventlogtest"
)

// large makes as many runs of ten events in two years, with twenty deviations.
func large(cases int) (*lived, *incidence) {
	r := rand.New(rand.NewPCG(1, 2))
	j := model.Journey{Slug: "large"}
	x := &lived{model: &model.Model{}, now: cx.TimeOf(monday.AddDate(2, 0, 0)), zone: time.UTC, memos: &memos{}, log: &eventlog.Log{}}
	for i := range 12 {
		s := model.Step{Slug: fmt.Sprint("step-", i), Touchpoint: fmt.Sprint("t", i), Within: 24 * time.Hour, Truth: i == 4}
		j.Script = append(j.Script, model.Node{Step: &s})
		x.log.Activities = append(x.log.Activities, eventlog.Activity{Name: "Lived", Touchpoint: s.Touchpoint})
		x.stepOf = append(x.stepOf, i)
	}
	x.journey, x.steps = j, j.Steps()
	l := x.log
	for i := range 600 {
		l.Contexts = append(l.Contexts, eventlog.Context{Place: fmt.Sprint("p", i%20), Supplier: fmt.Sprint("s", i/20%3), Channel: fmt.Sprint("c", i/60%5), Source: "web"})
	}
	for c := range cases {
		l.First = append(l.First, uint32(len(l.Activity)))
		at := monday.UnixMicro() + r.Int64N(700*86400e6)
		context := r.Uint32N(600)
		for i := range 10 {
			at += r.Int64N(36 * 3600e6)
			l.Activity, l.Context, l.At = append(l.Activity, uint16((i+r.IntN(3))%12)), append(l.Context, context), append(l.At, at)
			l.Valence = append(l.Valence, int16(r.IntN(4001)-2000))
		}
		if c%4 == 0 {
			l.Answers = append(l.Answers, eventlog.Answer{Case: uint32(c), Metric: eventlog.CSAT, Felt: int16(r.IntN(5)*1000 - 2000), Score: 3, At: at})
		}
		l.Later = append(l.Later, eventlog.Afterwards{Known: true, Returned: r.IntN(2) == 0, Spent: r.Int64N(5000)})
		x.states = append(x.states, Completed)
	}
	l.First = append(l.First, uint32(len(l.Activity)))
	l.Scales = []string{"1-5"}
	known := &incidence{}
	for i := range 20 {
		step := &x.steps[i%12]
		known.deviations = append(known.deviations, Deviation{ID: fmt.Sprint("skipped:", i), Kind: Skipped, Step: step})
		known.cases = append(known.cases, eventlog.MaskOf(cases, func(int) bool { return r.IntN(10) == 0 }))
	}
	return x, known
}

// BenchmarkFirst asks what is found in two million events of which nothing is
// known yet; afterwards it is remembered.
func BenchmarkFirst(b *testing.B) {
	x, known := large(200_000)
	for name, ask := range map[string]func(){
		"Map":      func() { x.draw() },
		"Findings": func() { x.findings(known, nil) },
		"Moments":  func() { x.moments(x.draw()) },
	} {
		b.Run(name, func(b *testing.B) {
			bare := eventlogtest.Bare(x.log)
			for b.Loop() {
				ask()
			}
			b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(bare), "x-scan")
		})
	}
}
