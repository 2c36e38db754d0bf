package duckdb_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/fact"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/history/duckdb"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// year returns the n facts after seq of a year of total facts of a company: 20
// touchpoints, a customer for each 20 facts, an answer in 20, an order in 5.
func year(seq cx.Seq, n, total int) history.Batch {
	b := history.Batch{Model: 1, Facts: make([]history.Fact, n)}
	stages := []string{"before", "during", "after"}
	for i := range b.Facts {
		seq++
		x := uint64(seq) * 0x9e3779b97f4a7c15 >> 20
		touchpoint := int(x % 20)
		f := &b.Facts[i]
		*f = history.Fact{
			Seq: seq, Profile: cx.ProfileNo(1 + x%uint64(max(1, total/20))), Kind: cx.Track, Name: fmt.Sprint("Event ", x%40), Source: "web",
			At: cxtest.Epoch.Add(time.Duration(float64(seq) / float64(total) * 365 * 24 * float64(time.Hour))),
			Said: history.Said{Class: model.Class{
				Touchpoint: fmt.Sprint("touchpoint-", touchpoint), Stage: stages[touchpoint%3], Channel: "web", Medium: "digital", Area: fmt.Sprint("area-", touchpoint%5),
				Valence: float64(x%9)/2 - 2, HasValence: x%2 == 0,
			}},
			Properties: []byte(fmt.Sprintf(`{"order_id":"o%d","late":%v,"sku":"9788%d","quantity":2,"shop":"goya"}`, x%1000, x%3 == 0, x%100000)),
		}
		f.ReceivedAt = f.At
		if x%5 == 0 {
			f.Said.Class.Objects = []model.ObjectRef{{Type: "order", ID: fmt.Sprint("o", x%1000)}}
			f.Said.Class.Revenue, f.Said.Class.HasRevenue = cx.Money{Minor: int64(x % 10000), Currency: "EUR"}, true
		}
		if x%20 == 7 {
			f.Kind, f.Name, f.Traits = cx.Answer, "csat", []byte(`{"city":"Madrid"}`)
			f.Answer = &fact.Answer{Survey: "csat", Items: []fact.AnswerItem{
				{Question: "score", Metric: []string{"csat", "nps", "ces"}[x%3], Scale: []string{"1-5", "0-10", "1-7"}[x%3], Value: float64(1 + x%5), HasValue: true},
				{Question: "text", Text: "…"},
			}}
		}
	}
	b.Last = seq
	return b
}

func fill(b *testing.B, s history.Store, total int) {
	b.Helper()
	for seq := 0; seq < total; seq += 20_000 {
		if err := s.Append(b.Context(), year(cx.Seq(seq), min(20_000, total-seq), total)); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkAppend appends batches of the size that a busy log hands over, and
// single facts.
func BenchmarkAppend(b *testing.B) {
	for _, n := range []int{1, 100, 1_000, 10_000} {
		b.Run(fmt.Sprint(n, " a batch"), func(b *testing.B) {
			s := open(b, b.TempDir())
			var worst time.Duration
			seq := cx.Seq(0)
			for b.Loop() {
				b.StopTimer()
				batch := year(seq, n, 1_000_000)
				seq = batch.Last
				b.StartTimer()
				started := time.Now()
				if err := s.Append(b.Context(), batch); err != nil {
					b.Fatal(err)
				}
				worst = max(worst, time.Since(started))
			}
			b.ReportMetric(float64(seq)/b.Elapsed().Seconds(), "facts/s")
			b.ReportMetric(float64(worst.Microseconds())/1000, "worst-ms")
		})
	}
}

// BenchmarkQuestions asks of 150,000 facts, the demo's year.
func BenchmarkQuestions(b *testing.B) {
	const total = 150_000
	s := open(b, b.TempDir())
	fill(b, s, total)
	p, ctx := cx.System(), b.Context()
	weeks := history.Cuts(cx.Window{From: cxtest.Epoch, To: cxtest.Epoch.Add(365 * 24 * time.Hour)}, history.Week, time.UTC)
	ask := func(name string, fn func() error) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := fn(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	breakdown := func(q history.Query) func() error {
		return func() error { _, err := s.Breakdown(ctx, p, q); return err }
	}
	ask("totals", func() error { _, err := s.Totals(ctx, p, history.Filter{}); return err })
	ask("events by touchpoint with customers", breakdown(history.Query{By: []history.Dimension{history.Touchpoint}, Customers: true, Revenue: true}))
	ask("events by property", breakdown(history.Query{By: []history.Dimension{history.PropertyOf("late")}}))
	ask("answers by property", breakdown(history.Query{Of: history.Answers, By: []history.Dimension{history.PropertyOf("late")}}))
	ask("answers by trait", breakdown(history.Query{Of: history.Answers, By: []history.Dimension{history.TraitOf("city")}}))
	ask("scores by week and stage", func() error {
		_, err := s.Distribution(ctx, p, history.Query{Of: history.Answers, By: []history.Dimension{history.Stage}, Cuts: weeks})
		return err
	})
	ask("all lived", func() error {
		_, err := history.Tell(ctx, s, p, history.LivedQuery{All: true, Object: "order"}, func(*history.Lived) error { return nil })
		return err
	})
}

// BenchmarkReclassify classifies chunks again of which every fact differs.
func BenchmarkReclassify(b *testing.B) {
	const total, chunk = 200_000, 10_000
	s := open(b, b.TempDir())
	fill(b, s, total)
	version, done := 2, 0
	for b.Loop() {
		b.StopTimer()
		if done == total {
			version, done = version+1, 0
		}
		c := history.Chunk{Model: version, After: cx.Seq(done), Through: cx.Seq(done + chunk)}
		for _, f := range year(c.After, chunk, total).Facts {
			f.Said.Class.Touchpoint = fmt.Sprint(f.Said.Class.Touchpoint, version%2)
			c.Facts = append(c.Facts, history.Reclassified{Seq: f.Seq, Said: f.Said})
		}
		done += chunk
		b.StartTimer()
		if err := s.(*duckdb.Store).Reclassify(b.Context(), c); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(chunk*b.N)/b.Elapsed().Seconds(), "facts/s")
}
