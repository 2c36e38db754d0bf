package causal

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/stats"
)

// RollOut is how a roll-out in steps is told.
type RollOut struct {
	NotYet bool   // units not treated yet are controls too, beside those that never are
	Rounds int    // of the bootstrap and of the permutations, such as 999
	Seed   uint64 // the same gives the same
}

// Cell is the effect at a time on the units that were treated first at another; before
// that, what they show against their controls from one time to the next, which should
// be nothing. Band holds all cells at once with 95 %.
type Cell struct {
	First, Time int
	Effect
	Band stats.Interval
}

// Step is the effect of units so many times since they were treated first, 0 at that
// time; Band holds all steps at once with 95 %.
type Step struct {
	Since int
	Effect
	Band stats.Interval
}

// Steps is what a roll-out in steps did.
type Steps struct {
	Simple   Effect // all cells since, each by how many units it has
	Group    Effect // each unit's own mean since, of all that were treated
	Groups   []Cell // of those treated first at a time, their mean since; Time is that time
	Cells    []Cell
	Steps    []Step
	Permuted bool // Simple's interval and p are of permutations: few units
}

// FewUnits are how many treated units, or controls, are too few for the mathematics of
// many.
const FewUnits = 20

// Staggered returns the effects by group and time of Callaway & Sant'Anna (2021), each
// a difference in differences to the last time before, against units that are never
// treated (or not yet). y has a row for each unit with the same times, none missing;
// first is the time from which a unit is treated, below 0 or past the end: never.
// Units treated from the first time on tell nothing. Standard errors come from
// influence functions, with the weights' part, bands from a multiplier bootstrap.
//
// With few units Simple's interval and p are of permutations of who was treated when,
// turned around (Fisher 1935; Roth & Sant'Anna 2023): exact when that was drawn. A
// group of one unit has no standard error. Everything is NaN without controls.
func Staggered(y [][]float64, first []int, o RollOut) Steps {
	r := newRoll(y, first, o)
	var s Steps
	var since []part
	byStep, byGroup := map[int][]part{}, map[int][]part{}
	for _, g := range r.groups {
		for t := 1; t < r.times; t++ {
			p := r.cell(g, t)
			s.Cells = append(s.Cells, Cell{First: g, Time: t, Effect: r.effect(p, r.size[g])})
			byStep[t-g] = append(byStep[t-g], p)
			if t >= g {
				since, byGroup[g] = append(since, p), append(byGroup[g], p)
			}
		}
	}
	simple := r.join(since)
	s.Simple = r.effect(simple, r.treated)
	var groups []part
	for _, g := range r.groups {
		p := r.join(byGroup[g])
		groups = append(groups, p)
		s.Groups = append(s.Groups, Cell{First: g, Time: g, Effect: r.effect(p, r.size[g])})
	}
	s.Group = r.effect(r.join(groups), r.treated)
	var steps []part
	for e := -r.times; e <= r.times; e++ {
		if of := byStep[e]; of != nil {
			p, units := r.join(of), 0
			for _, cell := range of {
				units += r.size[cell.group]
			}
			steps = append(steps, p)
			s.Steps = append(s.Steps, Step{Since: e, Effect: r.effect(p, units)})
		}
	}
	var cells []part
	for _, g := range r.groups {
		for t := 1; t < r.times; t++ {
			cells = append(cells, r.cell(g, t))
		}
	}
	for i, band := range r.bands(cells) {
		s.Cells[i].Band = band
	}
	for i, band := range r.bands(steps) {
		s.Steps[i].Band = band
	}
	if min(r.treated, r.never) < FewUnits && !math.IsNaN(s.Simple.Value) {
		s.Permuted = true
		s.Simple.Low, s.Simple.High, s.Simple.P = r.permute(simple.value)
	}
	return s
}

// part is an estimate of a group, with its influence function over the units; shared
// is what of it is not of the weights.
type part struct {
	group     int // -1: of several
	value     float64
	influence []float64
}

