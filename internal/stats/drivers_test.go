package stats_test

import (
	"encoding/csv"
	"math"
	"math/bits"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/stats"
)

// reference reads one of R's data sets: its header and its rows.
func reference(t testing.TB, name string) (header []string, rows [][]string) {
	t.Helper()
	f, err := os.Open(filepath.Join(cxtest.Data(t, "reference"), name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return all[0], all[1:]
}

func swiss(t testing.TB) (outcome []float64, drivers []stats.Driver) {
	header, rows := reference(t, "swiss.csv")
	for c := 1; c < len(header); c++ {
		values := make([]float64, len(rows))
		for i, row := range rows {
			v, err := strconv.ParseFloat(row[c], 64)
			if err != nil {
				t.Fatal(err)
			}
			values[i] = v
		}
		if header[c] == "Fertility" {
			outcome = values
		} else {
			drivers = append(drivers, stats.Number(header[c], values))
		}
	}
	return outcome, drivers
}

// The oracles of the methods' chapter 3, as relaimpo tells them.
func TestSharesOfSwiss(t *testing.T) {
	t.Parallel()
	d := stats.NewDesign(swiss(t))
	lmg, johnson := d.Shares(), d.Johnson()
	near(t, "R² of LMG", lmg.R2, .706735, 1e-6)
	near(t, "R² of Johnson", johnson.R2, .706735, 1e-6)
	for i, want := range []struct{ lmg, johnson float64 }{
		{.057091, .048417}, {.171173, .154708}, {.260135, .271964}, {.105570, .114680}, {.112766, .116966},
	} {
		near(t, "LMG", lmg.Share[i], want.lmg, 1e-6)
		near(t, "Johnson", johnson.Share[i], want.johnson, 1e-6)
	}
	w := d.Bootstrap(500, 1)
	for i, share := range w.Share {
		if w.Range[i].Low > share || w.Range[i].High < share {
			t.Errorf("driver %d: %v is not in %v", i, share, w.Range[i])
		}
	}
	// lm(Fertility ~ ., swiss): adjusted R² .671, Examination -.25801 p .31546,
	// Education -.87094 p 2.43e-05, Infant.Mortality 1.07705 p .00734.
	near(t, "adjusted R²", w.Adjusted, .671, 5e-4)
	near(t, "p of Examination", w.P[1], .31546, 5e-6)
	near(t, "p of Education", w.P[2], 2.43e-5, 5e-8)
	near(t, "p of Infant.Mortality", w.P[4], .00734, 5e-6)
	near(t, "effect of Education", w.Effects[2][0].Value, -.87094, 5e-6)
	near(t, "mean of Education", w.Effects[2][0].Mean, 10.979, 5e-4)
	if w.Leading[2] < .9 || w.Leading[0] > .2 {
		t.Errorf("leading: %v", w.Leading)
	}
}

// r2 is R² by the normal equations' pseudo-inverse: another way to the same.
func r2(outcome []float64, columns [][]float64) float64 {
	n := len(outcome)
	x := mat.NewDense(n, len(columns)+1, nil)
	for i := range n {
		x.Set(i, 0, 1)
		for c := range columns {
			x.Set(i, c+1, columns[c][i])
		}
	}
	var svd mat.SVD
	svd.Factorize(x, mat.SVDThin)
	var b mat.Dense
	svd.SolveTo(&b, mat.NewDense(n, 1, outcome), svd.Rank(1e-9))
	mean := 0.0
	for _, y := range outcome {
		mean += y / float64(n)
	}
	var fitted mat.Dense
	fitted.Mul(x, &b)
	var rest, whole float64
	for i, y := range outcome {
		rest += (y - fitted.At(i, 0)) * (y - fitted.At(i, 0))
		whole += (y - mean) * (y - mean)
	}
	if whole < 1e-12 {
		return 0
	}
	return 1 - rest/whole
}

// overOrders is LMG's definition: the mean over all orders.
func overOrders(outcome []float64, drivers []stats.Driver) []float64 {
	of := make([]float64, 1<<len(drivers))
	for set := range of {
		var columns [][]float64
		for i, d := range drivers {
			if set&(1<<i) != 0 {
				columns = append(columns, d.Columns...)
			}
		}
		of[set] = r2(outcome, columns)
	}
	share, orders := make([]float64, len(drivers)), 0.0
	var walk func(set int)
	added := make([]float64, len(drivers))
	walk = func(set int) {
		if bits.OnesCount(uint(set)) == len(drivers) {
			orders++
			for i, v := range added {
				share[i] += v
			}
			return
		}
		for i := range drivers {
			if bit := 1 << i; set&bit == 0 {
				added[i] = of[set|bit] - of[set]
				walk(set | bit)
			}
		}
	}
	walk(0)
	for i := range share {
		share[i] /= orders
	}
	return share
}

// drawn draws an outcome and up to six drivers: numbers, categories, columns that
// repeat or do not vary.
func drawn(t *rapid.T) (outcome []float64, drivers []stats.Driver) {
	n := rapid.IntRange(2, 30).Draw(t, "rows")
	r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
	column := func() []float64 {
		v := make([]float64, n)
		for i := range v {
			v[i] = math.Round(r.NormFloat64() * 2)
		}
		return v
	}
	outcome = column()
	for range rapid.IntRange(0, 6).Draw(t, "drivers") {
		var d stats.Driver
		switch rapid.IntRange(0, 4).Draw(t, "kind") {
		case 0:
			d = stats.Number("constant", make([]float64, n))
		case 1:
			if len(drivers) > 0 && len(drivers[0].Columns) > 0 {
				d = stats.Number("again", drivers[0].Columns[0])
				break
			}
			fallthrough
		case 2:
			texts := make([]string, n)
			for i := range texts {
				texts[i] = string(rune('a' + r.IntN(4)))
			}
			d = stats.Category("text", texts)
		default:
			d = stats.Number("number", column())
			for i := range d.Columns[0] {
				d.Columns[0][i] += outcome[i] * r.Float64()
			}
		}
		drivers = append(drivers, d)
	}
	return outcome, drivers
}

func TestLMGIsTheMeanOverAllOrders(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		outcome, drivers := drawn(t)
		got, want := stats.NewDesign(outcome, drivers).Shares(), overOrders(outcome, drivers)
		for i := range want {
			if math.Abs(got.Share[i]-want[i]) > 1e-7 {
				t.Fatalf("driver %d has %v, over all orders %v", i, got.Share[i], want[i])
			}
		}
	})
}

