package causal

import (
	"math"
	"math/rand/v2"

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
	Within    Effect  // on the units of the level chosen without them
	Others    Effect  // on the rest
	More      Effect  // Within − Others
	Same      float64 // the share of folds that chose this level too
	Found     bool    // More is a discovery over all dimensions (Benjamini & Hochberg)
}

// folds and leastOfLevel are how units are split, and how many of each arm a level
// must have without a fold to be chosen.
const (
	folds        = 5
	leastOfLevel = 20
)

// HonestSubgroups tells by each dimension for whom a treatment worked best. In which
// level it did is chosen on four fifths of the units and what it did there measured on
// the fifth that had no say, five times over (cross-fitting: Chernozhukov, Demirer,
// Duflo & Fernández-Val 2018), so that a level that shone by chance shines no more.
// At most the share rate of what is found may be false. better is +1 when more of the
// outcome is better, −1 when less is. Dimensions without two levels that have enough
// units are left out. seed deals the folds.
func HonestSubgroups(outcome []float64, treated []bool, dimensions []Dimension, better int, rate float64, seed uint64) []Subgroup {
	fold := make([]int, len(outcome))
	for i, u := range rand.New(rand.NewPCG(seed, 0xf01d)).Perm(len(outcome)) {
		fold[u] = i % folds
	}
	var found []Subgroup
	var p []float64
	for _, d := range dimensions {
		if s, ok := d.tell(outcome, treated, fold, float64(better)); ok {
			found, p = append(found, s), append(p, s.More.P)
		}
	}
	for i, is := range stats.BenjaminiHochberg(p, rate) {
		found[i].Found = is
	}
	return found
}

// arms are the outcomes of the control and of the treated.
type arms [2]Pair

func (a arms) effect() Effect { return TwoArms(a[0].Sample(), a[1].Sample()) }

func (a *arms) add(treated bool, outcome float64) {
	if treated {
		a[1].Add(outcome, 0)
	} else {
		a[0].Add(outcome, 0)
	}
}

// choose returns the level of the greatest effect among the units that count; false
// when fewer than two levels have enough of them.
func (d Dimension) choose(outcome []float64, treated []bool, counts func(u int) bool, better float64) (int, bool) {
	levels := make([]arms, len(d.Levels))
	for u, level := range d.Of {
		if level >= 0 && counts(u) {
			levels[level].add(treated[u], outcome[u])
		}
	}
	best, most, told := -1, math.Inf(-1), 0
	for level, a := range levels {
		if a[0].N < leastOfLevel || a[1].N < leastOfLevel {
			continue
		}
		told++
		if v := better * a.effect().Value; v > most {
			best, most = level, v
		}
	}
	return best, told > 1
}

func (d Dimension) tell(outcome []float64, treated []bool, fold []int, better float64) (Subgroup, bool) {
	best, ok := d.choose(outcome, treated, func(int) bool { return true }, better)
	if !ok {
		return Subgroup{}, false
	}
	s := Subgroup{Dimension: d.Name, Level: d.Levels[best]}
	var within, others arms
	for f := range folds {
		level, ok := d.choose(outcome, treated, func(u int) bool { return fold[u] != f }, better)
		if !ok {
			return Subgroup{}, false
		}
		if level == best {
			s.Same += 1. / folds
		}
		for u, of := range d.Of {
			switch {
			case fold[u] != f || of < 0:
			case of == level:
				within.add(treated[u], outcome[u])
			default:
				others.add(treated[u], outcome[u])
			}
		}
	}
	s.Within, s.Others = within.effect(), others.effect()
	se := math.Hypot(s.Within.SE, s.Others.SE)
	least := min(s.Within.Control, s.Within.Treated, s.Others.Control, s.Others.Treated)
	s.More = estimate(s.Within.Value-s.Others.Value, se, float64(least-1), s.Within.Control+s.Others.Control, s.Within.Treated+s.Others.Treated)
	return s, true
}
