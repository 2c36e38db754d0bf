package journey

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/fact"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

const large10 = `
company: {slug: large, name: Large, timezone: Europe/Madrid, currency: EUR, languages: [es]}
areas: [{slug: all, name: All}]
objects: {order: order_id}
touchpoints:
  - {slug: t0, name: T0, stage: before, channel: web, medium: digital, area: all, events: [E0]}
  - {slug: t1, name: T1, stage: during, channel: web, medium: digital, area: all, events: [E1]}
  - {slug: t2, name: T2, stage: after, channel: store, medium: physical, area: all, events: [E2, E9]}
journeys:
  - slug: order
    name: Order
    case: {key: order_id}
    end: [E9]
    script:
      - {slug: t0, touchpoint: t0, repeatable: true, valence: 0.5, within: 20d}
      - {slug: t1, touchpoint: t1, repeatable: true, valence: 0.5}
      - {slug: t2, touchpoint: t2, repeatable: true, valence: 0.5}
  - slug: visit
    name: Visit
    case: {gap: 12h}
`

// ordersOf makes the next n of total facts: orders of ten events each of which a
// hundred go on side by side; a customer has four; one fact in forty is an answer.
func ordersOf(seq, n, total int) history.Batch {
	b := history.Batch{Model: 1, Last: cx.Seq(seq + n), Facts: make([]history.Fact, n)}
	for i := range b.Facts {
		order, step := seq/1000*100+seq%100, seq/100%10
		x := uint64(seq) * 0x9e3779b97f4a7c15 >> 20
		f := &b.Facts[i]
		seq++
		touchpoint := (step + int(x%3)) % 3
		*f = history.Fact{
			Seq: cx.Seq(seq), Profile: cx.ProfileNo(1 + order/4), Kind: cx.Track, Name: "E" + strconv.Itoa(step), Source: "web",
			At: cxtest.Epoch.Add(time.Duration(float64(seq) / float64(total) * 365 * 24 * float64(time.Hour))),
			Said: history.Said{Class: model.Class{
				Touchpoint: "t" + strconv.Itoa(touchpoint), Stage: "during", Channel: "web", Medium: "digital", Area: "area-" + strconv.Itoa(touchpoint),
				Place: "p" + strconv.Itoa(order%40), Valence: float64(x%9)/2 - 2, HasValence: x%2 == 0,
				Objects: []model.ObjectRef{{Type: "order", ID: strconv.Itoa(order)}},
			}},
		}
		switch {
		case step == 1:
			f.Said.Class.Revenue, f.Said.Class.HasRevenue = cx.Money{Minor: int64(x % 10_000), Currency: "EUR"}, true
		case x%40 == 7:
			f.Kind, f.Name = cx.Answer, "csat"
			f.Answer = &fact.Answer{Survey: "csat", Items: []fact.AnswerItem{{Question: "score", Metric: "csat", Scale: "1-5", Value: float64(1 + x%5), HasValue: true}}}
		}
	}
	return b
}

// memory returns a memory that knows nobody.
func (h *house) memory(b *testing.B) *remember.Memory {
	db, err := sqldb.Open(b.Context(), sqldb.Config{DSN: filepath.Join(b.TempDir(), "views.db")})
	must(b, err)
	b.Cleanup(func() { must(b, db.Close()) })
	m, err := remember.Open(b.Context(), remember.Config{DB: db, Clock: h.clock, Models: h.models, Logger: slog.New(slog.DiscardHandler)})
	must(b, err)
	return m
}

// BenchmarkService asks of the runs of as many events as VIVENCIA_EVENTS says,
// ten a run: read at first, kept up with what comes, and asked again when nothing
// came. x-scan is the time in those that the bare reading of the same events takes.
func BenchmarkService(b *testing.B) {
	total := 200_000
	if v, err := strconv.Atoi(os.Getenv("VIVENCIA_EVENTS")); err == nil {
		total = v
	}
	h := newHouse(b, large10)
	const atOnce = 50_000
	for seq := 0; seq < total; seq += atOnce {
		h.append(b, ordersOf(seq, atOnce, total))
	}
	h.clock.Advance(365 * 24 * time.Hour)
	ctx, p := b.Context(), cx.System()
	started := time.Now()
	_, err := history.Tell(ctx, h.store, p, history.LivedQuery{All: true}, func(*history.Lived) error { return nil })
	must(b, err)
	bare := time.Since(started)
	b.Logf("the bare reading of %d events takes %v", total, bare)
	run := func(name string, ask func()) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				ask()
			}
			b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(bare), "x-scan")
		})
	}
	for _, slug := range []string{"order", "visit"} {
		run("read the runs of "+slug, func() {
			s := h.anew(1 << 30)
			_, err := s.lived(ctx, p, slug, Filter{})
			must(b, err)
			must(b, s.Close())
		})
	}
	s := h.anew(1 << 30)
	defer s.Close()
	list := func() {
		_, err := s.List(ctx, p)
		must(b, err)
	}
	list()
	seq := total
	for _, n := range []int{1, 100} {
		run(fmt.Sprint("list after ", n, " events"), func() {
			h.append(b, ordersOf(seq, n, total))
			seq += n
			list()
		})
	}
	run("list again", list)
	b.Run("the page of a journey while events come", func(b *testing.B) {
		s := New(Config{Facts: h.store, Models: h.models, Memory: h.memory(b), Clock: h.clock, Logger: slog.New(slog.DiscardHandler), Bytes: 1 << 30})
		defer s.Close()
		f := Filter{Window: cx.Window{From: h.clock.Now().Add(-26 * 7 * 24 * time.Hour)}}
		page := func() {
			_, err := s.Map(ctx, p, "order", MapQuery{Filter: f})
			must(b, err)
			_, err = s.Findings(ctx, p, "order", FindingsQuery{Filter: f, Limit: 20})
			must(b, err)
		}
		started := time.Now()
		page()
		first := time.Since(started)
		var took []time.Duration
		beat := time.NewTicker(20 * time.Millisecond) // between people who look
		defer beat.Stop()
		for b.Loop() {
			for range 300 {
				<-beat.C
				h.append(b, ordersOf(seq, 1, total))
				seq++
				began := time.Now()
				page()
				took = append(took, time.Since(began))
			}
		}
		slices.Sort(took)
		p95 := took[len(took)*95/100]
		b.ReportMetric(float64(first.Milliseconds()), "first-ms")
		b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
		b.ReportMetric(float64(p95.Microseconds())/1000, "p95-ms")
		b.ReportMetric(float64(p95)/float64(bare), "p95-x-scan")
	})
	run("the newest runs", func() {
		_, err := s.lived(ctx, p, "order", Filter{})
		must(b, err)
		x, _ := s.lived(ctx, p, "order", Filter{})
		x.newest(0, nil, 50)
	})
}
