package causal

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/stats"
)

// Dimension is something by which units differ that was known before the start: of
// each unit the number of its level, below 0 where it is not known.
type Dimension struct {
	Name   string
	Levels []string
	Of     []int
}

// Subgroup is for whom something worked best, by one dimension.
type Subgroup struct {
	Dimension string
	Level     string  // the level of the greatest effect, over all units
	Within    Effect  // on units of the level that others chose
	Others    Effect  // on the rest
	More      Effect  // Within − Others
	Same      float64 // the share of the splits that chose this level
	Found     bool    // More is a discovery over all dimensions (Benjamini & Hochberg)
}

// How often units are split in halves, and how many of each arm a level must have in
// a half to be chosen.
const (
	halvings     = 10
	leastOfLevel = 20
)

// HonestSubgroups tells by each dimension for whom a treatment worked best. The level
// is chosen on one half of the units and what the treatment did there is measured on
// the other, then the other way round (cross-fitting), over ten halvings; every figure
// is the median over these twenty, intervals of 97.5 % each and p twice their median,
// so that all hold at 95 % however they depend on each other (Chernozhukov, Demirer,
// Duflo & Fernández-Val 2018; Meinshausen, Meier & Bühlmann 2009): a level that shone by
// chance shines no more. At most the share rate of what is found may be false. better
// is +1 when more of the outcome is better, −1 when less is. Dimensions without two
// levels that have enough units in each half are left out. seed deals the halves.
func HonestSubgroups(outcome []float64, treated []bool, dimensions []Dimension, better int, rate float64, seed uint64) []Subgroup {
	random := rand.New(rand.NewPCG(seed, 0xf01d))
	halves := make([][]bool, halvings)
	for i := range halves {
		halves[i] = make([]bool, len(outcome))
		for place, u := range random.Perm(len(outcome)) {
			halves[i][u] = place%2 == 1
		}
	}
	var found []Subgroup
	var p []float64
	for _, d := range dimensions {
		if s, ok := d.tell(outcome, treated, halves, float64(better)); ok {
			found, p = append(found, s), append(p, s.More.P)
		}
	}
	for i, is := range stats.BenjaminiHochberg(p, rate) {
		found[i].Found = is
	}
	return found
}

// comparison is two arms of some of the units, by the moments of their outcomes.
type comparison [2]Pair

func (c *comparison) join(o comparison) {
	for arm := range c {
		c[arm].Join(o[arm])
	}
}

func (c comparison) effect() Effect {
	control, treated := c[0].Sample(), c[1].Sample()
	return wider(TwoArms(control, treated), stats.Welch(control, treated).DF)
}

// wider returns an effect with an interval of 97.5 %.
func wider(e Effect, df float64) Effect {
	if !math.IsNaN(e.P) {
		half := quantile(.9875, df) * e.SE
		e.Low, e.High = e.Value-half, e.Value+half
	}
	return e
}

// choose returns the level of the greatest effect; false when fewer than two levels
// have enough units.
func choose(levels []comparison, better float64) (int, bool) {
	best, most, told := -1, math.Inf(-1), 0
	for level, c := range levels {
		if c[0].N < leastOfLevel || c[1].N < leastOfLevel {
			continue
		}
		told++
		if v := better * (c[1].Y - c[0].Y); v > most {
			best, most = level, v
		}
	}
	return best, told > 1
}

func (d Dimension) tell(outcome []float64, treated []bool, halves [][]bool, better float64) (Subgroup, bool) {
	s := Subgroup{Dimension: d.Name}
	chosen := make([]int, len(d.Levels))
	var within, others, more []Effect
	for i, second := range halves {
		var levels [2][]comparison
		for half := range levels {
			levels[half] = make([]comparison, len(d.Levels))
		}
		for u, level := range d.Of {
			if level >= 0 {
				half, arm := 0, 0
				if second[u] {
					half = 1
				}
				if treated[u] {
					arm = 1
				}
				levels[half][level][arm].Add(outcome[u], 0)
			}
		}
		if i == 0 {
			all := make([]comparison, len(d.Levels))
			for level := range all {
				all[level].join(levels[0][level])
				all[level].join(levels[1][level])
			}
			best, ok := choose(all, better)
			if !ok {
				return s, false
			}
			s.Level = d.Levels[best]
		}
		for half := range levels {
			best, ok := choose(levels[1-half], better)
			if !ok {
				return s, false
			}
			chosen[best]++
			var rest comparison
			for level, c := range levels[half] {
				if level != best {
					rest.join(c)
				}
			}
			w, o := levels[half][best].effect(), rest.effect()
			within, others, more = append(within, w), append(others, o), append(more, beyond(w, o))
		}
	}
	for level, n := range chosen {
		if d.Levels[level] == s.Level {
			s.Same = float64(n) / float64(len(more))
		}
	}
	s.Within, s.Others, s.More = middle(within), middle(others), middle(more)
	return s, true
}

// beyond returns by how much an effect is more than another, on other units.
func beyond(within, others Effect) Effect {
	df := float64(min(within.Control, within.Treated, others.Control, others.Treated) - 1)
	return wider(estimate(within.Value-others.Value, math.Hypot(within.SE, others.SE), df, within.Control+others.Control, within.Treated+others.Treated), df)
}

// middle returns the medians over splits, and twice that of p; NaN when one is.
func middle(of []Effect) Effect {
	median := func(figure func(Effect) float64) float64 {
		values := make([]float64, len(of))
		for i, e := range of {
			values[i] = figure(e)
		}
		slices.Sort(values) // NaN comes first
		if math.IsNaN(values[0]) {
			return math.NaN()
		}
		return (values[(len(values)-1)/2] + values[len(values)/2]) / 2
	}
	return Effect{
		Value:   median(func(e Effect) float64 { return e.Value }),
		SE:      median(func(e Effect) float64 { return e.SE }),
		Low:     median(func(e Effect) float64 { return e.Low }),
		High:    median(func(e Effect) float64 { return e.High }),
		P:       math.Min(1, 2*median(func(e Effect) float64 { return e.P })),
		Control: int(median(func(e Effect) float64 { return float64(e.Control) })),
		Treated: int(median(func(e Effect) float64 { return float64(e.Treated) })),
	}
}