// Of whatever data, shares are numbers, none below 0; they add up to R², which both
// methods find alike, and do not depend on the order of drivers.
func TestSharesAddUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		outcome, drivers := drawn(t)
		order := rapid.Permutation(slices.Collect(func(yield func(int) bool) {
			for i := range drivers {
				if !yield(i) {
					return
				}
			}
		})).Draw(t, "order")
		moved := make([]stats.Driver, len(drivers))
		for i, from := range order {
			moved[i] = drivers[from]
		}
		d, e := stats.NewDesign(outcome, drivers), stats.NewDesign(outcome, moved)
		for _, pair := range [][2]stats.Shares{{d.Shares(), e.Shares()}, {d.Johnson(), e.Johnson()}} {
			sum := 0.0
			for i, share := range pair[0].Share {
				if !(share >= 0) {
					t.Fatalf("%s: a share is %v", pair[0].Method, share)
				}
				sum += share
				if at := slices.Index(order, i); math.Abs(pair[1].Share[at]-share) > 1e-6 {
					t.Fatalf("%s: in another order %v is %v", pair[0].Method, share, pair[1].Share[at])
				}
			}
			if math.Abs(sum-pair[0].R2) > 1e-7 || pair[0].R2 > 1+1e-9 {
				t.Fatalf("%s: they add up to %v, R² is %v", pair[0].Method, sum, pair[0].R2)
			}
		}
		if a, b := d.Shares().R2, d.Johnson().R2; math.Abs(a-b) > 1e-6 {
			t.Fatalf("R² is %v and %v", a, b)
		}
		w := d.Bootstrap(20, 1)
		for i := range drivers {
			if math.IsNaN(w.Range[i].Low) || math.IsNaN(w.Leading[i]) || w.Range[i].Low < 0 || w.Range[i].High > 1+1e-9 {
				t.Fatalf("%+v", w)
			}
		}
	})
}

