package segment_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/fact"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/history/duckdb"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/segment"
)

// year makes n of the total facts of a year after seq: 25 a customer, of forty
// names, an answer in twenty; a delivery says of its order whether it was late.
func year(seq cx.Seq, n, total int) history.Batch {
	names := []string{"Checkout Paid", "Order Completed", "Order Delivered"}
	b := history.Batch{Model: 1, Last: seq + cx.Seq(n), Facts: make([]history.Fact, n)}
	for i := range b.Facts {
		seq++
		x := uint64(seq) * 0x9e3779b97f4a7c15 >> 20
		f := &b.Facts[i]
		*f = history.Fact{
			Seq: seq, Profile: cx.ProfileNo(1 + x%uint64(max(1, total/25))), Kind: cx.Track, Name: "Event " + strconv.Itoa(int(x>>8%40)), Source: "web",
			At:         cxtest.Epoch.Add(time.Duration(float64(seq) / float64(total) * 365 * 24 * float64(time.Hour))),
			Properties: fmt.Appendf(nil, `{"order_id":"o%d","sku":"9788%d","quantity":2}`, x%1000, x%100000),
			Said:       history.Said{Class: model.Class{Touchpoint: "touchpoint-" + strconv.Itoa(int(x%20)), Area: "area-" + strconv.Itoa(int(x%5))}},
		}
		order := model.ObjectRef{Type: "order", ID: strconv.FormatUint(uint64(seq)/8, 10)}
		switch y := x >> 12 % 40; {
		case y < 3:
			f.Name, f.Said.Class.Objects = names[y], []model.ObjectRef{order}
			if y == 2 {
				f.Said.Derived = []history.Derived{{Property: "late", Value: strconv.FormatBool(x%7 == 0), Object: order}}
			}
		case y < 5:
			f.Kind, f.Name = cx.Answer, "nps"
			f.Answer = &fact.Answer{Survey: "nps", Items: []fact.AnswerItem{{Question: "score", Metric: "nps", Scale: "0-10", Value: float64(x % 11), HasValue: true}}}
		case y < 6:
			f.Kind, f.Name = cx.Identify, "Identify"
			f.Says = []history.Trait{{Name: "city", Value: `"Quito"`}, {Name: "plan", Value: strconv.Itoa(int(x % 5))}, {Name: "name", Value: strconv.Quote("Ana " + strconv.Itoa(int(x%90000)))}}
		}
	}
	return b
}

// BenchmarkCounts counts the segments of the demo's company over as many events
// as VIVENCIA_EVENTS says; and one more that asks for traits.
func BenchmarkCounts(b *testing.B) {
	total := 200_000
	if v, err := strconv.Atoi(os.Getenv("VIVENCIA_EVENTS")); err == nil {
		total = v
	}
	yaml, err := os.ReadFile(filepath.Join("..", "..", "simulate", "candil", "model.yaml"))
	must(b, err)
	m, err := model.Parse(yaml)
	must(b, err)
	store, err := duckdb.Open(b.Context(), duckdb.Config{Path: filepath.Join(b.TempDir(), "history.duckdb")})
	must(b, err)
	defer store.Close()
	for seq := 0; seq < total; seq += 50_000 {
		must(b, store.Append(b.Context(), year(cx.Seq(seq), min(50_000, total-seq), total)))
	}
	clock := cxtest.NewClock()
	clock.Advance(365 * day)
	service := segment.New(store, version{model.Version{Number: 1, Model: m}}, nil, clock)
	b.Run("all segments", func(b *testing.B) {
		before, n := cpu(b), 0
		defer func() { b.ReportMetric((cpu(b)-before).Seconds()/float64(n), "cpu-s/op") }()
		for b.Loop() {
			n++
			clock.Advance(time.Hour)
			c, err := service.Counts(b.Context(), cx.System())
			must(b, err)
			b.ReportMetric(float64(c.Of), "customers")
		}
	})
	q := history.BehaviourQuery{Now: clock.Now(), Traits: true}
	b.Run("only traits", func(b *testing.B) {
		for b.Loop() {
			must(b, store.Behaviour(context.Background(), cx.System(), q, func(history.Behaviour) error { return nil }))
		}
	})
	q = history.BehaviourQuery{Now: clock.Now(), Customers: []cx.CustomerNo{17}, Asks: m.Segments[0].When.Asks()}
	b.Run("one customer", func(b *testing.B) {
		for b.Loop() {
			must(b, store.Behaviour(context.Background(), cx.System(), q, func(history.Behaviour) error { return nil }))
		}
	})
	some := make([]cx.CustomerNo, 100_000)
	for i := range some {
		some[i] = cx.CustomerNo(3*i + 1)
	}
	b.Run("100,000 customers as a filter", func(b *testing.B) {
		for b.Loop() {
			_, err := store.Breakdown(b.Context(), cx.System(), history.Query{By: []history.Dimension{history.Touchpoint}, Filter: history.Filter{Customers: some}})
			must(b, err)
		}
	})
}

// cpu is what the process has used: on a busy machine it tells more than time.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	must(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

type version struct{ model.Version }

func (v version) Current() model.Version { return v.Version }

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}
