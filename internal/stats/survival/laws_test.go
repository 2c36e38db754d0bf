package survival_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/vivencia-cx/vivencia/internal/stats/survival"
)

func drawnSpells(t *rapid.T, name string) []survival.Spell {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) survival.Spell {
		return survival.Spell{Duration: float64(rapid.IntRange(0, 12).Draw(t, "duration")), Ended: rapid.Bool().Draw(t, "ended")}
	}), 0, 40).Draw(t, name)
}

// Laws of every curve: it falls, within its intervals, and counts everybody once.
func TestLawsOfCurves(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		spells := drawnSpells(t, "spells")
		c := survival.KaplanMeier(spells)
		before, ended := 1.0, 0
		for i, s := range c.Steps {
			if !(s.S < before && s.Interval.Low <= s.S && s.S <= s.Interval.High && 0 <= s.Interval.Low && s.Interval.High <= 1) {
				t.Fatalf("step %+v after %v", s, before)
			}
			if i > 0 && c.Steps[i-1].AtRisk-c.Steps[i-1].Ended-c.Steps[i-1].Censored != s.AtRisk {
				t.Fatalf("%+v then %+v", c.Steps[i-1], s)
			}
			before, ended = s.S, ended+s.Ended
		}
		if c.N != len(spells) || c.Ended != ended {
			t.Fatalf("%+v of %v", c, spells)
		}
		if len(spells) == 0 {
			return
		}
		// The area under the curve, by little squares.
		area, parts := 0.0, 1000
		for i := range parts {
			s, _ := c.At(c.Longest * (float64(i) + .5) / float64(parts))
			area += s * c.Longest / float64(parts)
		}
		if mean, in := c.RMST(c.Longest); math.Abs(mean-area) > .02*(1+area) || !(in.Low <= mean && mean <= in.High) {
			t.Fatalf("mean %v in %v, area %v", mean, in, area)
		}
		if _, in := c.At(c.Longest + 1); before > 0 && !math.IsNaN(in.Low) {
			t.Fatalf("beyond what was seen it is in %v", in)
		}
	})
}

// Where nothing is censored it is the share that lasts longer, the mean is the mean,
// and the median lies in the middle.
func TestWithoutCensoringItIsCounting(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		durations := rapid.SliceOfN(rapid.Float64Range(0, 100), 1, 60).Draw(t, "durations")
		var spells []survival.Spell
		sum := 0.0
		for _, d := range durations {
			spells = append(spells, survival.Spell{Duration: d, Ended: true})
			sum += d
		}
		c := survival.KaplanMeier(spells)
		at := rapid.Float64Range(0, 100).Draw(t, "at")
		longer := 0
		for _, d := range durations {
			if d > at {
				longer++
			}
		}
		n := float64(len(durations))
		if s, _ := c.At(at); math.Abs(s-float64(longer)/n) > 1e-9 {
			t.Fatalf("%v last longer than %v, counted %v", s, at, float64(longer)/n)
		}
		if mean, _ := c.RMST(100); math.Abs(mean-sum/n) > 1e-9*(1+sum) {
			t.Fatalf("mean %v, want %v", mean, sum/n)
		}
		slices.Sort(durations)
		low, high := durations[(len(durations)-1)/2], durations[len(durations)/2]
		if median, in := c.Median(); median < low || median > high || in.Low > median || in.High < median {
			t.Fatalf("median %v in %v, want %v to %v", median, in, low, high)
		}
	})
}

