package stats_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/vivencia-cx/vivencia/internal/stats"
)

func momentsOf(values ...float64) (m stats.Moments) {
	for _, v := range values {
		m.Add(v)
	}
	return m
}

// plants is R's PlantGrowth, and sleep R's sleep; oneway.test gives of the one
// F = 5.181 with 2 and 17.128 degrees, p = 0.01739, of the other F = 3.4626 with
// 1 and 17.776, p = 0.07939.
var (
	plants = []stats.Moments{
		momentsOf(4.17, 5.58, 5.18, 6.11, 4.50, 4.61, 5.17, 4.53, 5.33, 5.14),
		momentsOf(4.81, 4.17, 4.41, 3.59, 5.87, 3.83, 6.03, 4.89, 4.32, 4.69),
		momentsOf(6.31, 5.12, 5.54, 5.50, 5.37, 5.29, 4.92, 6.15, 5.80, 5.26),
	}
	sleep = []stats.Moments{
		momentsOf(.7, -1.6, -.2, -1.2, -.1, 3.4, 3.7, .8, 0, 2),
		momentsOf(1.9, .8, 1.1, .1, -.1, 4.4, 5.5, 1.6, 4.6, 3.4),
	}
)

func TestVaryAgainstR(t *testing.T) {
	t.Parallel()
	near := func(what string, got, want float64) {
		t.Helper()
		if !(math.Abs(got-want) < 1e-9) {
			t.Errorf("%s is %v, want %v", what, got, want)
		}
	}
	v := stats.Vary(plants)
	near("F", v.F, 5.180972408113194)
	near("degrees", v.DF2, 17.128418616644137)
	near("p", v.P, .017392821490169935)
	// Of groups of equal size the shares are exact (Shrout & Fleiss 1979, case 1).
	near("share", v.Share, .27777433601515494)
	near("low", v.Interval.Low, .01403822541114343)
	near("high", v.Interval.High, .9500576379003115)
	near("within", v.Within, .38859592592592596)
	v = stats.Vary(sleep)
	near("F of sleep", v.F, 3.462626760780444)
	near("p of sleep", v.P, .07939414018735816)
}

func TestVaryOfLittle(t *testing.T) {
	t.Parallel()
	for _, groups := range [][]stats.Moments{nil, {momentsOf(1, 2)}, {momentsOf(1, 1), momentsOf(2, 2)}} {
		if v := stats.Vary(groups); !math.IsNaN(v.P) || !math.IsNaN(v.Share) {
			t.Errorf("%v: %+v", groups, v)
		}
	}
	// One group that does not vary: Fisher's F, by hand 6 / ½.
	v := stats.Vary([]stats.Moments{momentsOf(1, 1, 1), momentsOf(2, 3, 4)})
	if math.Abs(v.F-12) > 1e-9 || v.DF2 != 4 {
		t.Errorf("%+v", v)
	}
}

// A group's mean moves towards all groups', never past it, the less the more it
// rests on.
func TestShrinkMovesTowardsAll(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var groups []stats.Moments
		for range rapid.IntRange(2, 8).Draw(t, "groups") {
			groups = append(groups, momentsOf(rapid.SliceOfN(rapid.Float64Range(-2, 2), 2, 30).Draw(t, "values")...))
		}
		v := stats.Vary(groups)
		if math.IsNaN(v.P) {
			return
		}
		if v.Share < v.Interval.Low || v.Share > v.Interval.High || v.Interval.Low < 0 || v.Interval.High > 1 || v.P < 0 || v.P > 1 {
			t.Fatalf("%+v", v)
		}
		for _, g := range groups {
			own := g.Sum / float64(g.N)
			value, i := v.Shrink(g)
			if (value-v.Mean)*(value-own) > 1e-9 || i.Low > value || i.High < value {
				t.Fatalf("%v of %v is shrunk to %v, %v", own, v.Mean, value, i)
			}
			more := stats.Moments{N: 4 * g.N, Sum: 4 * g.Sum, Squares: 4 * g.Squares}
			if after, _ := v.Shrink(more); math.Abs(after-own) > math.Abs(value-own)+1e-12 {
				t.Fatalf("four times as many move more: %v, %v", after, value)
			}
		}
	})
}

func TestMeanTestAgainstR(t *testing.T) {
	t.Parallel()
	// t.test(sleep$extra): t = 3.413, df = 19, p = 0.002918.
	all := sleep[0]
	all.Join(sleep[1])
	if m := stats.MeanTest(all.Sample()); math.Abs(m.Statistic-3.413) > 5e-4 || m.DF != 19 || math.Abs(m.P-.002918) > 5e-7 {
		t.Errorf("%+v", m)
	}
	if m := stats.MeanTest(momentsOf(0, 0).Sample()); m.P != 1 {
		t.Errorf("of nothing: %+v", m)
	}
}
