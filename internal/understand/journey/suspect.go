package journey

import (
	"slices"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
)

// suspect is what may hurt.
type suspect struct {
	Finding
	with, risk eventlog.Mask // the runs that have it, and those that could
	subject    []bool        // by activity: where in a run it happens
	lasting    eventlog.Mask // the runs that came to it while it was as frequent as it is
	sure       float64       // the surest loss of a run that has it, in standard deviations
	point      float64       // … and the likeliest
}

// suspects returns all that may hurt: the deviations from the script and the
// steps, each with the runs that have it and those that could: of a step those
// that lived it, or should have; of what is unexpected, or repeated and optional,
// all. Living an optional step at all may be what goes wrong again and again.
func (x *lived) suspects(known *incidence) []suspect {
	s := x.slots()
	every := eventlog.MaskOf(x.log.Cases(), func(int) bool { return true })
	optional := map[string]bool{}
	for i, on := range asked(nil, x.journey.Script, true) {
		optional[x.steps[i].Slug] = !on
	}
	deviations := known.deviations[:min(len(known.deviations), mostSuspects)]
	out := make([]suspect, len(deviations)+len(s.designed()))
	eventlog.Each(len(out), func(i int) {
		d := &out[i]
		if i >= len(deviations) {
			slot := i - len(deviations)
			d.subject = s.activities(slot)
			d.with, d.risk = x.hurt(d.subject)
			d.Finding = Finding{ID: Painful + ":" + s.steps[slot].Step.Slug, Kind: Painful}
			d.place(s.steps[slot])
		} else {
			v := deviations[i]
			d.with, d.risk = known.cases[i], every
			d.Finding = Finding{ID: v.ID, Kind: string(v.Kind), Event: v.Event}
			if v.Step == nil {
				d.subject = x.activities(func(a eventlog.Activity) bool { return a.Name == v.Event && a.Touchpoint == v.Touchpoint })
				d.place(x.describe(MapStep{Step: model.Step{Touchpoint: v.Touchpoint}}))
			} else {
				d.subject = x.activities(func(a eventlog.Activity) bool { return canBe(*v.Step, a) })
				if v.Kind != Repeated || !optional[v.Step.Slug] {
					d.risk = x.that(d.subject).Or(d.with)
				}
				d.place(x.describe(MapStep{Step: *v.Step, Name: v.Step.Name}))
			}
		}
		d.Runs, d.Currency = shareOf(d.with.Count(), d.risk.Count()), x.model.Company.Currency
	})
	return slices.DeleteFunc(out, func(d suspect) bool { return d.Runs.K < leastCompared })
}

// hurt returns the runs that lived the subject badly, and those of which it is
// known how they lived it.
func (x *lived) hurt(subject []bool) (with, risk eventlog.Mask) {
	l := x.log
	with, risk = eventlog.NewMask(l.Cases()), eventlog.NewMask(l.Cases())
	if l.Valence == nil {
		return with, risk
	}
	for c := range l.Cases() {
		for e, to := l.Span(c); e < to; e++ {
			if v := l.Valence[e]; v != eventlog.NoValence && subject[l.Activity[e]] {
				if risk.Add(c); v <= painful {
					with.Add(c)
					break
				}
			}
		}
	}
	return with, risk
}

// painfulRuns returns the runs that have the finding of an id; ok is false when
// it is not of a painful step.
func (x *lived) painfulRuns(id string) (runs eventlog.Mask, ok bool) {
	slug, ok := strings.CutPrefix(id, Painful+":")
	if !ok {
		return nil, false
	}
	s := x.slots()
	i := slices.IndexFunc(s.designed(), func(m MapStep) bool { return m.Step.Slug == slug })
	if i < 0 {
		return nil, false
	}
	runs, _ = x.hurt(s.activities(i))
	return runs, true
}

// Painful is the kind of finding that is no deviation: a step that was lived
// badly, at a valence of −1 or less.
const (
	Painful = "painful"
	painful = -1000
)

func (d *suspect) place(s MapStep) {
	d.Touchpoint, d.Name, d.Stage, d.Area, d.Supplier = s.Step.Touchpoint, s.Name, s.Step.Stage, s.Area, s.Supplier
	d.Step = s.Step.Slug
}

// activities tells of each activity whether it is one of those meant.
func (x *lived) activities(is func(eventlog.Activity) bool) []bool {
	out := make([]bool, len(x.log.Activities))
	for i, a := range x.log.Activities {
		out[i] = is(a)
	}
	return out
}

// that returns the runs that lived one of the activities.
func (x *lived) that(subject []bool) eventlog.Mask {
	l := x.log
	return eventlog.MaskOf(l.Cases(), func(c int) bool {
		for e, to := l.Span(c); e < to; e++ {
			if subject[l.Activity[e]] {
				return true
			}
		}
		return false
	})
}
