package impact

import (
	"cmp"
	"math"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/stats/causal"
)

// levels bounds the levels of a grouping: by more, no group is large enough.
const levels = 8

// forWhom tells for whom an arm worked best.
func forWhom(p *Plan, s *sample, arm int, asOf cx.Time) []Group {
	var outcome []float64
	var treated []bool
	var of []*unit
	for _, u := range byDue(s.units, p.Metric, asOf) {
		if v := u.of[0].after; !math.IsNaN(v) && (u.arm == 0 || u.arm == arm+1) {
			outcome, treated, of = append(outcome, v), append(treated, u.arm > 0), append(of, u)
		}
	}
	dimensions := make([]causal.Dimension, len(s.groupings))
	for i, by := range s.groupings {
		dimensions[i] = dimensionOf(by, i, of)
	}
	arms := p.Design.Arms
	effect := func(e causal.Effect) Effect {
		return Effect{Arm: arms[arm+1].Name, Value: e.Value, Low: e.Low, High: e.High, P: e.P, N: e.Treated, Control: e.Control}
	}
	var out []Group
	for _, g := range causal.HonestSubgroups(outcome, treated, dimensions, int(p.Metric.better()), p.Rule.Alpha, seed) {
		told := Group{By: g.Dimension, Key: g.Level, Within: effect(g.Within), Others: effect(g.Others), More: effect(g.More), Same: g.Same, Told: g.Found}
		if told.Within.told() && told.Others.told() && told.More.told() {
			out = append(out, told)
		}
	}
	slices.SortStableFunc(out, func(a, b Group) int {
		if a.Told != b.Told {
			if a.Told {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.More.P, b.More.P)
	})
	return out
}

// seed deals what is drawn within an evaluation: the same whenever it is made.
const seed = 7

// dimensionOf numbers the levels of a grouping in their order.
func dimensionOf(by string, grouping int, units []*unit) causal.Dimension {
	d := causal.Dimension{Name: by, Of: make([]int, len(units))}
	for _, u := range units {
		if key := u.in[grouping]; key != "" && !slices.Contains(d.Levels, key) {
			d.Levels = append(d.Levels, key)
		}
	}
	slices.Sort(d.Levels)
	for i, u := range units {
		d.Of[i] = slices.Index(d.Levels, u.in[grouping])
	}
	return d
}