// roll is a roll-out while it is told.
type roll struct {
	RollOut
	y              [][]float64
	first          []int
	times          int
	groups         []int // times of the first treatment, rising
	size           map[int]int
	treated, never int
}

func newRoll(y [][]float64, first []int, o RollOut) *roll {
	r := &roll{RollOut: o, size: map[int]int{}}
	for u, row := range y {
		r.times = len(row)
		at := first[u]
		switch {
		case at == 0:
			continue
		case at < 0 || at >= len(row):
			at = -1
			r.never++
		default:
			r.treated++
			r.size[at]++
		}
		r.y, r.first = append(r.y, row), append(r.first, at)
	}
	for g := range r.size {
		r.groups = append(r.groups, g)
	}
	slices.Sort(r.groups)
	return r
}

// base is the time that a cell is compared with: the last before the treatment, and
// before that the time before.
func base(group, t int) int { return min(group, t) - 1 }

// controls tells whether a unit that is treated from first on is a control of a cell.
func (r *roll) controls(first, group, t int) bool {
	return first < 0 || r.NotYet && first != group && first > t
}

// moments returns by how much a group and its controls changed in a cell.
func (r *roll) moments(y [][]float64, first []int, group, t int) (with, without Pair) {
	b := base(group, t)
	for u, row := range y {
		switch {
		case first[u] == group:
			with.Add(row[t]-row[b], 0)
		case r.controls(first[u], group, t):
			without.Add(row[t]-row[b], 0)
		}
	}
	return with, without
}

func (r *roll) cell(group, t int) part {
	with, without := r.moments(r.y, r.first, group, t)
	p := part{group, with.Y - without.Y, make([]float64, len(r.y))}
	if without.N == 0 {
		p.value = math.NaN()
		return p
	}
	b, n := base(group, t), float64(len(r.y))
	for u, row := range r.y {
		switch change := row[t] - row[b]; {
		case r.first[u] == group:
			p.influence[u] = n * (change - with.Y) * small(with.N)
		case r.controls(r.first[u], group, t):
			p.influence[u] = -n * (change - without.Y) * small(without.N)
		}
	}
	return p
}

// small returns 1/n, corrected as a sample's variance is; NaN of one unit.
func small(n int) float64 {
	if n < 2 {
		return math.NaN()
	}
	return 1 / math.Sqrt(float64(n)*float64(n-1))
}

// join weighs parts by the sizes of their groups; the influence has what it adds that
// these are estimated too. Parts that are NaN tell nothing.
func (r *roll) join(parts []part) part {
	parts = slices.DeleteFunc(slices.Clone(parts), func(p part) bool { return math.IsNaN(p.value) })
	out := part{-1, math.NaN(), make([]float64, len(r.y))}
	if len(parts) == 0 {
		return out
	}
	total, n := 0.0, float64(len(r.y))
	for _, p := range parts {
		total += float64(r.size[p.group]) / n
	}
	out.group, out.value = parts[0].group, 0
	weight := map[int]float64{} // of a group's units: what more of them would add
	for _, p := range parts {
		share := float64(r.size[p.group]) / n
		out.value += share / total * p.value
		for u, v := range p.influence {
			out.influence[u] += share / total * v
		}
		if p.group != out.group {
			out.group = -1
		}
	}
	for _, p := range parts {
		weight[p.group] += (p.value - out.value) / total
	}
	for u, g := range r.first {
		out.influence[u] += weight[g]
	}
	return out
}

// effect returns a part with its interval: Student's with as many degrees as it has
// treated units less their groups, or controls less one.
func (r *roll) effect(p part, units int) Effect {
	groups := 1
	if p.group < 0 {
		groups = len(r.groups)
	}
	df := float64(min(units-groups, r.never-1))
	if r.NotYet && r.never < 2 {
		df = float64(units - groups)
	}
	return estimate(p.value, r.error(p), df, r.never, units)
}

func (r *roll) error(p part) float64 {
	return math.Sqrt(dot(p.influence, p.influence)) / float64(len(r.y))
}

// blocks is above how many units blocks of them are drawn together.
const blocks = 2000

