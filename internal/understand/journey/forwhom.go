package journey

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/stats"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
)

// Whom is who has a finding more often than the others.
type Whom struct {
	Parts  []Part  // one, or two that hold at once
	Runs   Share   // of the group's runs, those that have it
	Others Share   // of all other runs, those that have it
	Of     Share   // of all that have it, the group's
	P      float64 // clear among all groups of all findings (Benjamini–Hochberg, 5 %)
}

// Part is one thing that the runs of a group have in common: the first place,
// supplier or area at a step of the script; the channel, the source, the weekday
// and the hours of the first moment of truth (without one, of the first step, and
// when it began); a segment of its customer.
type Part struct {
	By    By
	Value string // slug; of weekday and hours as in Variation
}

// By what else findings are told apart.
const (
	ByArea    By = "area"
	ByChannel By = "channel"
	BySegment By = "segment"
)

// lift is how many times as often a group must have a finding as the others.
const lift = 1.2

// mostGroups bounds the values of one dimension: the others are rare.
const mostGroups = 100

// group is the runs that have a part in common.
type group struct {
	part Part
	in   eventlog.Mask
}

// groups returns all groups, and within what runs are compared: the same place,
// supplier, channel and four weeks, then without the four weeks.
func (x *lived) groups() (all []group, within []strata) {
	l := x.log
	n := l.Cases()
	same := strata{make([]uint32, n), 1}
	truths := x.truths()
	for _, by := range []struct {
		by    By
		value func(eventlog.Context) string
		truth bool // that of the moment of truth comes first
		alike bool
	}{
		{ByPlace, func(c eventlog.Context) string { return c.Place }, false, true},
		{BySupplier, func(c eventlog.Context) string { return c.Supplier }, false, true},
		{ByChannel, func(c eventlog.Context) string { return c.Channel }, true, true},
		{BySource, func(c eventlog.Context) string { return c.Source }, true, false},
		{ByArea, func(c eventlog.Context) string { return c.Area }, false, false},
	} {
		values, of := x.firsts(by.value, by.truth, truths)
		all = append(all, groupsOf(by.by, values, of)...)
		if by.alike {
			same.refine(of)
		}
	}
	weekdays, hours := make([]uint32, n), make([]uint32, n)
	local := clock{zone: x.zone, known: map[int64][2]int{}}
	for c := range n {
		e, _ := x.truth(c, truths)
		weekday, hour := local.at(l.At[e])
		weekdays[c], hours[c] = uint32((weekday+6)%7), uint32(max(0, hour/4-1)) //nolint:gosec // 0..6 and 0..4
	}
	all = append(all, groupsOf(ByWeekday, []string{"1", "2", "3", "4", "5", "6", "7"}, weekdays)...)
	all = append(all, groupsOf(ByHours, []string{"00-08", "08-12", "12-16", "16-20", "20-24"}, hours)...)
	then := strata{slices.Clone(same.of), same.n}
	first := x.period().From
	for c := range weekdays {
		weekdays[c] = uint32(cx.Time(l.At[l.First[c]]).Sub(first) / (past * 24 * time.Hour)) //nolint:gosec // four weeks since the first event
	}
	then.refine(weekdays)
	return all, []strata{then, same}
}

// firsts returns the values of a thing that contexts have, "" first, and for each
// run the number of the first one that is not "". What is in no step of the script
// does not count: it may be there because of what went wrong. With truth, that at
// the run's first moment of truth comes before all others.
func (x *lived) firsts(value func(eventlog.Context) string, truth bool, truths []bool) (values []string, of []uint32) {
	l := x.log
	values, of = []string{""}, make([]uint32, l.Cases())
	if l.Context == nil {
		return values, of
	}
	number := map[string]uint32{"": 0}
	contexts := make([]uint32, len(l.Contexts))
	for i, c := range l.Contexts {
		v := value(c)
		if _, ok := number[v]; !ok {
			number[v] = uint32(len(values)) //nolint:gosec // fewer than contexts
			values = append(values, v)
		}
		contexts[i] = number[v]
	}
	if len(values) > 1 {
		l.Shares(func(_, from, to int) {
			for c := from; c < to; c++ {
				if truth {
					if e, ok := x.truth(c, truths); ok {
						of[c] = contexts[l.Context[e]]
					}
				}
				for e, end := l.Span(c); e < end && of[c] == 0; e++ {
					if len(x.steps) == 0 || x.stepOf[l.Activity[e]] >= 0 {
						of[c] = contexts[l.Context[e]]
					}
				}
			}
		})
	}
	return values, of
}

// truth returns the event of a run's first moment of truth; without one its first
// event, and false.
func (x *lived) truth(c int, truths []bool) (e int, ok bool) {
	from, to := x.log.Span(c)
	for e := from; e < to; e++ {
		if truths[x.log.Activity[e]] {
			return e, true
		}
	}
	return from, false
}

