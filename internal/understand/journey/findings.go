package journey

import (
	"cmp"
	"context"
	"math"
	"slices"
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

// discovered marks the costs that are clear, in one test of all costs of all
// suspects. A suspect is a family: those whose every cost is clear make no room for
// others with a single doubtful one.
func discovered(suspects []suspect, costs func(*suspect) []*Cost) {
	families := make([][]float64, len(suspects))
	for i := range suspects {
		for _, c := range costs(&suspects[i]) {
			p := c.P
			if c.With == 0 {
				p = math.NaN()
			}
			families[i] = append(families[i], p)
		}
	}
	for i, family := range stats.BenjaminiBogomolov(families, falseRate) {
		for k, c := range costs(&suspects[i]) {
			c.Clear = family[k]
		}
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
