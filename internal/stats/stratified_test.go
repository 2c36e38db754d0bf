package stats_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/vivencia-cx/vivencia/internal/stats"
)

// Against all 1,000 deals listed, and SciPy's Pearson curve of type III.
func TestStratified(t *testing.T) {
	t.Parallel()
	y := []float64{1, 2, 4, 3, 5, 9, 2, 2, 7, 8, 6, 5, 1, 0, 3}
	stratum := []int{0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2}
	with := []int{0, 1, 0, 1, 1, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1}
	strata := make([]stats.Stratum, 4)
	for i, v := range y {
		add(&strata[stratum[i]], with[i] == 1, v)
	}
	strata[3].With.Add(100) // with nothing to compare with
	c := stats.Stratified(strata)
	near(t, "difference", c.Delta, .75, 1e-12)
	near(t, "statistic", c.Statistic, 0.5388159060803247, 1e-12)
	near(t, "p", c.P, 0.5969292663039723, 1e-9)
	if c.With != 7 || c.Without != 8 {
		t.Errorf("compares %d with %d", c.With, c.Without)
	}
	if none := stats.Stratified(strata[3:]); !math.IsNaN(none.P) || !math.IsNaN(none.Low) {
		t.Errorf("nothing to compare with gives %+v", none)
	}
	alike := stats.Stratum{}
	for i := range 30 {
		add(&alike, i < 10, .1)
	}
	if same := stats.Stratified([]stats.Stratum{alike}); same.P != 1 || same.High-same.Low > 1e-12 {
		t.Errorf("where nothing varies: %+v", same)
	}
}

func add(s *stats.Stratum, with bool, v float64) {
	if with {
		s.With.Add(v)
	} else {
		s.Without.Add(v)
	}
}

// Against SciPy: four of eighteen values with a long tail, the greatest and the least.
func TestStratifiedOfALongTail(t *testing.T) {
	t.Parallel()
	values := []float64{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 9, 20, 60}
	for _, way := range []float64{1, -1} {
		for first, p := range map[int]float64{14: 0.028369463418361468, 0: 0.4307617005312725} {
			var s stats.Stratum
			for i, v := range values {
				add(&s, first <= i && i < first+4, way*v)
			}
			near(t, "p", stats.Stratified([]stats.Stratum{s}).P, p, 1e-9)
		}
	}
}

// Who was admitted to Berkeley's six largest departments (Bickel et al. 1975), men
// and women: the test of Cochran, Mantel and Haenszel as R and statsmodels have it.
func TestStratifiedSharesAreMantelHaenszels(t *testing.T) {
	t.Parallel()
	var strata []stats.Stratum
	for _, d := range [][4]int{{512, 313, 89, 19}, {353, 207, 17, 8}, {120, 205, 202, 391}, {138, 279, 131, 244}, {53, 138, 94, 299}, {22, 351, 24, 317}} {
		var s stats.Stratum
		for i, n := range d {
			for range n {
				add(&s, i < 2, float64(1-i%2))
			}
		}
		strata = append(strata, s)
	}
	c := stats.Stratified(strata)
	near(t, "χ²", c.Statistic*c.Statistic, 1.5246066604434356, 1e-9)
	near(t, "p", c.P, .21692, .001)
}

// Observations moved by an end of the interval differ by as much as is just refuted.
func TestStratifiedIntervalIsOfShiftsThatAreNotRefuted(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(-10, 10), 6, 12)
		sets := rapid.SliceOfN(values, 4, 8).Draw(t, "strata")
		moved := func(by float64) stats.Contrast {
			strata := make([]stats.Stratum, len(sets))
			for i, set := range sets {
				for k, v := range set {
					if k%3 == 0 {
						v -= by
					}
					add(&strata[i], k%3 == 0, v)
				}
			}
			return stats.Stratified(strata)
		}
		c := moved(0)
		for _, end := range []float64{c.Low, c.High} {
			if s := moved(end).Statistic; c.High-c.Low > 1e-6 && math.Abs(math.Abs(s)-1.959963984540054) > 1e-5 {
				t.Fatalf("moved by %v of %v..%v: %v", end, c.Low, c.High, s)
			}
		}
	})
}

// Kinds that differ in nothing are told apart by a figure of a long tail, and by a
// rare success, hardly more often than p says, however few have it.
func TestStratifiedHoldsItsSize(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 4))
	figures := []struct {
		name string
		draw func() float64
	}{
		{"money", func() float64 {
			if r.Float64() < .8 {
				return 0
			}
			return math.Exp(8 + .6*r.NormFloat64())
		}},
		{"return", func() float64 { return math.Floor(r.Float64() + .15) }},
		{"felt", func() float64 { return math.Min(1, r.NormFloat64()) }},
	}
	for _, figure := range figures {
		for _, with := range []int{12, 30, 60} {
			const tries, each = 1500, 40
			often, seldom, outside := 0, 0, 0
			for range tries {
				strata := make([]stats.Stratum, 10)
				for i := range strata {
					level := float64(i) * .01
					for k := range each {
						add(&strata[i], k*len(strata)+i < with, level+figure.draw())
					}
				}
				c := stats.Stratified(strata)
				if c.P < .05 {
					often++
				}
				if c.P < .005 {
					seldom++
				}
				if c.Low > 0 || c.High < 0 {
					outside++
				}
			}
			if often > tries*65/1000 || seldom > tries*12/1000 || outside > tries*75/1000 {
				t.Errorf("%s of %d: p < .05 in %d, p < .005 in %d, 0 outside the interval in %d of %d", figure.name, with, often, seldom, outside, tries)
			}
		}
	}
}

// Where the groups differ and what is studied is unevenly spread over them, the
// plain difference is wrong and the stratified one is not.
func TestStratifiedHoldsTheRestAlike(t *testing.T) {
	t.Parallel()
	strata := make([]stats.Stratum, 2)
	for i := range 1000 {
		noise := float64(i%7) - 3
		if i%10 == 0 {
			strata[0].With.Add(noise)
		} else {
			strata[0].Without.Add(noise)
		}
		if i%10 != 0 {
			strata[1].With.Add(10 + noise)
		} else {
			strata[1].Without.Add(10 + noise)
		}
	}
	c := stats.Stratified(strata)
	if c.Low > 0 || c.High < 0 || math.Abs(c.Delta) > .3 {
		t.Errorf("a difference of %v, %v..%v", c.Delta, c.Low, c.High)
	}
}
