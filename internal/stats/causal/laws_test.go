package causal_test

import (
	"fmt"
	"math"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/vivencia-cx/vivencia/internal/stats"
	"github.com/vivencia-cx/vivencia/internal/stats/causal"
)

// Units are dealt by the shares: of 40,000, χ² over the arms and over pairs of salts.
func TestUnitsAreDealtByTheirShares(t *testing.T) {
	t.Parallel()
	arms := []causal.Arm{{Name: "control", Share: 2}, {Name: "a", Share: 1}, {Name: "b", Share: 1}, {Name: "nobody"}}
	counts, both := make([]int, 4), make([]int, 9)
	place := map[string]int{"control": 0, "a": 1, "b": 2, "nobody": 3}
	for i := range 40_000 {
		one := place[causal.Assign("one", strconv.Itoa(i), arms)]
		other := place[causal.Assign("other", strconv.Itoa(i), arms)]
		counts[one]++
		both[3*one+other]++
	}
	if p := causal.SampleRatio(counts, []float64{2, 1, 1, 0}); p < .001 {
		t.Errorf("%v: p %v", counts, p)
	}
	if p := causal.SampleRatio(both, []float64{4, 2, 2, 2, 1, 1, 2, 1, 1}); p < .001 {
		t.Errorf("two salts are not independent: %v, p %v", both, p)
	}
	if got := causal.Assign("one", "a", arms[3:]); got != "" {
		t.Errorf("nobody may be dealt, and %q was", got)
	}
}

// Who was dealt stays, in whatever order the arms come; a share that grows takes
// units from the others, and gives none.
func TestDealingIsSticky(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		salt := rapid.String().Draw(t, "salt")
		var arms []causal.Arm
		for i, share := range rapid.SliceOfN(rapid.Float64Range(.01, 10), 2, 5).Draw(t, "shares") {
			arms = append(arms, causal.Arm{Name: fmt.Sprint("arm ", i), Share: share})
		}
		grown := append([]causal.Arm(nil), arms...)
		which := rapid.IntRange(0, len(arms)-1).Draw(t, "grows")
		grown[which].Share *= rapid.Float64Range(1, 5).Draw(t, "times")
		turned := rapid.Permutation(arms).Draw(t, "turned")
		for i := range 50 {
			unit := strconv.Itoa(i)
			before, after := causal.Assign(salt, unit, arms), causal.Assign(salt, unit, grown)
			if after != before && after != arms[which].Name {
				t.Fatalf("%s went from %s to %s while %s grew", unit, before, after, arms[which].Name)
			}
			if again := causal.Assign(salt, unit, turned); again != before {
				t.Fatalf("%s is in %s, and in %s by another order", unit, before, again)
			}
		}
	})
}

// Moments of parts, joined, are those of the whole.
func TestPairsJoin(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var whole causal.Pair
		var parts [3]causal.Pair
		for _, v := range rapid.SliceOf(rapid.Float64Range(-1e6, 1e6)).Draw(t, "values") {
			x := rapid.Float64Range(-1, 1).Draw(t, "x")
			whole.Add(v, x)
			parts[rapid.IntRange(0, 2).Draw(t, "part")].Add(v, x)
		}
		var joined causal.Pair
		for _, p := range parts {
			joined.Join(p)
		}
		for _, c := range [][2]float64{{joined.Y, whole.Y}, {joined.X, whole.X}, {joined.YY, whole.YY}, {joined.XY, whole.XY}, {joined.XX, whole.XX}} {
			if math.Abs(c[0]-c[1]) > 1e-9*(1+math.Abs(whole.YY)) {
				t.Fatalf("%+v, want %+v", joined, whole)
			}
		}
		if joined.N != whole.N {
			t.Fatal(joined.N, whole.N)
		}
	})
}

