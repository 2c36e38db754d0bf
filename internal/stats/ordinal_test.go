package stats_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/stats"
)

// The oracle of the methods' chapter 3: MASS's polr(Sat ~ Infl + Type + Cont,
// weights = Freq, data = housing).
func TestProportionalOddsOfHousing(t *testing.T) {
	t.Parallel()
	_, rows := reference(t, "housing.csv")
	columns := []struct {
		of     int
		value  string
		weight float64
	}{{1, "Medium", .566}, {1, "High", 1.289}, {2, "Apartment", -.572}, {2, "Atrium", -.366}, {2, "Terrace", -1.091}, {3, "High", .360}}
	var x [][]float64
	var y []int
	var count []float64
	for _, row := range rows {
		values := make([]float64, len(columns))
		for c, column := range columns {
			if row[column.of] == column.value {
				values[c] = 1
			}
		}
		n, err := strconv.ParseFloat(row[4], 64)
		if err != nil {
			t.Fatal(err)
		}
		x, y, count = append(x, values), append(y, slices.Index([]string{"Low", "Medium", "High"}, row[0])), append(count, n)
	}
	o := stats.ProportionalOdds(x, y, 3, count)
	for c, column := range columns {
		near(t, column.value, o.Weights[c], column.weight, .0005)
	}
	near(t, "first cut", o.Cuts[0], -.496, .0005)
	near(t, "second cut", o.Cuts[1], .691, .0005)
	near(t, "deviance", o.Deviance, 3479.15, .005)
	near(t, "error of Medium", o.Errors[0], .1047, .00005) // summary(polr): 0.10465
}

// With two levels it is the logistic regression.
func TestProportionalOddsFindsItsWeights(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 6))
	want := []float64{.8, -1.2}
	var rows [][]float64
	var levels []int
	for range 20_000 {
		row := []float64{r.NormFloat64(), 10 + r.NormFloat64()}
		u := r.Float64()
		latent := want[0]*row[0] + want[1]*(row[1]-10) + math.Log(u/(1-u))
		level := 0
		for _, cut := range []float64{-1, 0, 2} {
			if latent > cut {
				level++
			}
		}
		rows, levels = append(rows, row), append(levels, level)
	}
	o := stats.ProportionalOdds(rows, levels, 4, nil)
	for i := range want {
		if math.Abs(o.Weights[i]-want[i]) > 4*o.Errors[i] || o.Errors[i] > .05 {
			t.Errorf("weight %d is %v ± %v, want %v", i, o.Weights[i], o.Errors[i], want[i])
		}
	}
	for _, c := range []struct {
		name   string
		rows   [][]float64
		levels []int
		of     int
	}{
		{"nothing", nil, nil, 3},
		{"a level never seen", [][]float64{{1}, {2}, {1}}, []int{0, 0, 2}, 3},
		{"a column that does not vary", [][]float64{{1}, {1}, {1}}, []int{0, 1, 0}, 2},
		{"a column that tells all", [][]float64{{1}, {2}, {3}, {4}}, []int{0, 0, 1, 1}, 2},
	} {
		if o := stats.ProportionalOdds(c.rows, c.levels, c.of, nil); !math.IsNaN(o.Deviance) {
			t.Errorf("%s: %+v", c.name, o)
		}
	}
}
