package causal_test

import (
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/stats"
	"github.com/vivencia-cx/vivencia/internal/stats/causal"
)

func near(t testing.TB, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s = %v, want %v", what, got, want)
	}
}

// table reads columns of one of the public files.
func table(t testing.TB, dir, file string, columns ...string) [][]string {
	t.Helper()
	f, err := os.Open(filepath.Join(cxtest.Data(t, dir), file))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out [][]string
	for _, row := range rows[1:] {
		var cells []string
		for _, c := range columns {
			cells = append(cells, row[slices.Index(rows[0], c)])
		}
		out = append(out, cells)
	}
	return out
}

func number(t testing.TB, s string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// panel turns rows of unit, time and outcome into a row a unit, in their order.
func panel(t testing.TB, rows [][]string) (units []string, times []float64, y [][]float64) {
	at := map[string]int{}
	for _, row := range rows {
		u, known := at[row[0]]
		if !known {
			u = len(units)
			at[row[0]] = u
			units, y = append(units, row[0]), append(y, nil)
		}
		if u == 0 {
			times = append(times, number(t, row[1]))
		}
		y[u] = append(y[u], number(t, row[2]))
	}
	return units, times, y
}

// The oracle of the methods' chapter 6: 90,189 players, of whom some retired after a
// gate at level 30, others after one at 40.
func TestCookieCats(t *testing.T) {
	t.Parallel()
	var n [2]int
	var day1, day7 [2]int
	for _, row := range table(t, "cookie_cats", "cookie_cats.csv", "version", "retention_1", "retention_7") {
		arm := 0
		if row[0] == "gate_40" {
			arm = 1
		}
		n[arm]++
		if row[1] == "TRUE" {
			day1[arm]++
		}
		if row[2] == "TRUE" {
			day7[arm]++
		}
	}
	if n != [2]int{44_700, 45_489} || day7 != [2]int{8_502, 8_279} {
		t.Fatal(n, day7)
	}
	e := causal.Proportions(day7[0], n[0], day7[1], n[1])
	near(t, "day 7", 100*e.Value, -.820, 5e-4)
	near(t, "its low", 100*e.Low, -1.328, 5e-4)
	near(t, "its high", 100*e.High, -.312, 5e-4)
	near(t, "its p", e.P, .001554, 5e-7)
	near(t, "p of day 1", causal.Proportions(day1[0], n[0], day1[1], n[1]).P, .0744, 5e-5)
	p := causal.SampleRatio(n[:], []float64{.5, .5})
	near(t, "p of the sample ratio", p, .00861, 5e-6)
	if p >= causal.MismatchBelow {
		t.Error("the sample ratio is not flagged")
	}
}

func smoking(t testing.TB) (y [][]float64, treated []bool, from int) {
	units, times, y := panel(t, table(t, "causal", "smoking.csv", "state", "year", "cigsale"))
	treated = make([]bool, len(units))
	treated[slices.Index(units, "3")] = true
	return y, treated, slices.Index(times, 1989)
}

// The oracle of Proposition 99: what California's tax did to packs of cigarettes.
func TestProposition99(t *testing.T) {
	t.Parallel()
	y, treated, from := smoking(t)
	d := causal.Differences(y, treated, from)
	near(t, "difference in differences", d.Value, -27.349, 5e-4)
	s := causal.SyntheticControl(y, treated, from, nil)
	t.Logf("differences %+v\nsynthetic control %+v, fit %v", d, s.Effect, s.Fit)
	near(t, "synthetic control", s.Value, -19.62, .005)
	near(t, "placebo p", s.P, 1./39, 1e-12)
	mixtureOf(t, s.Weights, map[int]float64{33: .396, 18: .232, 20: .204, 4: .105, 21: .045}, 6e-4) // Utah, Montana, Nevada, Connecticut, New Hampshire
	if !s.Clear() {
		t.Errorf("the interval is %v to %v", s.Low, s.High)
	}
	// With the predictors of Abadie, Diamond & Hainmueller (2010): their table 2.
	like := make([][]float64, len(y))
	for c, of := range []struct {
		column   string
		from, to float64
	}{
		{"lnincome", 1980, 1988},
		{"age15to24", 1980, 1988},
		{"retprice", 1980, 1988},
		{"beer", 1984, 1988},
		{"cigsale", 1988, 1988},
		{"cigsale", 1980, 1980},
		{"cigsale", 1975, 1975},
	} {
		var n float64
		for _, row := range table(t, "causal", "smoking.csv", "state", "year", of.column) {
			u := int(number(t, row[0])) - 1
			if c == len(like[u]) {
				like[u], n = append(like[u], 0), 0
			}
			if year := number(t, row[1]); year >= of.from && year <= of.to {
				n++
				like[u][c] += (number(t, row[2]) - like[u][c]) / n
			}
		}
	}
	s = causal.SyntheticControl(y, treated, from, like)
	t.Logf("with predictors %+v, fit %v", s.Effect, s.Fit)
	mixtureOf(t, s.Weights, map[int]float64{33: .334, 20: .234, 18: .199, 3: .164, 4: .069}, .03) // Utah, Nevada, Montana, Colorado, Connecticut
	near(t, "placebo p", s.P, 1./39, 1e-12)
}

// mixtureOf holds weights against those of a publication; no other is above a twentieth.
func mixtureOf(t *testing.T, weights []float64, want map[int]float64, tolerance float64) {
	t.Helper()
	sum := 0.0
	for u, w := range weights {
		sum += w
		if want, ok := want[u]; ok {
			near(t, "weight of "+strconv.Itoa(u), w, want, tolerance)
		} else if w < 0 || w > .05 {
			t.Errorf("unit %d weighs %v", u, w)
		}
	}
	near(t, "all weights", sum, 1, 1e-9)
}

func mpdta(t testing.TB) (y [][]float64, first []int) {
	rows := table(t, "reference", "mpdta.csv", "countyreal", "year", "lemp", "first.treat")
	slices.SortStableFunc(rows, func(a, b []string) int {
		if a[0] != b[0] {
			return int(number(t, a[0]) - number(t, b[0]))
		}
		return int(number(t, a[1]) - number(t, b[1]))
	})
	units, times, y := panel(t, rows)
	first = make([]int, len(units))
	for u := range units {
		first[u] = slices.Index(times, number(t, rows[u*len(times)][3]))
	}
	return y, first
}

// The oracle of Callaway & Sant'Anna: minimum wages and teenagers' work in 500
// counties. Their standard errors are told in the package did: .0233, .0310 … of the
// cells, .0117 of Simple, .0125 of Group, all by a bootstrap with noise of its own.
func TestMinimumWages(t *testing.T) {
	t.Parallel()
	y, first := mpdta(t)
	s := causal.Staggered(y, first, causal.RollOut{Rounds: 999, Seed: 1})
	cells := map[[2]int]float64{
		{1, 1}: -.0105, {1, 2}: -.0704, {1, 3}: -.1373, {1, 4}: -.1008,
		{3, 3}: -.0046, {3, 4}: -.0412, {4, 4}: -.0261,
	}
	for _, c := range s.Cells {
		if want, ok := cells[[2]int{c.First, c.Time}]; ok {
			near(t, "cell", c.Value, want, 5e-5)
			delete(cells, [2]int{c.First, c.Time})
		} else if c.Time >= c.First {
			t.Errorf("unknown cell %+v", c)
		}
		if !(c.Band.Low < c.Low && c.High < c.Band.High) {
			t.Errorf("the band %v is no wider than the interval of %+v", c.Band, c.Effect)
		}
	}
	if len(cells) > 0 || s.Permuted {
		t.Error(cells, s.Permuted)
	}
	near(t, "simple", s.Simple.Value, -.039951, 5e-7)
	near(t, "group", s.Group.Value, -.031018, 5e-7)
	near(t, "standard error of simple", s.Simple.SE, .0117, .0010)
	near(t, "standard error of group", s.Group.SE, .0125, .0010)
	for _, step := range s.Steps {
		if step.Since >= 0 {
			near(t, "step", step.Value, []float64{-.0199, -.0510, -.1373, -.1008}[step.Since], 5e-5)
		}
	}
	t.Logf("simple %+v, group %+v", s.Simple, s.Group)
	// With counties that are not treated yet among the controls it is nearly the same.
	if n := causal.Staggered(y, first, causal.RollOut{NotYet: true}); math.Abs(n.Simple.Value-s.Simple.Value) > .002 || n.Simple.Value == s.Simple.Value {
		t.Error(n.Simple)
	}
}

// CUPED's identity: what is left of the variance is 1 − ρ².
func TestCUPED(t *testing.T) {
	t.Parallel()
	y, _ := mpdta(t)
	var all causal.Pair
	var xs, ys []float64
	for _, row := range y {
		all.Add(row[4], row[0])
		xs, ys = append(xs, row[0]), append(ys, row[4])
	}
	a := causal.CUPED(all, causal.Pair{})
	near(t, "θ", a.Theta, 1.00428, 5e-6)
	near(t, "ratio", a.Ratio, .0272449, 5e-8)
	var left causal.Pair
	for i, v := range ys {
		left.Add(v-a.Theta*(xs[i]-all.X), 0)
	}
	near(t, "variance left", left.Sample().Variance/all.Sample().Variance, a.Ratio, 1e-12)
	near(t, "its sample", a.Control.Variance, left.Sample().Variance, 1e-12)
	near(t, "its mean", a.Control.Mean, all.Y, 1e-12)
	if same := causal.CUPED(causal.Pair{}, all); !math.IsNaN(same.Control.Mean) || same.Theta != a.Theta {
		t.Errorf("%+v", same)
	}
	none := causal.CUPED(causal.Pair{N: 2, Y: 1, YY: 2}, causal.Pair{N: 2, Y: 2, YY: 2})
	if none != (causal.Adjusted{Theta: 0, Ratio: 1, Control: stats.Sample{N: 2, Mean: 1, Variance: 2}, Treated: stats.Sample{N: 2, Mean: 2, Variance: 2}}) {
		t.Errorf("%+v", none)
	}
	// Arms that differ in the covariate, and in what goes with it only, do not differ.
	var low, high causal.Pair
	for i := range 20 {
		x := float64(i)
		low.Add(2*x, x)
		high.Add(2*(x+3), x+3)
	}
	level := causal.CUPED(low, high)
	near(t, "what is left", level.Treated.Mean-level.Control.Mean, 0, 1e-12)
}