func TestSampleRatio(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		counts []int
		shares []float64
		want   float64
	}{
		{[]int{50, 50}, []float64{1, 1}, 1},
		{[]int{100, 300}, []float64{1, 3}, 1},
		{[]int{60, 40}, []float64{.5, .5}, .0455003},
		{[]int{5, 5, 1}, []float64{1, 1, 0}, 0},
		{[]int{5, 5, 0}, []float64{1, 1, 0}, 1},
		{[]int{5, 0}, []float64{1, 0}, math.NaN()},
		{[]int{0, 0}, []float64{1, 1}, math.NaN()},
	} {
		if got := causal.SampleRatio(c.counts, c.shares); !(math.Abs(got-c.want) < 1e-6 || math.IsNaN(got) && math.IsNaN(c.want)) {
			t.Errorf("%v by %v: %v, want %v", c.counts, c.shares, got, c.want)
		}
	}
}

// What cannot be told is NaN or infinite, and nothing panics.
func TestWhatCannotBeTold(t *testing.T) {
	t.Parallel()
	one, many := stats.Sample{N: 1, Mean: 1, Variance: math.NaN()}, stats.Sample{N: 100, Mean: 2, Variance: 1}
	for name, e := range map[string]causal.Effect{
		"an arm of one":          causal.TwoArms(one, many),
		"an empty arm":           causal.Proportions(0, 0, 3, 9),
		"more than all":          causal.Proportions(10, 9, 3, 9),
		"no time before":         causal.Differences([][]float64{{1, 2}, {2, 3}, {3, 4}}, []bool{true, false, false}, 0).Effect,
		"no time since":          causal.Differences([][]float64{{1, 2}, {2, 3}, {3, 4}}, []bool{true, false, false}, 2).Effect,
		"nobody treated":         causal.Differences([][]float64{{1, 2}, {2, 3}, {3, 4}}, make([]bool, 3), 1).Effect,
		"all treated":            causal.SyntheticControl([][]float64{{1, 2, 3}, {2, 3, 4}}, []bool{true, true}, 2, nil).Effect,
		"one other":              causal.SyntheticControl([][]float64{{1, 2, 3}, {2, 3, 4}}, []bool{true, false}, 2, nil).Effect,
		"one time before":        causal.SyntheticControl([][]float64{{1, 2}, {2, 3}, {3, 4}}, []bool{true, false, false}, 1, nil).Effect,
		"no control":             causal.Staggered([][]float64{{1, 2, 3}, {2, 3, 4}}, []int{1, 2}, causal.RollOut{Rounds: 9}).Simple,
		"treated from the first": causal.Staggered([][]float64{{1, 2, 3}, {2, 3, 4}}, []int{0, -1}, causal.RollOut{Rounds: 9}).Simple,
	} {
		if !math.IsNaN(e.P) || !math.IsNaN(e.Low) || e.Clear() {
			t.Errorf("%s: %+v", name, e)
		}
	}
	if e := (causal.Sequence{Alpha: .05, Expected: 1000}).Difference(stats.Sample{N: causal.LeastUnits - 1, Mean: 1, Variance: 1}, many); !math.IsInf(e.Low, -1) || !math.IsInf(e.High, 1) || e.P != 1 {
		t.Errorf("%+v", e)
	}
	if s := causal.HonestSubgroups([]float64{1, 2}, []bool{true, false}, []causal.Dimension{{Name: "city", Levels: []string{"x", "y"}, Of: []int{0, 1}}}, 1, .05, 1); s != nil {
		t.Errorf("%+v of two units", s)
	}
	// Ten others tell what happened, and exclude nothing at 95 %.
	var y [][]float64
	treated := make([]bool, 11)
	for u := range treated {
		y = append(y, []float64{float64(u * u), float64(3 * u), float64(u), float64(u)})
	}
	treated[5] = true
	if s := causal.SyntheticControl(y, treated, 2, nil); math.IsNaN(s.Value) || !math.IsInf(s.Low, -1) || !(s.P > .05) {
		t.Errorf("%+v", s)
	}
}