// A life table whose periods hold nothing censored but at their end is the curve.
func TestLifeTableIsTheCurve(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		spells := drawnSpells(t, "spells")
		for i := range spells { // ended within a period; seen until the end of one
			if spells[i].Ended {
				spells[i].Duration += .5
			}
		}
		c := survival.KaplanMeier(spells)
		censored := func(from float64) (n int) {
			for _, s := range spells {
				if !s.Ended && s.Duration == from {
					n++
				}
			}
			return n
		}
		for i, p := range survival.LifeTable(spells, 1, 20) {
			if s, _ := c.At(p.To); i == 0 && censored(0) == 0 && !math.IsNaN(s) && math.Abs(s-p.S) > 1e-9 {
				t.Fatalf("%+v, the curve says %v", p, s)
			}
			if p.Ended+p.Censored > p.AtRisk || !(p.Interval.Low <= p.S && p.S <= p.Interval.High) || p.Chance < 0 || p.Chance > 1 {
				t.Fatalf("%+v", p)
			}
		}
	})
	// Cutler & Ederer 1958, table 1: 126 patients, five years.
	var spells []survival.Spell
	for year, row := range [][2]int{{47, 19}, {5, 17}, {2, 15}, {2, 9}, {0, 6}} { // died; lost or withdrawn alive
		for range row[0] {
			spells = append(spells, survival.Spell{Duration: float64(year) + .5, Ended: true})
		}
		for range row[1] {
			spells = append(spells, survival.Spell{Duration: float64(year) + .5})
		}
	}
	for range 126 - len(spells) {
		spells = append(spells, survival.Spell{Duration: 5})
	}
	for i, want := range []float64{.60, .54, .50, .44, .44} {
		p := survival.LifeTable(spells, 1, 5)[i]
		near(t, "S", p.S, want, .006)
	}
	if survival.LifeTable(spells, 0, 5) != nil || survival.LifeTable(nil, 1, 5) != nil {
		t.Error("a table of nothing has rows")
	}
}

func TestLogRankOfNothing(t *testing.T) {
	t.Parallel()
	some := []survival.Spell{{3, true}, {4, true}, {5, false}}
	for name, groups := range map[string][][]survival.Spell{
		"no group": nil, "one": {some}, "one and nobody": {some, nil}, "nothing ended": {{{3, false}}, {{4, false}}},
	} {
		if test := survival.LogRank(groups); !math.IsNaN(test.P) {
			t.Errorf("%s: %+v", name, test)
		}
	}
	if test := survival.LogRank([][]survival.Spell{some, some, some}); math.Abs(test.Statistic) > 1e-12 || test.DF != 2 || test.P != 1 {
		t.Errorf("equal groups: %+v", test)
	}
}

// Of equal groups the test finds a difference as often as it says.
func TestLogRankErrsAsOftenAsItSays(t *testing.T) {
	t.Parallel()
	found := 0
	for seed := range uint64(1000) {
		r := rand.New(rand.NewPCG(seed, 4))
		var groups [3][]survival.Spell
		for g := range groups {
			for range 40 {
				ends, seen := r.ExpFloat64(), 2*r.Float64()
				groups[g] = append(groups[g], survival.Spell{Duration: min(ends, seen), Ended: ends <= seen})
			}
		}
		if survival.LogRank(groups[:]).P < .05 {
			found++
		}
	}
	if found < 35 || found > 67 {
		t.Errorf("%d of 1,000", found)
	}
}

// What was planted lies inside the intervals of Cox's at least 93 times of a hundred.
func TestCoxFindsWhatWasPlanted(t *testing.T) {
	t.Parallel()
	const seeds = 300
	planted, inside, unproportional := []float64{.7, -.4}, [2]int{}, 0
	for seed := range uint64(seeds) {
		r := rand.New(rand.NewPCG(seed, 3))
		var spells []survival.Spell
		var rows [][]float64
		for range 250 {
			row := []float64{float64(r.IntN(2)), 100 + r.NormFloat64()}
			ends, seen := r.ExpFloat64()*math.Exp(-planted[0]*row[0]-planted[1]*(row[1]-100)), 3*r.Float64()
			spells = append(spells, survival.Spell{Duration: math.Ceil(20 * min(ends, seen)), Ended: ends <= seen}) // with ties
			rows = append(rows, row)
		}
		c, fault := survival.FitCox(spells, rows)
		if fault != "" {
			t.Fatal(fault)
		}
		for i, want := range planted {
			if in := c.Coefficients[i].Interval; in.Low <= want && want <= in.High {
				inside[i]++
			}
		}
		if c.Proportional[0].P < .05 {
			unproportional++
		}
	}
	for i, n := range inside {
		if float64(n) < .93*seeds {
			t.Errorf("weight %d lies inside %d of %d times", i, n, seeds)
		}
	}
	if unproportional > seeds/12 {
		t.Errorf("%d of %d are told not to be proportional", unproportional, seeds)
	}
}

