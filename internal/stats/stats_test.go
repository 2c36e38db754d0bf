package stats_test

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat"
	"pgregory.net/rapid"

	"github.com/vivencia-cx/vivencia/internal/stats"
)

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s = %v, want %v", what, got, want)
	}
}

// The oracles of the methods' chapter 1.
func TestNPSInterval(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		r                stats.Recommenders
		score, low, high float64
	}{
		{stats.Recommenders{15, 9, 12}, 8.333, -19.03, 34.41},
		{stats.Recommenders{50, 30, 20}, 30, 14.05, 44.20},
		{stats.Recommenders{8, 2, 0}, 80, 29.28, 93.79},
		{stats.Recommenders{40, 0, 0}, 100, 83.58, 100},
		{stats.Recommenders{0, 0, 1}, -100, -100, 48.50},
	} {
		near(t, "score", c.r.Score(), c.score, .001)
		near(t, "low", c.r.Interval().Low, c.low, .005)
		near(t, "high", c.r.Interval().High, c.high, .005)
	}
	none := stats.Recommenders{}
	if !math.IsNaN(none.Score()) || !math.IsNaN(none.Interval().Low) {
		t.Error("nobody answered, and there is a score")
	}
}

func TestNPSIntervalHoldsTheScore(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		count := rapid.IntRange(0, 2000)
		r := stats.Recommenders{count.Draw(t, "promoters"), count.Draw(t, "passives"), count.Draw(t, "detractors")}
		if r.N() == 0 {
			return
		}
		i := r.Interval()
		if !(-100 <= i.Low && i.Low <= r.Score() && r.Score() <= i.High && i.High <= 100) {
			t.Fatalf("%+v: %v in %v", r, r.Score(), i)
		}
	})
}

func TestNPSChange(t *testing.T) {
	t.Parallel()
	got := stats.NPSChange(stats.Recommenders{50, 30, 20}, stats.Recommenders{220, 150, 130})
	near(t, "delta", got.Delta, -12, 1e-9)
	near(t, "z", got.Statistic, -1.392, .0005)
	near(t, "p", got.P, .164, .0005)
	all := stats.Recommenders{Promoters: 30}
	near(t, "p of no change", stats.NPSChange(all, all).P, 1, 1e-12)
	if !math.IsNaN(stats.NPSChange(stats.Recommenders{}, all).P) {
		t.Error("a change from nothing has a p")
	}
}

// Wilson against the figures of Newcombe 1998, table I (81/263, 15/148, 0/20, 1/29).
func TestWilson(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		k, n      int
		low, high float64
	}{{81, 263, .2553, .3662}, {15, 148, .0624, .1605}, {0, 20, 0, .1611}, {1, 29, .0061, .1718}, {20, 20, .8389, 1}} {
		i := stats.Wilson(c.k, c.n)
		near(t, "low", i.Low, c.low, .00005)
		near(t, "high", i.High, c.high, .00005)
	}
	for _, c := range [][2]int{{0, 0}, {-1, 3}, {4, 3}} {
		if !math.IsNaN(stats.Wilson(c[0], c[1]).Low) {
			t.Errorf("Wilson%v is a number", c)
		}
	}
}

// Student's sleep data (1908), the two drugs.
var (
	drug1 = []float64{0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0}
	drug2 = []float64{1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4}
)

func sample(values []float64) stats.Sample {
	var sum, squares float64
	for _, v := range values {
		sum, squares = sum+v, squares+v*v
	}
	return stats.SampleOf(len(values), sum, squares)
}

func TestMeanAndWelch(t *testing.T) {
	t.Parallel()
	s := sample(drug1)
	near(t, "mean", s.Mean, stat.Mean(drug1, nil), 1e-12)
	near(t, "variance", s.Variance, stat.Variance(drug1, nil), 1e-12)
	i := stats.MeanInterval(s)
	near(t, "low", i.Low, -.5297804, 1e-6)
	near(t, "high", i.High, 2.0297804, 1e-6)

	w := stats.Welch(s, sample(drug2))
	near(t, "delta", w.Delta, 1.58, 1e-12)
	near(t, "t", w.Statistic, 1.8608, .00005)
	near(t, "df", w.DF, 17.776, .0005)
	near(t, "p", w.P, .07939, .000005)

	if one := stats.SampleOf(1, 4, 16); !math.IsNaN(stats.MeanInterval(one).Low) || !math.IsNaN(stats.Welch(one, s).P) {
		t.Error("one observation has an interval")
	}
	same := stats.Sample{N: 3, Mean: 5}
	near(t, "p of equal constants", stats.Welch(same, same).P, 1, 0)
	near(t, "p of different constants", stats.Welch(same, stats.Sample{N: 3, Mean: 4}).P, 0, 0)
	near(t, "large n", stats.MeanInterval(stats.Sample{N: 4_000_000, Variance: 1}).High, 1.959964/2000, 1e-8)
}