// bands returns intervals that hold all the parts at once with 95 %: a multiplier
// bootstrap of the greatest of their statistics (Rademacher's weights).
func (r *roll) bands(parts []part) []stats.Interval {
	none := stats.Interval{Low: math.NaN(), High: math.NaN()}
	out := make([]stats.Interval, len(parts))
	var told []int
	for i, p := range parts {
		if out[i] = none; r.error(p) > 0 {
			told = append(told, i)
		}
	}
	if len(told) == 0 || r.Rounds < 1 {
		return out
	}
	random := rand.New(rand.NewPCG(r.Seed, 0xba4d))
	sums := make([][]float64, min(len(r.y), blocks)) // of each block, of each part: its influence in standard errors
	for i := range sums {
		sums[i] = make([]float64, len(told))
	}
	for i, u := range random.Perm(len(r.y)) {
		for k, part := range told {
			sums[i%len(sums)][k] += parts[part].influence[u] / (r.error(parts[part]) * float64(len(r.y)))
		}
	}
	greatest, at := make([]float64, r.Rounds), make([]float64, len(told))
	for round := range greatest {
		clear(at)
		for _, block := range sums {
			sign := 1 - 2*float64(random.Uint64()&1)
			for k, v := range block {
				at[k] += sign * v
			}
		}
		for _, v := range at {
			greatest[round] = math.Max(greatest[round], math.Abs(v))
		}
	}
	slices.Sort(greatest)
	width := greatest[min(len(greatest)-1, int(math.Ceil(.95*float64(len(greatest)))))]
	for _, i := range told {
		half := width * r.error(parts[i])
		out[i] = stats.Interval{Low: parts[i].value - half, High: parts[i].value + half}
	}
	return out
}

// simple returns the estimate of Simple alone, of any figures and any order.
func (r *roll) simple(y [][]float64, first []int) float64 {
	sum, weight := 0.0, 0.0
	for _, g := range r.groups {
		for t := g; t < r.times; t++ {
			if with, without := r.moments(y, first, g, t); without.N > 0 {
				sum += float64(with.N) * (with.Y - without.Y)
				weight += float64(with.N)
			}
		}
	}
	return sum / weight
}

// permute returns the interval and p by dealing anew who is treated when. Had the
// effect been τ, another order would show a − τ·b, with b what that order shows of who
// was treated; it is no less than the real one's |value − τ| for τ between two roots,
// around value. The interval are those τ for which more than 5 % of the orders do.
func (r *roll) permute(value float64) (low, high, p float64) {
	is := make([][]float64, len(r.y))
	for u, first := range r.first {
		is[u] = make([]float64, r.times)
		for t := range is[u] {
			if first >= 0 && t >= first {
				is[u][t] = 1
			}
		}
	}
	random, order := rand.New(rand.NewPCG(r.Seed, 0x9e4)), slices.Clone(r.first)
	lows, highs, atLeast := make([]float64, r.Rounds), make([]float64, r.Rounds), 1
	for round := range r.Rounds {
		random.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		a, b := r.simple(r.y, order), r.simple(is, order)
		lows[round], highs[round] = between(value, a, b)
		if math.Abs(a) >= math.Abs(value)*(1-1e-12) {
			atLeast++
		}
	}
	p = float64(atLeast) / float64(r.Rounds+1)
	k := int(.05 * float64(r.Rounds+1))
	if k < 1 {
		return math.Inf(-1), math.Inf(1), p
	}
	slices.Sort(lows)
	slices.Sort(highs)
	return lows[k-1], highs[len(highs)-k], p
}

// between returns between which τ |a − τ·b| ≥ |value − τ| holds, for |b| ≤ 1.
func between(value, a, b float64) (low, high float64) {
	if 1-b*b < 1e-12 {
		return math.Inf(-1), math.Inf(1)
	}
	// |a − τb| = |value − τ| where τ is (value ± a)/(1 ± b).
	x, y := (value-a)/(1-b), (value+a)/(1+b)
	return min(x, y), max(x, y)
}
