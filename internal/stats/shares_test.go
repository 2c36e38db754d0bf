package stats_test

import (
	"math"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/stats"
)

// Against the likelihood ratio of scipy's chi2_contingency.
func TestShareRatio(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		k0, n0, k, n int
		ratio, p     float64
	}{{20, 1000, 15, 200, 13.768096912192778, 0.000206818734050168}, {0, 500, 5, 40, 26.633259519402614, 2.4597277683694546e-07}} {
		got := stats.ShareRatio(c.k0, c.n0, c.k, c.n)
		near(t, "ratio", got.Statistic*got.Statistic, c.ratio, 1e-9*c.ratio)
		near(t, "p", got.P, c.p, 1e-6*c.p)
		near(t, "delta", got.Delta, float64(c.k)/float64(c.n)-float64(c.k0)/float64(c.n0), 1e-12)
		back := stats.ShareRatio(c.k, c.n, c.k0, c.n0)
		near(t, "the other way", back.Statistic, -got.Statistic, 1e-9)
	}
	near(t, "p of all and all", stats.ShareRatio(9, 9, 4, 4).P, 1, 0)
	if !math.IsNaN(stats.ShareRatio(0, 0, 4, 4).P) {
		t.Error("a share of nothing has a p")
	}
}
