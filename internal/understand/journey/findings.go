package journey

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/stats"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
)

// FindingsQuery asks what hurts in a journey.
type FindingsQuery struct {
	Filter Filter
	Limit  int // 0: 20, at most 100
}

// Finding is something that hurts: runs that were not as designed, or a step
// that was lived badly; whom it hits, since when, and what it costs. All of it is
// association: what goes with it, not what it causes.
type Finding struct {
	ID         string     // the deviation's, or "painful:" and the step's slug
	Kind       string     // a DeviationKind, or Painful
	Step       string     // slug of the script's step; "": in no step
	Event      string     // of what is unexpected
	Touchpoint string     // slug
	Name       model.Text // of the step, or of the touchpoint
	Stage      string
	Area       string
	Supplier   string

	Runs Share // that have it, of those that could

	Felt     Cost // mean valence of the run, less that of a usual one; of a painful step, of the rest of the run
	Score    Cost // what they answered, moved to −2..+2
	Returned Cost // share who bought again within HorizonDays
	Spent    Cost // minor units within HorizonDays, a run; Total is over all runs that have it
	Time     Cost // seconds from the first to the last event of a completed run: medians
	Currency string

	ForWhom []Whom // who has it more often, the strongest first; empty: everybody alike
	Since   Since  // when it became more frequent

	Clear bool // one of Felt, Score, Returned, Spent is worse with it, clear among all that was tested
	// Loss is what findings are ranked by: the surest of these losses, in standard
	// deviations, times the share of the runs that have it, since it is so frequent,
	// and no clear finding that may have brought it: a deviation from the script
	// comes before what is unexpected, and that before a painful step.
	Loss float64
	// Lately is how many such runs began in the last four weeks, and Hurts the same
	// loss times these: what findings of different journeys are compared by.
	Lately int
	Hurts  float64
}

// Findings tells what hurts in a journey, what costs most first: at equal
// evidence, what hits more runs. What fewer than ten runs have is left out. It
// needs the right scores.view. Of who is limited to areas there are painful steps
// only: runs are seen in part.
func (s *Service) Findings(ctx context.Context, p cx.Principal, slug string, q FindingsQuery) ([]Finding, error) {
	const op = "journey.Findings"
	limit := cmp.Or(q.Limit, 20)
	if limit < 1 || limit > mostFindings {
		return nil, cx.Errorf(cx.Invalid, op, "a list has 1 to %d findings", mostFindings)
	}
	x, err := s.lived(ctx, p, slug, q.Filter)
	if err != nil {
		return nil, cx.Wrap(op, err)
	}
	all, err := lately(ctx, s, x, "findings", func(ctx context.Context) ([]Finding, error) {
		segments, err := s.segments(ctx, p, x)
		known := &incidence{}
		if err == nil && !x.limited {
			known, err = deviationsOf(x)
		}
		if err != nil {
			return nil, err
		}
		return x.findings(known, segments), nil
	})
	return all[:min(len(all), limit)], cx.Wrap(op, err)
}

