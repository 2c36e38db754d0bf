package purchases_test

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/history/duckdb"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/purchases"
)

// BenchmarkTable reads the purchases of VIVENCIA_FACTS facts (100,000 without it), a
// tenth as many customers, a quarter of them purchases: all of it, what came since, and
// when nothing came.
func BenchmarkTable(b *testing.B) {
	total, err := strconv.Atoi(os.Getenv("VIVENCIA_FACTS"))
	if err != nil {
		total = 100_000
	}
	store, err := duckdb.Open(b.Context(), duckdb.Config{Path: filepath.Join(b.TempDir(), "history.duckdb"), Memory: 512 << 20})
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	r, seq := rand.New(rand.NewPCG(1, 1)), cx.Seq(0)
	appended := func(n int) {
		batch := history.Batch{Model: 1}
		for range n {
			seq++
			at := cxtest.Epoch.Add(time.Duration(r.IntN(395*24*60)) * time.Minute)
			f := lived(cx.ProfileNo(1+r.IntN(max(1, total/10))), "Bought", at, "", 0, strconv.FormatUint(uint64(seq), 36))
			switch r.IntN(40) {
			case 0, 1, 2, 3, 4, 5, 6, 7, 8, 9:
				f.Said.Class.Revenue, f.Said.Class.HasRevenue = cx.Money{Minor: int64(100 + r.IntN(9_000)), Currency: "EUR"}, true
			case 10:
				f.Said.Class.Revenue, f.Said.Class.HasRevenue = cx.Money{Minor: -int64(100 + r.IntN(2_000)), Currency: "EUR"}, true
			}
			f.Seq = seq
			batch.Facts = append(batch.Facts, f)
		}
		batch.Last = seq
		if err := store.Append(context.Background(), batch); err != nil {
			b.Fatal(err)
		}
	}
	for n := 0; n < total; n += 50_000 {
		appended(min(50_000, total-n))
	}
	clock := cxtest.NewClock()
	clock.Advance(400 * 24 * time.Hour)
	config := purchases.Config{Facts: store, Models: modelOf(b, 1, company), Segments: odds{}, Clock: clock, Logger: slog.New(slog.DiscardHandler)}
	ask := func(b *testing.B, s *purchases.Service) *purchases.Table {
		clock.Advance(2 * purchases.MaxAge)
		t, err := s.Ask(b.Context(), cx.System(), purchases.Filter{})
		if err != nil {
			b.Fatal(err)
		}
		return t
	}
	var kept *purchases.Service
	b.Run("anew", func(b *testing.B) {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		for b.Loop() {
			kept = purchases.New(config)
			ask(b, kept)
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/1e6, "MB")
		b.ReportMetric(float64(ask(b, kept).Len()), "customers")
	})
	b.Run("1,000 came", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			appended(1_000)
			b.StartTimer()
			ask(b, kept)
		}
	})
	b.Run("nothing came", func(b *testing.B) {
		for b.Loop() {
			ask(b, kept)
		}
	})
}