func TestProportionChange(t *testing.T) {
	t.Parallel()
	c := stats.ProportionChange(15, 100, 30, 100)
	near(t, "delta", c.Delta, .15, 1e-12)
	near(t, "z", c.Statistic, 2.5400, .00005)
	near(t, "p", c.P, .011085, .000005)
	near(t, "p of all and all", stats.ProportionChange(9, 9, 4, 4).P, 1, 0)
	if !math.IsNaN(stats.ProportionChange(0, 0, 4, 4).P) {
		t.Error("a change from nothing has a p")
	}
}

func TestBenjaminiHochberg(t *testing.T) {
	t.Parallel()
	p := []float64{.0001, .0004, .0019, .0095, .0201, .0278, .0298, .0344, .0459, .3240, .4262, .5719, .6528, .7590, 1}
	count := func(found []bool) (n int) {
		for _, f := range found {
			if f {
				n++
			}
		}
		return n
	}
	if n := count(stats.BenjaminiHochberg(p, .05)); n != 4 {
		t.Errorf("%d discoveries, want 4", n)
	}
	for name, found := range map[string][]bool{"Bonferroni": stats.Bonferroni(p, .05), "Holm": stats.Holm(p, .05)} {
		if n := count(found); n != 3 || !found[0] || !found[2] {
			t.Errorf("%s finds %d, want the first 3", name, n)
		}
	}
	// Holm finds what Bonferroni does not: .03 is below .05/1, not below .05/2.
	if found := stats.Holm([]float64{math.NaN(), .03, .02}, .05); !slices.Equal(found, []bool{false, true, true}) {
		t.Errorf("Holm finds %v", found)
	}
	if n := count(stats.BenjaminiHochberg(append(p, math.NaN()), .05)); n != 4 {
		t.Errorf("a NaN changes the discoveries to %d", n)
	}
	if n := count(stats.BenjaminiHochberg(nil, .05)); n != 0 {
		t.Error("discoveries of nothing")
	}
	rapid.Check(t, func(t *rapid.T) {
		ps := rapid.SliceOf(rapid.Float64Range(0, 1)).Draw(t, "p")
		found := stats.BenjaminiHochberg(ps, .05)
		for i := range ps {
			for j := range ps {
				if found[i] && ps[j] <= ps[i] && !found[j] {
					t.Fatalf("p %v is a discovery, %v is none", ps[i], ps[j])
				}
			}
			if !found[i] && ps[i] <= .05/float64(len(ps)) {
				t.Fatalf("less than Bonferroni: %v of %v", ps[i], ps)
			}
		}
	})
}

// Worked by hand: by Simes the families have .01, .032, .6 and nothing; two of three
// are found, so each is looked through at 2/3 of .05.
func TestBenjaminiBogomolov(t *testing.T) {
	t.Parallel()
	families := [][]float64{{.005, .9}, {.5, .008, .04, math.NaN(), .7}, {.6, .9}, {math.NaN()}, nil}
	want := [][]bool{{true, false}, {false, true, false, false, false}, {false, false}, {false}, {}}
	if got := stats.BenjaminiBogomolov(families, .05); !slices.EqualFunc(got, want, slices.Equal[[]bool]) {
		t.Errorf("found %v", got)
	}
	if got := stats.BenjaminiBogomolov(nil, .05); len(got) != 0 {
		t.Errorf("of nothing: %v", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		ps := rapid.SliceOf(rapid.Float64Range(0, .2)).Draw(t, "p")
		alone := make([][]float64, len(ps))
		for i, p := range ps {
			alone[i] = []float64{p}
		}
		for i, found := range stats.BenjaminiHochberg(ps, .05) {
			if got := stats.BenjaminiBogomolov(alone, .05)[i][0]; got != found {
				t.Fatalf("families of one differ from Benjamini & Hochberg at %v", ps[i])
			}
		}
	})
}

func TestMedianRanks(t *testing.T) {
	t.Parallel()
	// Tables of the sign test's interval (Conover 1999): ranks from 1.
	for n, low := range map[int]int{1: 1, 5: 1, 6: 1, 8: 1, 9: 2, 10: 2, 20: 6, 30: 10, 50: 18, 100: 40, 1000: 469, 1001: 469} {
		if l, h := stats.MedianRanks(n); l+1 != low || h != n-1-l {
			t.Errorf("%d values: from %d to %d, want from %d", n, l+1, h+1, low)
		}
	}
}

// Shares against Newcombe 1998, table II, method 10.
func TestDifference(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		k1, n1, k2, n2 int
		low, high      float64
	}{{56, 70, 48, 80, .0524, .3339}, {9, 10, 3, 10, .1705, .8090}, {5, 56, 0, 29, -.0381, .1926}, {10, 10, 0, 10, .6075, 1}} {
		p1, p2 := float64(c.k1)/float64(c.n1), float64(c.k2)/float64(c.n2)
		i := stats.Difference(p2, stats.Wilson(c.k2, c.n2), p1, stats.Wilson(c.k1, c.n1))
		near(t, "low", i.Low, c.low, .00005)
		near(t, "high", i.High, c.high, .00005)
	}
}
