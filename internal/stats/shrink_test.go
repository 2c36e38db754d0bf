package stats_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/vivencia-cx/vivencia/internal/stats"
)

// The eighteen batters of Efron & Morris 1975 (after 45 at bats), as Morris 1983
// tells them: with one variance for all, .0665², the mean .2654 and a shrinkage to
// about a fifth of what is their own.
func TestShrinkBatters(t *testing.T) {
	t.Parallel()
	hits := []float64{18, 17, 16, 15, 14, 14, 13, 12, 11, 11, 10, 10, 10, 10, 10, 9, 8, 7}
	later := []float64{.346, .298, .276, .222, .273, .270, .263, .210, .269, .230, .264, .256, .303, .264, .226, .286, .316, .200}
	var groups []stats.Figure
	for _, h := range hits {
		groups = append(groups, stats.Figure{Value: h / 45, Variance: .2654 * (1 - .2654) / 45})
	}
	var own, moved float64
	held := 0
	for i, s := range stats.Shrink(groups) {
		own += (hits[i]/45 - later[i]) * (hits[i]/45 - later[i])
		moved += (s.Value - later[i]) * (s.Value - later[i])
		if s.Low <= later[i] && later[i] <= s.High {
			held++
		}
		near(t, "kept", s.Kept, .2, .05)
		near(t, "moved towards", (s.Value-s.Kept*hits[i]/45)/(1-s.Kept), .2654, .0005)
	}
	if moved > own/3 || held < 17 {
		t.Errorf("squared errors %v of %v, %d intervals hold the rest of the season", moved, own, held)
	}
}

// Groups that differ are told apart as they are, groups that do not are one; and
// intervals hold what is true.
func TestShrinkCovers(t *testing.T) {
	t.Parallel()
	for _, spread := range []float64{0, .5, 3} {
		r := rand.New(rand.NewPCG(2, uint64(10*spread)))
		held, all := 0, 0
		var own, moved float64
		for range 300 {
			var groups []stats.Figure
			var truth []float64
			for range 12 {
				variance := .2 + r.Float64()
				mean := 7 + spread*r.NormFloat64()
				truth = append(truth, mean)
				groups = append(groups, stats.Figure{Value: mean + math.Sqrt(variance)*r.NormFloat64(), Variance: variance})
			}
			for i, s := range stats.Shrink(groups) {
				own += (groups[i].Value - truth[i]) * (groups[i].Value - truth[i])
				moved += (s.Value - truth[i]) * (s.Value - truth[i])
				if all++; s.Low <= truth[i] && truth[i] <= s.High {
					held++
				}
			}
		}
		t.Logf("spread %v: %d of %d, squared errors %.0f against %.0f", spread, held, all, moved, own)
		if held < all*94/100 || moved > own {
			t.Errorf("spread %v: %d of %d, squared errors %v against %v", spread, held, all, moved, own)
		}
	}
}

func TestShrinkMovesTowardsTheOthers(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var groups []stats.Figure
		for range rapid.IntRange(0, 9).Draw(t, "groups") {
			groups = append(groups, stats.Figure{Value: rapid.Float64Range(-100, 100).Draw(t, "value"), Variance: rapid.SampledFrom([]float64{0, 1, 50, 400, math.NaN()}).Draw(t, "variance")})
		}
		for i, s := range stats.Shrink(groups) {
			g := groups[i]
			if !(g.Variance > 0) {
				if s.Value != g.Value || s.Kept != 1 {
					t.Fatalf("%+v is moved to %+v", g, s)
				}
				continue
			}
			if s.Kept < 0 || s.Kept > 1 || !(s.Low <= s.Value && s.Value <= s.High) {
				t.Fatalf("%+v is moved to %+v", g, s)
			}
		}
	})
}