// A sequence is wider than one look, tightest near the number that it expects, and its
// p is the alpha at which its interval touches no effect.
func TestSequence(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := causal.Sequence{Alpha: rapid.Float64Range(.001, .2).Draw(t, "alpha"), Expected: rapid.IntRange(200, 1_000_000).Draw(t, "expected")}
		sample := func(name string) stats.Sample {
			return stats.Sample{
				N:        rapid.IntRange(causal.LeastUnits, 100_000).Draw(t, name),
				Mean:     rapid.Float64Range(-1, 1).Draw(t, name+" mean"),
				Variance: rapid.Float64Range(.1, 100).Draw(t, name+" variance"),
			}
		}
		control, treated := sample("control"), sample("treated")
		e := s.Difference(control, treated)
		once := causal.TwoArms(control, treated)
		if s.Alpha <= .05 && !(e.Low < once.Low && once.High < e.High) {
			t.Fatalf("%+v is no wider than %+v", e, once)
		}
		if e.Clear() != (e.P < s.Alpha) && math.Abs(e.P-s.Alpha) > 1e-9 {
			t.Fatalf("%+v at %v", e, s.Alpha)
		}
		width := func(n int) float64 { return s.Width(n) / math.Sqrt(float64(n)) }
		if !(width(s.Expected/10) > width(s.Expected) && width(s.Expected) > width(10*s.Expected)) {
			t.Fatal("more units tell no more")
		}
		if other := (causal.Sequence{Alpha: s.Alpha, Expected: 20 * s.Expected}); other.Width(s.Expected) < s.Width(s.Expected) {
			t.Fatal("one that expects more is tighter here")
		}
	})
}

// Of the size that a trial asks for, the power is what was asked: Student's test, and
// shares of 10 and 12 in a hundred as in the textbooks (3,841 each; Fleiss 1981).
func TestPower(t *testing.T) {
	t.Parallel()
	trial := causal.Trial{Alpha: .05, Power: .8, Share: .5}
	if c, w := trial.Units(.5, 1); c != 63 || w != 63 {
		t.Errorf("half a deviation takes %d and %d", c, w)
	}
	if c, w := trial.UnitsOfShare(.10, .02); c != 3_839 || w != 3_839 {
		t.Errorf("10 and 12 %% take %d and %d", c, w)
	}
	trial.Continuous = true
	more, _ := trial.Units(.5, 1)
	near(t, "times as many under continuous looking", float64(more)/63, math.Pow((causal.Sequence{Alpha: .05, Expected: 100}.Width(100)+.8416)/(1.96+.8416), 2), .01)
	trial.ClusterSize, trial.ICC = 21, .05
	clustered, _ := trial.Units(.5, 1)
	near(t, "times as many in clusters", float64(clustered)/float64(more), 2, .01)
	for _, impossible := range []causal.Trial{{Alpha: .05, Power: .8}, {Alpha: .05, Power: .8, Share: 1}} {
		if c, w := impossible.Units(1, 1); c != 0 || w != 0 {
			t.Errorf("%+v takes %d and %d", impossible, c, w)
		}
	}
	if c, _ := trial.Units(0, 1); c != 0 {
		t.Errorf("no effect takes %d", c)
	}
	if c, _ := trial.UnitsOfShare(.95, .1); c != 0 {
		t.Errorf("more than all takes %d", c)
	}
	rapid.Check(t, func(t *rapid.T) {
		trial := causal.Trial{Alpha: .05, Power: rapid.Float64Range(.5, .95).Draw(t, "power"), Share: rapid.Float64Range(.1, .9).Draw(t, "share"), Continuous: rapid.Bool().Draw(t, "continuous")}
		effect, sd := rapid.Float64Range(.01, 1).Draw(t, "effect"), rapid.Float64Range(.1, 10).Draw(t, "sd")
		c, w := trial.Units(effect, sd)
		if least := trial.Minimal(c, w, sd); least > effect || trial.Minimal(c/2, w/2, sd) < effect {
			t.Fatalf("%d and %d units find %v, for %v", c, w, least, effect)
		}
		before, grows := rapid.Float64Range(.01, .7).Draw(t, "before"), rapid.Float64Range(.01, .25).Draw(t, "grows")
		c, w = trial.UnitsOfShare(before, grows)
		if least := trial.MinimalOfShare(c, w, before); least > grows+1e-9 {
			t.Fatalf("%d and %d units find %v of %v, for %v", c, w, least, before, grows)
		}
	})
	// Tried: of 4,000 comparisons of the size, as many are found as were to be.
	random := randomOf(7)
	found, size := 0, 63
	for range 4_000 {
		var a, b stats.Moments
		for range size {
			a.Add(random.NormFloat64())
			b.Add(random.NormFloat64() + .5)
		}
		if causal.TwoArms(a.Sample(), b.Sample()).P < .05 {
			found++
		}
	}
	near(t, "power", float64(found)/4_000, .8, 3*math.Sqrt(.8*.2/4_000))
}