// A weight that turns around is told not to be proportional.
func TestCoxToldOfAWeightThatChanges(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 3))
	var spells []survival.Spell
	var rows [][]float64
	for range 600 {
		group := r.IntN(2)
		ends := math.Pow(r.ExpFloat64(), []float64{.5, 2}[group]) // one wears out, one is weak at first
		spells = append(spells, survival.Spell{Duration: ends, Ended: true})
		rows = append(rows, []float64{float64(group)})
	}
	if c, fault := survival.FitCox(spells, rows); fault != "" || c.Proportional[0].P > 1e-6 {
		t.Errorf("%s %+v", fault, c)
	}
}

// Concordance against counting every pair.
func TestConcordanceOfPairs(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var spells []survival.Spell
		var rows [][]float64
		for range rapid.IntRange(12, 40).Draw(t, "n") {
			spells = append(spells, survival.Spell{Duration: float64(rapid.IntRange(0, 8).Draw(t, "duration")), Ended: rapid.Bool().Draw(t, "ended")})
			rows = append(rows, []float64{float64(rapid.IntRange(0, 3).Draw(t, "x"))})
		}
		c, fault := survival.FitCox(spells, rows)
		if fault != "" {
			if !math.IsNaN(c.LogLikelihood) && fault != survival.NotConverged && fault != survival.NoVariation {
				t.Fatalf("%s %+v", fault, c)
			}
			return
		}
		right, pairs := 0.0, 0.0
		for i, a := range spells {
			for j, b := range spells {
				if !a.Ended || a.Duration > b.Duration || a.Duration == b.Duration && b.Ended {
					continue
				}
				pairs++
				switch more := c.Coefficients[0].Weight * (rows[i][0] - rows[j][0]); {
				case more > 0:
					right++
				case more == 0:
					right += .5
				}
			}
		}
		if want := right / pairs; pairs > 0 && math.Abs(c.Concordance-want) > 1e-9 {
			t.Fatalf("concordance %v, counted %v", c.Concordance, want)
		}
	})
}

func TestFaultsOfCox(t *testing.T) {
	t.Parallel()
	spells := []survival.Spell{{1, true}, {2, true}, {3, false}, {4, true}, {5, true}, {6, false}, {7, true}}
	rows := func(of func(i int) []float64) (out [][]float64) {
		for i := range spells {
			out = append(out, of(i))
		}
		return out
	}
	for _, c := range []struct {
		name   string
		spells []survival.Spell
		rows   [][]float64
		want   survival.Fault
	}{
		{"nothing", nil, nil, survival.NoEvents},
		{"nothing ended", []survival.Spell{{1, false}, {2, false}}, [][]float64{{1}, {2}}, survival.NoEvents},
		{"as many covariates as ends", spells, rows(func(i int) []float64 {
			return []float64{float64(i), float64(i * i % 7), float64(i % 2), float64(i % 3), float64(i % 5)}
		}), survival.FewEvents},
		{"does not vary", spells, rows(func(int) []float64 { return []float64{4} }), survival.NoVariation},
		{"one tells the other", spells, rows(func(i int) []float64 { v := float64(i * 5 % 7); return []float64{v, 2*v + 1} }), survival.NoVariation},
		{"tells who ends", spells, rows(func(i int) []float64 { return []float64{float64(-i)} }), survival.NotConverged},
		{"no number", spells, rows(func(int) []float64 { return []float64{math.Inf(1)} }), survival.Impossible},
		{"before it began", []survival.Spell{{-1, true}}, [][]float64{{1}}, survival.Impossible},
		{"all missing", spells, rows(func(int) []float64 { return []float64{math.NaN()} }), survival.NoEvents},
	} {
		if got, fault := survival.FitCox(c.spells, c.rows); fault != c.want || got.Coefficients != nil || !math.IsNaN(got.Concordance) {
			t.Errorf("%s: %q %+v", c.name, fault, got)
		}
	}
}

