package outcome_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

// BenchmarkPulse takes the pulse of a year of 150,000 events, the demo's, and
// of 1.5 million.
func BenchmarkPulse(b *testing.B) {
	for _, total := range []int{150_000, 1_500_000} {
		b.Run(fmt.Sprint(total, " events"), func(b *testing.B) {
			store := openStore(b)
			s := &shop{}
			for i := range total {
				x := uint64(i) * 0x9e3779b97f4a7c15 >> 20
				at := cxtest.Epoch.Add(-time.Duration(float64(total-i) / float64(total) * 365 * 24 * float64(time.Hour)))
				customer, stage, touchpoint := cx.ProfileNo(1+x%uint64(total/20)), []string{"before", "during", "after"}[x%3], fmt.Sprint("touchpoint-", x%21)
				if x%20 == 7 {
					s.answered(at, customer, stage, touchpoint, []string{"csat", "nps", "ces"}[x%3], []string{"1-5", "0-10", "1-7"}[x%3], float64(1+x%5))
				} else {
					s.lived(at, customer, stage, touchpoint, float64(x%9)/2-2)
				}
				if len(s.batch.Facts) == 50_000 || i == total-1 {
					if err := store.Append(b.Context(), s.batch); err != nil {
						b.Fatal(err)
					}
					s.batch = history.Batch{Last: s.batch.Last}
				}
			}
			service := outcome.New(store, parsed(b, company), cxtest.NewClock())
			for b.Loop() {
				if _, err := service.Pulse(b.Context(), cx.System(), outcome.PulseQuery{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