// On a balanced panel the difference in differences is the two-way fixed effects'.
func TestDifferencesAreTwoWayFixedEffects(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		units, times := rapid.IntRange(4, 8).Draw(t, "units"), rapid.IntRange(2, 6).Draw(t, "times")
		from, with := rapid.IntRange(1, times-1).Draw(t, "from"), rapid.IntRange(1, units-2).Draw(t, "treated")
		y, treated := make([][]float64, units), make([]bool, units)
		for u := range y {
			treated[u] = u < with
			for range times {
				y[u] = append(y[u], rapid.Float64Range(-10, 10).Draw(t, "y"))
			}
		}
		// Demeaned of units and times, the outcome on what was treated (Frisch & Waugh 1933).
		is := func(u, t int) float64 {
			if treated[u] && t >= from {
				return 1
			}
			return 0
		}
		within := func(of func(u, t int) float64) func(u, t int) float64 {
			return func(u, t int) float64 {
				row, column, all := 0., 0., 0.
				for a := range units {
					column += of(a, t) / float64(units)
					for b := range times {
						all += of(a, b) / float64(units*times)
					}
				}
				for b := range times {
					row += of(u, b) / float64(times)
				}
				return of(u, t) - row - column + all
			}
		}
		d, out := within(is), within(func(u, t int) float64 { return y[u][t] })
		xy, xx := 0., 0.
		for u := range units {
			for t := range times {
				xy += d(u, t) * out(u, t)
				xx += d(u, t) * d(u, t)
			}
		}
		got := causal.Differences(y, treated, from)
		if math.Abs(got.Value-xy/xx) > 1e-9 {
			t.Fatalf("%v, want %v", got.Value, xy/xx)
		}
		if with == 1 == math.IsNaN(got.PlaceboP) {
			t.Fatalf("of %d treated the placebos' p is %v", with, got.PlaceboP)
		}
	})
}

// A roll-out of one step with controls that are never treated is a difference in
// differences to the last time before.
func TestOneStep(t *testing.T) {
	t.Parallel()
	random := randomOf(3)
	var y [][]float64
	var first []int
	var treated []bool
	var two [4]stats.Moments
	for u := range 60 {
		y, first, treated = append(y, []float64{random.NormFloat64(), random.NormFloat64(), random.NormFloat64()}), append(first, -1), append(treated, u < 25)
		if u < 25 {
			first[u] = 2
		}
	}
	s := causal.Staggered(y, first, causal.RollOut{Rounds: 99})
	var last [][]float64
	for u, row := range y {
		last = append(last, row[1:])
		at := 0
		if treated[u] {
			at = 2
		}
		two[at].Add(row[1])
		two[at+1].Add(row[2])
	}
	d := causal.Differences(last, treated, 1)
	near(t, "simple", s.Simple.Value, d.Value, 1e-12)
	near(t, "its standard error", s.Simple.SE, d.SE, 1e-12)
	near(t, "the cell's", s.Cells[1].SE, d.SE, 1e-12)
	near(t, "of different units", causal.TwoByTwo(two[0].Sample(), two[1].Sample(), two[2].Sample(), two[3].Sample()).Value, d.Value, 1e-12)
	if s.Simple.Control != 35 || s.Simple.Treated != 25 || s.Group.Value != s.Simple.Value || len(s.Steps) != 2 || s.Steps[1].Since != 0 {
		t.Errorf("%+v", s)
	}
	// The same by permutations, when they are few: near Student's, and wider than nothing.
	few := causal.Staggered(y[15:45], first[15:45], causal.RollOut{Rounds: 1999, Seed: 1})
	small := causal.Differences(last[15:45], treated[15:45], 1)
	if !few.Permuted {
		t.Error("few units are not permuted")
	}
	near(t, "p by permutations", few.Simple.P, small.P, .06)
	near(t, "low by permutations", few.Simple.Low, small.Low, .15)
	near(t, "high by permutations", few.Simple.High, small.High, .15)
}