func TestDesignLeavesOutWhatIsMissing(t *testing.T) {
	t.Parallel()
	nan := math.NaN()
	d := stats.NewDesign([]float64{1, nan, 3, 4, 5}, []stats.Driver{
		stats.Number("a", []float64{1, 2, nan, 4, 5}), stats.Category("b", []string{"x", "", "", "y", "x"}),
	})
	if d.N != 3 || d.Missing != 2 || !slices.Equal(d.Lacking, []int{1, 1}) {
		t.Errorf("%+v", d)
	}
	near(t, "R²", d.Shares().R2, 1, 1e-9)
	none := stats.NewDesign([]float64{nan}, []stats.Driver{stats.Number("a", []float64{1})})
	if w := none.Bootstrap(10, 1); w.R2 != 0 || w.Share[0] != 0 || !math.IsNaN(w.P[0]) {
		t.Errorf("of nothing: %+v", w)
	}
	c := stats.Category("c", []string{"b", "a", "b", "", "c"})
	if !slices.Equal(c.Levels, []string{"a", "c"}) || !math.IsNaN(c.Columns[0][3]) || c.Columns[1][4] != 1 {
		t.Errorf("%+v", c)
	}
}

// rated draws n answers on 1 to 5 to so many questions, that go with an outcome by
// their weights.
func rated(r *rand.Rand, n int, weights []float64) (outcome []float64, drivers []stats.Driver) {
	outcome = make([]float64, n)
	columns := make([][]float64, len(weights))
	for c := range columns {
		columns[c] = make([]float64, n)
	}
	for i := range n {
		common := r.NormFloat64()
		outcome[i] = r.NormFloat64()
		for c, w := range weights {
			v := math.Min(5, math.Max(1, math.Round(3+.6*common+r.NormFloat64())))
			columns[c][i] = v
			outcome[i] += w * v
		}
	}
	for c, column := range columns {
		drivers = append(drivers, stats.Number(strconv.Itoa(c), column))
	}
	return outcome, drivers
}

// The interval holds what the whole population has about as often as it says, with
// rows drawn and with groups of rows drawn.
func TestBootstrapCoversTheShares(t *testing.T) {
	t.Parallel()
	weights := []float64{.5, .3, .1}
	outcome, drivers := rated(rand.New(rand.NewPCG(1, 1)), 400_000, weights)
	truth := stats.NewDesign(outcome, drivers).Shares()
	for _, n := range []int{300, 2600} {
		held, all := 0, 0
		for round := range 60 {
			outcome, drivers := rated(rand.New(rand.NewPCG(uint64(round), 7)), n, weights)
			w := stats.NewDesign(outcome, drivers).Bootstrap(200, uint64(round))
			for i, share := range truth.Share {
				all++
				if w.Range[i].Low <= share && share <= w.Range[i].High {
					held++
				}
			}
		}
		t.Logf("%d rows: %d of %d", n, held, all)
		if held < all*88/100 {
			t.Errorf("%d rows: %d of %d intervals hold the share", n, held, all)
		}
	}
}

// Ten thousand rows of fifteen drivers with 500 bootstrap samples take seconds.
func BenchmarkBootstrap(b *testing.B) {
	weights := make([]float64, 15)
	for i := range weights {
		weights[i] = float64(i) / 20
	}
	outcome, drivers := rated(rand.New(rand.NewPCG(1, 2)), 10_000, weights)
	for b.Loop() {
		start := time.Now()
		stats.NewDesign(outcome, drivers).Bootstrap(500, 1)
		b.ReportMetric(time.Since(start).Seconds(), "s/analysis")
	}
}