// groupsOf returns the groups of the commonest values but "", by value.
func groupsOf(by By, values []string, of []uint32) []group {
	n := make([]int, len(values))
	for _, v := range of {
		n[v]++
	}
	order := make([]int, 0, len(values))
	for v := range values {
		if values[v] != "" && n[v] >= leastCompared && n[v] <= len(of)-leastCompared {
			order = append(order, v)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(n[b], n[a]) })
	order = order[:min(len(order), mostGroups)]
	masks := make([]eventlog.Mask, len(values))
	out := make([]group, len(order))
	for i, v := range order {
		masks[v] = eventlog.NewMask(len(of))
		out[i] = group{Part{by, values[v]}, masks[v]}
	}
	for c, v := range of {
		if masks[v] != nil {
			masks[v].Add(c)
		}
	}
	return out
}

// refine tells runs apart by another number too.
func (s *strata) refine(of []uint32) {
	number := map[uint64]uint32{}
	for c, before := range s.of {
		key := uint64(before)<<32 | uint64(of[c])
		i, ok := number[key]
		if !ok {
			i = uint32(len(number)) //nolint:gosec // at most one for each case
			number[key] = i
		}
		s.of[c] = i
	}
	s.n = max(1, len(number))
}

// truths tells of each activity whether it is a moment of truth.
func (x *lived) truths() []bool {
	out := make([]bool, len(x.log.Activities))
	for a, s := range x.stepOf {
		out[a] = s >= 0 && x.steps[s].Truth
	}
	return out
}

// segments returns the groups of the company's segments.
func (s *Service) segments(ctx context.Context, p cx.Principal, x *lived) ([]group, error) {
	var out []group
	if x.log.Customer == nil || s.c.Segments == nil {
		return nil, nil
	}
	for _, segment := range x.model.Segments {
		members, err := s.c.Segments.Customers(ctx, p, segment.Slug)
		if err != nil {
			return nil, err
		}
		in := map[uint32]bool{}
		for _, m := range members {
			in[uint32(m)] = true
		}
		mask := eventlog.MaskOf(x.log.Cases(), func(c int) bool { return in[x.log.Customer[c]] })
		if n := mask.Count(); n >= leastCompared && n <= x.log.Cases()-leastCompared {
			out = append(out, group{Part{BySegment, segment.Slug}, mask})
		}
	}
	return out, nil
}

// over compares how often a group has something with how often all others do.
// With and risk are of the runs that have it and of those that could.
func over(g, with, risk eventlog.Mask) (w Whom, test stats.Test) {
	k, n := g.Common(with), g.Common(risk)
	all, of := with.Count(), risk.Count()
	w = Whom{Runs: shareOf(k, n), Others: shareOf(all-k, of-n), Of: shareOf(k, all), P: 1}
	if n < leastCompared || of-n < leastCompared || k < leastWith {
		return w, stats.Test{P: 1}
	}
	test = stats.ShareRatio(all-k, of-n, k, n)
	w.P = test.P
	return w, test
}

// leastWith is below how many runs nothing is said of those who have a finding.
const leastWith = 5

// more tells whether the group has it so much more often that it is worth saying.
func (w Whom) more() bool { return w.Runs.Value() > lift*w.Others.Value() }

// mostWhom bounds the groups that are told of one finding.
const mostWhom = 3

// forWhom tells who has a finding more often: the strongest group, made narrower
// by a second thing in common when that makes a clear difference within it, then
// the strongest of the runs that are left. Of groups only those that are clear. A
// segment, which customers may be in because of what they lived, is told only
// where there is no other group. First is the runs of the first group; of a segment
// nil.
func forWhom(groups []group, clear []bool, with, risk eventlog.Mask, cut float64) (out []Whom, first eventlog.Mask) {
	left := risk
	for len(out) < mostWhom {
		has := with.And(left)
		best := strongest(groups, clear, has, left, cut, func(g group) bool { return g.part.By != BySegment })
		if best < 0 && len(out) == 0 {
			best = strongest(groups, clear, has, left, cut, func(g group) bool { return g.part.By == BySegment })
		}
		if best < 0 {
			break
		}
		g := groups[best]
		parts, in := []Part{g.part}, g.in
		// Half of those who have it are still told of.
		has, least := has.And(g.in), has.Common(g.in)/2
		if second := strongest(groups, nil, has, left.And(g.in), cut, func(h group) bool {
			return h.part.By != g.part.By && h.part.By != BySegment && has.Common(h.in) > least
		}); second >= 0 {
			parts, in = append(parts, groups[second].part), in.And(groups[second].in)
		}
		w, _ := over(in, with, risk)
		w.Parts = parts
		out = append(out, w)
		if first == nil && g.part.By != BySegment {
			first = in
		}
		left = left.Without(in)
	}
	return out, first
}

// strongest returns the group, of those that may be and are clear (nil: all),
// that most surely has it more often than the others in risk; −1: none does.
func strongest(groups []group, clear []bool, with, risk eventlog.Mask, cut float64, may func(group) bool) int {
	best, strength := -1, 0.0
	for i, g := range groups {
		if clear != nil && !clear[i] || !may(g) {
			continue
		}
		if w, test := over(g.in, with, risk); test.P <= cut && w.more() && test.Statistic > strength {
			best, strength = i, test.Statistic
		}
	}
	return best
}