// mostFindings is of how many findings it is told for whom and since when, and
// mostSuspects of how many deviations, the commonest, what they cost.
const (
	mostFindings = 100
	mostSuspects = 150
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

// findings finds what hurts, in order.
func (x *lived) findings(known *incidence, segments []group) []Finding {
	suspects := x.suspects(known)
	groups, within := x.groups()
	groups = append(groups, segments...)
	r := x.results()
	eventlog.Each(len(suspects), func(i int) {
		d := &suspects[i]
		lived := r.felt
		if d.Kind == Painful {
			lived = x.felt(r.usual, d.subject)
		}
		for k, values := range [][]float32{lived, r.score, r.returned, r.spent} {
			*d.costs()[k] = costOf(values, d.with, d.risk, within)
		}
	})
	weigh(suspects, [4]float64{deviation(r.felt), deviation(r.score), deviation(r.returned), deviation(r.spent)})
	slices.SortFunc(suspects, func(a, b suspect) int {
		return cmp.Or(cmp.Compare(b.sure*float64(b.Runs.K), a.sure*float64(a.Runs.K)), cmp.Compare(b.Runs.K, a.Runs.K), cmp.Compare(a.ID, b.ID))
	})
	suspects = suspects[:min(len(suspects), mostFindings)]
	eventlog.Each(len(suspects), func(i int) {
		suspects[i].Time = r.slower(suspects[i].with, suspects[i].risk, within)
	})
	discovered(suspects, func(d *suspect) []*Cost { return []*Cost{&d.Time} })
	x.tellWhom(x.calendar(), suspects, groups)
	since := int64(x.now.Add(-past * 24 * time.Hour))
	order(suspects, x.log.Cases(), eventlog.MaskOf(x.log.Cases(), func(c int) bool { return x.log.At[x.log.First[c]] >= since }))
	out := make([]Finding, len(suspects))
	for i := range suspects {
		out[i] = suspects[i].Finding
	}
	return out
}

// costs are what makes a finding hurt: what customers feel and do. That it takes
// longer hurts only if they mind.
func (d *suspect) costs() []*Cost { return []*Cost{&d.Felt, &d.Score, &d.Returned, &d.Spent} }

// discovered marks the costs that are clear among those of all suspects.
func discovered(suspects []suspect, costs func(*suspect) []*Cost) {
	var all []*Cost
	var p []float64
	for i := range suspects {
		for _, c := range costs(&suspects[i]) {
			if c.Delta != 0 || c.P < 1 {
				all, p = append(all, c), append(p, c.P)
			}
		}
	}
	for i, clear := range stats.BenjaminiHochberg(p, falseRate) {
		all[i].Clear = clear
	}
}

// weigh says of each suspect whether it is clear and what a run loses that has
// it. Deviations are the standard deviations of the costs.
func weigh(suspects []suspect, deviations [4]float64) {
	discovered(suspects, (*suspect).costs)
	for i := range suspects {
		d := &suspects[i]
		for k, c := range d.costs() {
			if deviations[k] > 0 {
				d.sure = max(d.sure, -c.High/deviations[k])
				d.point = max(d.point, -c.Delta/deviations[k])
			}
			d.Clear = d.Clear || c.Clear && c.Delta < 0
		}
	}
}

// order puts the suspects in the order of what they cost, the clear ones first.
// Lately is the runs of the last four weeks.
func order(suspects []suspect, runs int, lately eventlog.Mask) {
	class := func(d *suspect) int {
		switch DeviationKind(d.Kind) {
		case Painful:
			return 2
		case Unexpected:
			return 1
		}
		return 0
	}
	var before [3]eventlog.Mask // the runs that what comes before each class explains
	for c := range before {
		before[c] = eventlog.NewMask(runs)
		for i := range suspects {
			if d := &suspects[i]; d.Clear && class(d) < c {
				before[c] = before[c].Or(d.with)
			}
		}
	}
	for i := range suspects {
		d := &suspects[i]
		with, of := d.with, runs
		if d.Since.Known && d.Since.Until == 0 {
			with, of = with.And(d.lasting), d.lasting.Count()
		}
		own := with.Without(before[class(d)])
		share := float64(own.Count()) / float64(max(1, of))
		d.Loss, d.point = d.sure*share, d.point*share
		d.Lately = own.Common(lately)
		d.Hurts = d.sure * float64(d.Lately)
	}
	clear := func(d suspect) int {
		if d.Clear {
			return 0
		}
		return 1
	}
	slices.SortFunc(suspects, func(a, b suspect) int {
		return cmp.Or(cmp.Compare(clear(a), clear(b)), cmp.Compare(b.Loss, a.Loss), cmp.Compare(b.point, a.point), cmp.Compare(b.Runs.K, a.Runs.K), cmp.Compare(a.ID, b.ID))
	})
}

// deviation is the standard deviation of the values that are known; 0 of fewer
// than two.
func deviation(values []float32) float64 {
	var m stats.Moments
	for _, v := range values {
		if v == v {
			m.Add(float64(v))
		}
	}
	if m.N < 2 {
		return 0
	}
	return math.Sqrt(m.Sample().Variance)
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
					d.risk = x.that(d.subject, nil).Or(d.with)
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
	risk = x.that(subject, func(v int16) bool { return v != eventlog.NoValence })
	with = x.that(subject, func(v int16) bool { return v != eventlog.NoValence && v <= painful })
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

// that returns the runs that lived one of the activities, with a valence that
// fits; nil: with any or none.
func (x *lived) that(subject []bool, fits func(int16) bool) eventlog.Mask {
	l := x.log
	out := eventlog.NewMask(l.Cases())
	if fits != nil && l.Valence == nil {
		return out
	}
	for c := range l.Cases() {
		for e, to := l.Span(c); e < to; e++ {
			if subject[l.Activity[e]] && (fits == nil || fits(l.Valence[e])) {
				out.Add(c)
				break
			}
		}
	}
	return out
}

// tellWhom tells of each suspect for whom and since when.
func (x *lived) tellWhom(k calendar, suspects []suspect, groups []group) {
	p := make([]float64, len(suspects)*len(groups))
	eventlog.Each(len(suspects), func(i int) {
		d := &suspects[i]
		when := x.when(k, d)
		d.Since = k.frequentSince(counts(k, when, d.with, d.risk))
		d.lasting = k.runs(when, d.Since)
		with, risk := d.with.And(d.lasting), d.risk.And(d.lasting)
		for g := range groups {
			w, test := over(groups[g].in, with, risk)
			if p[i*len(groups)+g] = test.P; test.P == 1 && w.P == 1 {
				p[i*len(groups)+g] = math.NaN()
			}
		}
	})
	clear := stats.BenjaminiHochberg(p, falseRate)
	cut := 0.0
	for i, c := range clear {
		if c {
			cut = max(cut, p[i])
		}
	}
	eventlog.Each(len(suspects), func(i int) {
		d := &suspects[i]
		own := clear[i*len(groups) : (i+1)*len(groups)]
		whom, first := forWhom(groups, own, d.with.And(d.lasting), d.risk.And(d.lasting), cut)
		if first != nil { // among those whom it hits it is clearest since when
			when := x.when(k, d)
			if since := k.frequentSince(counts(k, when, d.with.And(first), d.risk.And(first))); since.Known {
				d.Since, d.lasting = since, k.runs(when, since)
				whom, _ = forWhom(groups, own, d.with.And(d.lasting), d.risk.And(d.lasting), cut)
			}
		}
		d.ForWhom = whom
	})
}

// when returns the day on which each run came to the suspect: that of the first
// event of its subject or, where it has none, of when others come to it.
func (x *lived) when(k calendar, d *suspect) []int32 {
	l := x.log
	first := make([]int64, l.Cases())
	var offsets []int64
	for c := range first {
		from, to := l.Span(c)
		first[c] = -1
		for e := from; e < to; e++ {
			if d.subject[l.Activity[e]] {
				first[c] = l.At[e]
				offsets = append(offsets, l.At[e]-l.At[from])
				break
			}
		}
	}
	typical := int64(eventlog.SpreadOf(offsets).Median * 1e6)
	out := make([]int32, len(first))
	for c, at := range first {
		if at < 0 {
			at = l.At[l.First[c]] + typical
		}
		out[c] = int32(k.day(at)) //nolint:gosec // days of twenty years
	}
	return out
}

// counts counts the runs that have it, of those that could, on each day.
func counts(k calendar, when []int32, with, risk eventlog.Mask) (successes, trials []int) {
	successes, trials = make([]int, k.days()), make([]int, k.days())
	for c, day := range when {
		if day >= 0 && risk.Has(c) {
			trials[day]++
			if with.Has(c) {
				successes[day]++
			}
		}
	}
	return successes, trials
}

// runs returns the runs of the days on which something was as it is.
func (k calendar) runs(when []int32, s Since) eventlog.Mask {
	from, to := -1, k.days()
	if s.From != 0 {
		from = k.day(int64(s.From))
	}
	if s.Until != 0 {
		to = k.day(int64(s.Until))
	}
	return eventlog.MaskOf(len(when), func(c int) bool { return from <= int(when[c]) && int(when[c]) < to })
}
