package journey

import (
	"cmp"
	"slices"
	"time"

	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/conform"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
)

// DeviationKind says how a run differs from the script; "" is as designed.
type DeviationKind = conform.Kind

// The kinds.
const (
	Skipped    = conform.Skipped
	Repeated   = conform.Repeated
	Unexpected = conform.Unexpected
	Delayed    = conform.Delayed
	Disordered = conform.Disordered
)

// Deviation is one way in which runs differ from the script.
type Deviation struct {
	ID         string // kind ":" step, or kind ":" event "@" touchpoint
	Kind       DeviationKind
	Step       *model.Step // nil of the unexpected
	Event      string      // of the unexpected
	Touchpoint string
	Runs       Share // that have it
	Times      int   // how often, over all runs
	By         Times // of the late: how much later than expected
}

// incidence is which cases have which deviation.
type incidence struct {
	deviations []Deviation     // the commonest first; of as many, by id
	cases      []eventlog.Mask // of each deviation
}

// read tells each way of the runs by the script. It is kept as long as the runs.
func (x *lived) read() (*conform.Ways, error) {
	return memo(x, "readings", func() (*conform.Ways, error) {
		known := x.held
		if known == nil {
			known = &conform.Known{}
		}
		return conform.Read(x.journey.Script, x.accepts(), x.variants(), func(c int) bool { return x.states[c] == Completed }, known)
	})
}

// accepts returns of each activity the steps that it can be.
func (x *lived) accepts() [][]int {
	can := canBe
	if x.named {
		can = x.canBeNamed
	}
	out := make([][]int, len(x.log.Activities))
	for a, activity := range x.log.Activities {
		for i, s := range x.steps {
			if can(s, activity) {
				out[a] = append(out[a], i)
			}
		}
	}
	return out
}

// canBeNamed tells whether an activity of a file, which knows no touchpoints, can
// be the step: one of its events or, when it names none, one that its touchpoint
// claims, or its name, its slug or its touchpoint's.
func (x *lived) canBeNamed(s model.Step, a eventlog.Activity) bool {
	if len(s.Events) > 0 {
		return slices.Contains(s.Events, a.Name)
	}
	at, _ := x.model.Touchpoint(s.Touchpoint)
	return slices.ContainsFunc(at.Events, func(e model.TouchpointEvent) bool { return e.Name == a.Name }) ||
		slices.Contains([]string{s.Slug, s.Touchpoint, s.Name.ES, s.Name.EN, s.Name.PT}, a.Name)
}

// lateness returns by how much the next step came, or is, later than expected in
// a case; false when it is not late. Where a run is over nothing is to come: that
// the next step never came is no lateness, its state tells it.
func (x *lived) lateness(c int, w conform.Wait) (by time.Duration, next int64, late bool) {
	from := x.log.First[c]
	due := x.log.At[int(from)+w.Event] + x.steps[w.Step].Within.Microseconds()
	until := int64(x.now)
	switch {
	case w.Next >= 0:
		next = x.log.At[int(from)+w.Next]
		until = next
	case x.states[c] == Completed || x.states[c] == Abandoned:
		return 0, 0, false
	}
	return time.Duration(until-due) * time.Microsecond, next, until > due
}

// deviationsOf returns which cases of x have which deviation; none without a
// script. It is kept as long as x's runs.
func deviationsOf(x *lived) (*incidence, error) {
	h, err := x.conformed()
	if err != nil {
		return nil, err
	}
	return &h.incidence, nil
}

// counting gathers deviations while cases are walked.
type counting struct {
	x       *lived
	of      map[string]int
	all     []Deviation
	cases   []eventlog.Mask
	lateBy  [][]time.Duration
	numbers [][]int // by way: the deviations of each of its cases, with repetition
	waits   []int   // by step: its late deviation; −1
}

// number returns the number of the deviation that a verdict tells of.
func (k *counting) number(m conform.Verdict, activity uint16) int {
	d := Deviation{Kind: m.Kind}
	if m.Step >= 0 {
		s := k.x.steps[m.Step]
		d.Step, d.Touchpoint, d.ID = &s, s.Touchpoint, string(m.Kind)+":"+s.Slug
	} else {
		a := k.x.log.Activities[activity]
		d.Event, d.Touchpoint, d.ID = a.Name, a.Touchpoint, string(m.Kind)+":"+a.Name+"@"+a.Touchpoint
	}
	n, known := k.of[d.ID]
	if !known {
		n = len(k.all)
		k.of[d.ID] = n
		k.all, k.lateBy = append(k.all, d), append(k.lateBy, nil)
		k.cases = append(k.cases, eventlog.NewMask(k.x.log.Cases()))
	}
	return n
}

// incidenceOf walks the cases and tells which have which deviation.
func (x *lived) incidenceOf(r *conform.Ways) incidence {
	k := &counting{x: x, of: map[string]int{}, numbers: make([][]int, len(r.Ways))}
	variants := x.variants()
	for i, w := range r.Ways {
		for _, m := range w.Verdicts {
			if m.Kind == "" {
				continue
			}
			var activity uint16
			if m.Event >= 0 {
				activity = variants.List[i/2].Activities[m.Event]
			}
			k.numbers[i] = append(k.numbers[i], k.number(m, activity))
		}
	}
	for i, s := range x.steps {
		k.waits = append(k.waits, -1)
		if s.Within > 0 {
			k.waits[i] = k.number(conform.Verdict{Kind: Delayed, Step: i, Event: -1}, 0)
		}
	}
	for c, w := range r.Of {
		for _, n := range k.numbers[w] {
			k.cases[n].Add(c)
			k.all[n].Times++
		}
		for _, one := range r.Ways[w].Waits {
			if by, _, late := x.lateness(c, one); late {
				n := k.waits[one.Step]
				k.cases[n].Add(c)
				k.all[n].Times++
				k.lateBy[n] = append(k.lateBy[n], by)
			}
		}
	}
	return k.incidence()
}

// incidence returns those that some case has, the commonest first.
func (k *counting) incidence() incidence {
	var order []int
	for n := range k.all {
		d := &k.all[n]
		if cases := k.cases[n].Count(); cases > 0 {
			d.Runs, d.By = shareOf(cases, k.x.log.Cases()), timesOf(k.lateBy[n])
			order = append(order, n)
		}
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(k.all[b].Runs.K, k.all[a].Runs.K), cmp.Compare(k.all[a].ID, k.all[b].ID))
	})
	var out incidence
	for _, n := range order {
		out.deviations, out.cases = append(out.deviations, k.all[n]), append(out.cases, k.cases[n])
	}
	return out
}
