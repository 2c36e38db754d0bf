package journey

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/conform"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
)

// lived is one journey as it was lived, for one who asks. Who reads it must not
// write to it: others read it too.
type lived struct {
	journey model.Journey
	model   *model.Model
	log     *eventlog.Log // the runs that the filter and the principal let through
	steps   []model.Step  // journey.Steps()
	stepOf  []int         // by activity number: index into steps of the first step that it can be; −1: in no step
	states  []State       // of each case of log
	now     cx.Time
	zone    *time.Location
	limited bool // the principal sees only facts of their areas; then runs are seen in part

	withoutKey int64 // as Health tells it, when all were read
	memos      *memos
	lately     *latelies      // nil: nothing is
	asked      string         // the filter that let them through; "": none
	held       *conform.Known // with the script, of ways met before; nil: none is kept
	named      bool           // an analyst's file: activities have no touchpoint
}

// lived returns the journey's runs that the filter lets through, of the facts
// that p may see. It needs the right scores.view. The error is cx.NotFound when
// the model in force has no such journey, or nothing that the filter names, and
// cx.TooLarge when its runs do not fit in memory.
func (s *Service) lived(ctx context.Context, p cx.Principal, slug string, f Filter) (*lived, error) {
	e, err := s.edition(ctx, p, slug)
	if err != nil {
		return nil, err
	}
	if f == (Filter{}) {
		return e.whole, nil
	}
	asked := fmt.Sprintf("%+v", f)
	for {
		x, err := remembered(e.picked, asked, func() (*lived, error) {
			cases, err := s.pick(ctx, p, e.whole, f)
			if err != nil {
				return nil, err
			}
			some := e.whole.only(cases)
			some.asked = asked
			return some, nil
		})
		if !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil {
			return x, err
		}
		// Who picked them gave up.
	}
}

// only returns the runs of the cases.
func (x *lived) only(cases eventlog.Mask) *lived {
	some := *x
	some.log, some.memos = x.log.Only(cases), &memos{}
	some.states = make([]State, 0, some.log.Cases())
	for c, state := range x.states {
		if cases.Has(c) {
			some.states = append(some.states, state)
		}
	}
	return &some
}

// pick returns the cases that the filter lets through.
func (s *Service) pick(ctx context.Context, p cx.Principal, x *lived, f Filter) (eventlog.Mask, error) {
	l := x.log
	cases := eventlog.MaskOf(l.Cases(), func(c int) bool { return f.Window.Contains(cx.Time(l.At[l.First[c]])) })
	and := func(has func(c int) bool) { cases = cases.And(eventlog.MaskOf(l.Cases(), has)) }
	if f.Segment != "" {
		members, err := s.c.Segments.Customers(ctx, p, f.Segment)
		if err != nil {
			return nil, err
		}
		and(func(c int) bool { _, ok := slices.BinarySearch(members, cx.CustomerNo(l.Customer[c])); return ok })
	}
	switch f.State {
	case "":
	case Running, Completed, Abandoned, Stuck:
		and(func(c int) bool { return x.states[c] == f.State })
	default:
		return nil, cx.InvalidFaults("", []cx.Fault{{Field: "state", Message: fmt.Sprintf("%q is none of running, completed, abandoned, stuck", f.State)}})
	}
	if f.Channel != "" || f.Area != "" || f.Supplier != "" || f.Place != "" || f.Touchpoint != "" {
		cases = cases.And(x.through(f))
	}
	if f.Step != "" {
		step := slices.IndexFunc(x.steps, func(st model.Step) bool { return st.Slug == f.Step })
		if step < 0 {
			return nil, cx.Errorf(cx.NotFound, "", "there is no such step")
		}
		and(x.any(func(e int) bool { return x.stepOf[l.Activity[e]] == step }))
	}
	if f.After != "" || f.Then != "" {
		went, err := x.went(f.After, f.Then)
		if err != nil {
			return nil, err
		}
		cases = cases.And(went)
	}
	if f.Variant != "" {
		variants := x.variants()
		n, ok := variants.Find(f.Variant)
		if !ok {
			return nil, cx.Errorf(cx.NotFound, "", "no run was lived so")
		}
		and(func(c int) bool { return int(variants.Of[c]) == n })
	}
	if painful, ok := x.painfulRuns(f.Deviation); ok {
		cases = cases.And(painful)
	} else if f.Deviation != "" {
		if x.limited {
			return nil, cx.Errorf(cx.Forbidden, "", "whoever sees only some areas sees runs in part: they cannot be held against the script")
		}
		in, err := deviationsOf(x)
		if err != nil {
			return nil, err
		}
		n := slices.IndexFunc(in.deviations, func(d Deviation) bool { return d.ID == f.Deviation })
		if n < 0 {
			return nil, cx.Errorf(cx.NotFound, "", "no run differs so from the script")
		}
		cases = cases.And(in.cases[n])
	}
	return cases, nil
}

// through returns the cases that went through each of what the filter names.
func (x *lived) through(f Filter) eventlog.Mask {
	l := x.log
	all := eventlog.MaskOf(l.Cases(), func(int) bool { return true })
	for _, part := range []struct {
		want string
		of   func(c *eventlog.Context) string
	}{
		{f.Channel, func(c *eventlog.Context) string { return c.Channel }},
		{f.Area, func(c *eventlog.Context) string { return c.Area }},
		{f.Supplier, func(c *eventlog.Context) string { return c.Supplier }},
		{f.Place, func(c *eventlog.Context) string { return c.Place }},
		{f.Touchpoint, func(c *eventlog.Context) string { return c.Touchpoint }},
	} {
		if part.want == "" {
			continue
		}
		is := make([]bool, len(l.Contexts))
		for i := range l.Contexts {
			is[i] = part.of(&l.Contexts[i]) == part.want
		}
		all = all.And(eventlog.MaskOf(l.Cases(), x.any(func(e int) bool { return is[l.Context[e]] })))
	}
	return all
}

// went returns the cases that went directly from one stop to another; of one
// alone ("" for the other), through it.
func (x *lived) went(after, then string) (eventlog.Mask, error) {
	told, err := x.paths("")
	if err != nil {
		return nil, err
	}
	number := func(id string) int { return slices.IndexFunc(told.stops, func(s Stop) bool { return s.ID == id }) }
	from, to := number(after), number(then)
	if from < 0 && after != "" || to < 0 && then != "" {
		return nil, cx.Errorf(cx.NotFound, "", "no run went so")
	}
	if from < 0 {
		from, to = to, from
	}
	visits := told.visits(x.log)
	return eventlog.MaskOf(visits.Cases(), func(c int) bool {
		first, end := visits.Span(c)
		for e := first; e < end; e++ {
			if int(visits.Activity[e]) == from && (to < 0 || e+1 < end && int(visits.Activity[e+1]) == to) {
				return true
			}
		}
		return false
	}), nil
}

// any returns what tells whether one of a case's events is so.
func (x *lived) any(is func(e int) bool) func(c int) bool {
	return func(c int) bool {
		from, to := x.log.Span(c)
		for e := from; e < to; e++ {
			if is(e) {
				return true
			}
		}
		return false
	}
}
