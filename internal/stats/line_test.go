package stats_test

import (
	"math"
	"strconv"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/stats"
)

// R's lm(Fertility ~ ., swiss): the slopes and their standard errors.
func TestLeastSquaresOfSwiss(t *testing.T) {
	t.Parallel()
	header, rows := reference(t, "swiss.csv")
	var outcome []float64
	var columns [][]float64
	for c, name := range header[1:] {
		values := make([]float64, len(rows))
		for i, row := range rows {
			v, err := strconv.ParseFloat(row[c+1], 64)
			if err != nil {
				t.Fatal(err)
			}
			values[i] = v
		}
		if name == "Fertility" {
			outcome = values
		} else {
			columns = append(columns, values)
		}
	}
	fit, ok := stats.LeastSquares(outcome, columns...)
	if !ok || fit.N != 47 || math.Abs(fit.Intercept-66.91518) > 5e-6 || math.Abs(fit.R2-.706735) > 5e-7 {
		t.Fatalf("%+v", fit)
	}
	for i, want := range []struct{ slope, se, p float64 }{
		{-.17211, .07030, .01873}, {-.25801, .25388, .31546}, {-.87094, .18303, 2.43e-5}, {.10412, .03526, .00519}, {1.07705, .38172, .00734},
	} {
		got := fit.Slopes[i]
		se := (got.High - got.Low) / 2 / 2.019541
		if math.Abs(got.Value-want.slope) > 5e-6 || math.Abs(se-want.se) > 6e-6 || math.Abs(got.P-want.p) > 6e-6 {
			t.Errorf("variable %d: %+v with standard error %.5f, want %+v", i, got, se, want)
		}
	}
}

func TestLeastSquaresThatCannotBe(t *testing.T) {
	t.Parallel()
	nan := math.NaN()
	for name, c := range map[string][][]float64{
		"too few":        {{1, 2, 3}, {1, 2, 4}},
		"the same":       {{1, 2, 3, 4, 5}, {1, 2, 3, 5, 4}, {2, 4, 6, 10, 8}},
		"constant":       {{1, 2, 3, 4, 5}, {1, 1, 1, 1, 1}},
		"missing":        {{1, nan, 3, nan, 5}, {1, 2, 3, 5, nan}},
		"nothing varies": {{1, 1, 1, 1, 1}, {1, 2, 3, 5, 4}},
	} {
		if fit, ok := stats.LeastSquares(c[0], c[1:]...); ok {
			t.Errorf("%s: %+v", name, fit)
		}
	}
}
