package impact

import (
	"context"
	"math"
	"slices"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/stats"
	"github.com/vivencia-cx/vivencia/internal/stats/causal"
)

// Power is how many customers a plan needs, and whether there are as many.
type Power struct {
	Each      int     `json:"each"`      // in each arm, with an outcome; 0 when nothing can be said of the design or the metric
	Eligible  int     `json:"eligible"`  // who may take part, as they are now
	Weekly    float64 `json:"weekly"`    // of those, how many lived something in a week
	Known     float64 `json:"known"`     // the share of them of whom the metric is known after its days
	Reachable bool    `json:"reachable"` // within a year
	Days      int     `json:"days"`      // that it takes, with the metric's own; 0 when not reachable
	Mean      float64 `json:"mean"`      // of the metric in the past
	SD        float64 `json:"sd"`        // of the metric in the past
	N         int     `json:"n"`         // customers whom Mean and SD are of
	Finds     float64 `json:"finds"`     // the smallest change that all who are eligible would find; 0 when nothing can be said
	Design    Kind    `json:"design"`    // of the plan
}

const (
	// pastDays are those in which somebody who lived something stands for who will be
	// exposed.
	pastDays = 56
	// longest is how many days a draw may take to be called within reach.
	longest = 365
)

// Power tells how many customers a draw needs for what is hoped for, by how the
// metric was in the past, and how long that takes. Of stages and of a date it tells
// the past only: what they find depends on how alike shops are. Needs
// account.ViewImprovement. The error is Invalid for a plan whose metric or population
// is.
func (s *Service) Power(ctx context.Context, p cx.Principal, plan Plan) (out Power, err error) {
	const op = "impact.Power"
	if err := account.Check(p, account.ViewImprovement); err != nil {
		return out, cx.Wrap(op, err)
	}
	plan = plan.Normal()
	if faults := slices.DeleteFunc(s.Check(ctx, plan), func(f cx.Fault) bool {
		return f.Field == "sample" || f.Field == "expected" || f.Field == "rule.until" || f.Field == "rule.least"
	}); len(faults) > 0 {
		return out, cx.InvalidFaults(op, faults)
	}
	out.Design = plan.Design.Kind
	m := plan.Metric
	m.Days = max(m.Days, 28)
	values, lived, eligible, err := s.past(ctx, &plan, m)
	if err != nil {
		return out, cx.Wrap(op, err)
	}
	out.Eligible, out.Weekly = eligible, float64(lived)*7/pastDays
	var moments stats.Moments
	for _, v := range values {
		moments.Add(v)
	}
	sample := moments.Sample()
	out.N = sample.N
	if lived > 0 {
		out.Known = float64(sample.N) / float64(lived)
	}
	if sample.N < 2 || math.IsNaN(sample.Variance) {
		return out, nil
	}
	out.Mean, out.SD = sample.Mean, math.Sqrt(sample.Variance)
	if plan.Design.Kind == Random && plan.Expected != 0 {
		out.reach(&plan)
	}
	return out, nil
}

// reach tells how many, and how long. The verdict may be looked at every day, so each
// is told by a sequence, which takes more than one look does.
func (p *Power) reach(plan *Plan) {
	arms := plan.Design.Arms
	least := 1.0
	for _, a := range arms[1:] {
		least = min(least, a.Share)
	}
	t := causal.Trial{Alpha: plan.alpha(), Power: plan.Rule.Power, Share: least / (least + arms[0].Share), Continuous: true}
	share := plan.Metric.Kind == Event || plan.Metric.Kind == Return || plan.Metric.Kind == Kept && p.Mean*(1-p.Mean) > 0 && math.Abs(p.SD*p.SD-p.Mean*(1-p.Mean)) < .01
	control, treated := t.Units(plan.Expected, p.SD)
	if share {
		control, treated = t.UnitsOfShare(p.Mean, plan.Expected)
	}
	known := float64(p.Eligible) * p.Known
	if n0, n1 := int(known*arms[0].Share), int(known*least); n0 >= causal.LeastUnits && n1 >= causal.LeastUnits {
		p.Finds = t.Minimal(n0, n1, p.SD)
	}
	p.Each = max(control, treated, causal.LeastUnits)
	if control == 0 {
		p.Each = 0
		return
	}
	// All who must be exposed so that each arm has as many with an outcome.
	whole := math.Max(float64(max(control, causal.LeastUnits))/arms[0].Share, float64(max(treated, causal.LeastUnits))/least) / math.Max(p.Known, 1e-9)
	if p.Weekly == 0 || whole > float64(p.Eligible) {
		return
	}
	if days := int(math.Ceil(whole/p.Weekly*7)) + plan.Metric.Days; days <= longest {
		p.Reachable, p.Days = true, days
	}
}

// past tells what the metric was of who lived something in a stretch of the past that
// is as long ago as the metric takes, and how many they are.
func (s *Service) past(ctx context.Context, plan *Plan, m Metric) (values []float64, lived, eligible int, err error) {
	nos, err := s.c.Segments.Eligible(ctx, plan.Population.Segment, plan.Population.When)
	if err != nil {
		return nil, 0, 0, err
	}
	now := s.c.Clock.Now()
	r := &reading{s: s, m: s.c.Models.Current().Model, in: &Initiative{}, plan: *plan, asOf: now}
	end := now.Add(-m.span())
	t := &tally{sample: &sample{metrics: []Metric{m}}, of: map[cx.CustomerNo][]int32{}}
	first := map[cx.CustomerNo]cx.Time{}
	err = s.c.Facts.Snapshot(ctx, cx.System(), func(f history.Snapshot) error {
		r.edition = f.Edition()
		r.upto = r.edition.Position
		w := cx.Window{From: end.Add(-pastDays * 24 * time.Hour), To: end}
		if err := f.Lived(history.LivedQuery{Window: w, All: true}, func(l *history.Lived) error {
			for i, no := range l.Customer {
				if at, seen := first[no]; !seen || l.At[i] < at {
					first[no] = l.At[i]
				}
			}
			return nil
		}); err != nil {
			return err
		}
		for _, no := range nos {
			if at, ok := first[no]; ok {
				t.of[no] = []int32{int32(len(t.units))} //nolint:gosec // customers fit
				t.units = append(t.units, unit{id: uint64(no), at: at, of: make([]outcome, 1)})
			}
		}
		t.sums = make([][2]sum, len(t.units))
		return r.each(f, m, r.m.Company.Currency, cx.Window{From: w.From, To: now}, nil, func(o occurrence) { t.add(0, o) })
	})
	if err == nil {
		err = r.promises(ctx, m, cx.Window{From: end.Add(-pastDays * 24 * time.Hour), To: now}, func(o occurrence) { t.add(0, o) })
	}
	if err != nil {
		return nil, 0, 0, err
	}
	t.settle()
	for _, u := range t.units {
		if v := u.of[0].after; !math.IsNaN(v) {
			values = append(values, v)
		}
	}
	return values, len(t.units), len(nos), nil
}