// Without covariates the chance of each period is the share that ends in it.
func TestHazardIsTheShareThatEnds(t *testing.T) {
	t.Parallel()
	exposed := []survival.Exposed{{0, nil, 400, 40}, {1, nil, 300, 15}, {2, nil, 200, 4}, {3, nil, 150, 8}, {4, nil, 100, 3}}
	h, fault := survival.FitHazard(exposed)
	if fault != "" || !slices.Equal(h.Bands, []int{0, 1, 2}) || h.AtRisk != 1150 || h.Ended != 70 {
		t.Fatalf("%q %+v", fault, h)
	}
	for period, want := range []float64{.1, .05, 15. / 450, 15. / 450, 15. / 450, 15. / 450} { // the last two are few: they join
		near(t, "chance", h.Chance(period, nil), want, 1e-9)
	}
	p, in := h.Within(0, 3, nil)
	near(t, "within three", p, 1-.9*.95*(1-15./450), 1e-9)
	if !(in.Low < p && p < in.High && in.High-in.Low < .08) {
		t.Errorf("%v in %v", p, in)
	}
	if p, in := h.Within(0, 0, nil); p != 0 || !math.IsNaN(in.Low) {
		t.Errorf("in no time: %v in %v", p, in)
	}
	for _, c := range []float64{h.Chance(-1, nil), h.Chance(0, []float64{1})} {
		if !math.IsNaN(c) {
			t.Errorf("of what is not: %v", c)
		}
	}
}

// What was planted lies inside at least 93 times of a hundred, and people end as often
// as is said.
func TestHazardFindsWhatWasPlanted(t *testing.T) {
	t.Parallel()
	const seeds = 100
	planted, inside, within := []float64{.8, -.5}, [2]int{}, 0
	chance := func(row []float64) float64 { return 1 / (1 + math.Exp(2.5-planted[0]*row[0]-planted[1]*row[1])) }
	for seed := range uint64(seeds) {
		r := rand.New(rand.NewPCG(seed, 6))
		var exposed []survival.Exposed
		for range 300 {
			row := []float64{float64(r.IntN(2)), r.NormFloat64()}
			for period := range 1 + r.IntN(12) {
				e := survival.Exposed{Period: period, Row: row, AtRisk: 1}
				if r.Float64() < chance(row) {
					e.Ended = 1
				}
				if exposed = append(exposed, e); e.Ended == 1 {
					break
				}
			}
		}
		h, fault := survival.FitHazard(exposed)
		if fault != "" {
			t.Fatal(fault)
		}
		for i, want := range planted {
			if in := h.Coefficients[i].Interval; in.Low <= want && want <= in.High {
				inside[i]++
			}
		}
		row := []float64{1, .3}
		want := 1 - math.Pow(1-chance(row), 3)
		if _, in := h.Within(0, 3, row); in.Low <= want && want <= in.High {
			within++
		}
	}
	for i, n := range inside {
		if float64(n) < .93*seeds {
			t.Errorf("weight %d lies inside %d of %d times", i, n, seeds)
		}
	}
	if float64(within) < .93*seeds {
		t.Errorf("within three lies inside %d of %d times", within, seeds)
	}
}

func TestFaultsOfHazard(t *testing.T) {
	t.Parallel()
	with := func(rows ...[]float64) (out []survival.Exposed) {
		for i, row := range rows {
			out = append(out, survival.Exposed{Period: i, Row: row, AtRisk: 100, Ended: 20})
		}
		return out
	}
	for _, c := range []struct {
		name    string
		exposed []survival.Exposed
		want    survival.Fault
	}{
		{"nothing", nil, survival.NoEvents},
		{"nothing ended", []survival.Exposed{{0, nil, 50, 0}}, survival.NoEvents},
		{"all ended at once", []survival.Exposed{{0, nil, 50, 50}}, survival.FewEvents},
		{"few ended", []survival.Exposed{{0, nil, 50, 9}}, survival.FewEvents},
		{"more ended than were", []survival.Exposed{{0, nil, 5, 9}}, survival.Impossible},
		{"before the first", []survival.Exposed{{-1, nil, 50, 9}}, survival.Impossible},
		{"no number", with([]float64{math.NaN()}), survival.Impossible},
		{"does not vary", with([]float64{1}, []float64{1}), survival.NoVariation},
	} {
		if h, fault := survival.FitHazard(c.exposed); fault != c.want || !math.IsNaN(h.Chance(0, nil)) {
			t.Errorf("%s: %q %+v", c.name, fault, h)
		}
	}
	// Who tells without error who ends has a weight all the same.
	h, fault := survival.FitHazard([]survival.Exposed{{0, []float64{1}, 200, 200}, {0, []float64{0}, 200, 0}, {1, []float64{0}, 200, 0}})
	if fault != "" || !(h.Coefficients[0].Weight > 3) || !(h.Chance(0, []float64{1}) > .95) || !(h.Chance(0, []float64{0}) < .05) {
		t.Errorf("%q %+v", fault, h)
	}
}
