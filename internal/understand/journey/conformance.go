package journey

import (
	"cmp"
	"context"
	"slices"
	"sort"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/conform"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

// ConformanceQuery asks how runs differ from the script.
type ConformanceQuery struct{ Filter Filter }

// Conformance is how runs differ from the script, by alignment (package align):
// a completed run against the whole script, one that goes on or was given up
// against as much of the script as it came to, so that what it had not come to is
// not skipped. Without a script N is 0 and there is no figure.
type Conformance struct {
	Journey     model.Journey
	N           int              // runs
	Fitness     outcome.Estimate // mean over all runs; 1 is as designed
	Completed   outcome.Estimate // … over the completed
	AsDesigned  Share            // runs without a skipped, repeated, unexpected or disordered step
	Steps       []StepConformance
	Touchpoints []TouchpointConformance // the least fitting first
	Weeks       []FitnessWeek           // in order, at most the last 104; weeks without runs are left out
	Upper       int                     // runs so long that their fitness may be higher than told
}

// StepConformance is how one step of the script was lived.
type StepConformance struct {
	Step     model.Step
	Lived    Share // of the runs that came to it or past it: lived in its place
	InTime   Share // of the times it was so lived and the time to the next step is over, or that has come: the next step came in time. N = 0 where nothing is expected
	Repeated Share // of all runs: lived again though the script does not repeat it
}

// TouchpointConformance is what share of what was lived, or should have been, at
// a touchpoint is as designed.
type TouchpointConformance struct {
	Touchpoint string
	AsDesigned Share
}

// FitnessWeek is the fitness of the runs that began in a week.
type FitnessWeek struct {
	From    cx.Time
	Fitness outcome.Estimate
}

// Conformance returns how the runs that the filter lets through differ from the
// script. It needs the right scores.view; who sees only some areas sees runs in
// part, which cannot be held against the script: cx.Forbidden.
func (s *Service) Conformance(ctx context.Context, p cx.Principal, slug string, q ConformanceQuery) (Conformance, error) {
	h, err := s.conformed(ctx, p, slug, q.Filter)
	if err != nil {
		return Conformance{}, cx.Wrap("journey.Conformance", err)
	}
	return h.conformance, nil
}

// Deviations returns in which ways they differ, the commonest first. Rights and
// errors are Conformance's.
func (s *Service) Deviations(ctx context.Context, p cx.Principal, slug string, q ConformanceQuery) ([]Deviation, error) {
	h, err := s.conformed(ctx, p, slug, q.Filter)
	if err != nil {
		return nil, cx.Wrap("journey.Deviations", err)
	}
	return h.incidence.deviations, nil
}

func (s *Service) conformed(ctx context.Context, p cx.Principal, slug string, f Filter) (*conformed, error) {
	x, err := s.seenWhole(ctx, p, slug, f)
	if err != nil {
		return nil, err
	}
	return x.conformed()
}

// seenWhole returns the runs for who sees all of them.
func (s *Service) seenWhole(ctx context.Context, p cx.Principal, slug string, f Filter) (*lived, error) {
	x, err := s.lived(ctx, p, slug, f)
	if err == nil && x.limited {
		return nil, cx.Errorf(cx.Forbidden, "", "whoever sees only some areas sees runs in part: they cannot be held against the script")
	}
	return x, err
}

// Held holds an analyst's log, of cases that are over, against a script of the
// model. Without touchpoints, an activity is a step's by name: one of its events
// or, when it names none, one that its touchpoint claims, its name, its slug or
// its touchpoint's. The error is cx.Invalid when branches that are lived in
// parallel cannot be told apart.
func Held(l *eventlog.Log, m *model.Model, j model.Journey) (Conformance, []Deviation, error) {
	x := &lived{
		journey: j, model: m, log: l, steps: j.Steps(), states: slices.Repeat([]State{Completed}, l.Cases()),
		zone: time.UTC, named: true, memos: &memos{},
	}
	h, err := x.conformed()
	if err != nil {
		return Conformance{}, nil, cx.Wrap("journey.Held", err)
	}
	return h.conformance, h.incidence.deviations, nil
}

// conformed is how runs differ from the script, and which.
type conformed struct {
	conformance Conformance
	incidence   incidence
}

// conformed holds the runs against the script. It is kept as long as the runs.
func (x *lived) conformed() (*conformed, error) {
	return memo(x, "conformed", func() (*conformed, error) {
		if len(x.steps) == 0 {
			return &conformed{conformance: Conformance{Journey: x.journey}}, nil
		}
		r, err := x.read()
		if err != nil {
			return nil, err
		}
		return &conformed{x.conformanceOf(r), x.incidenceOf(r)}, nil
	})
}

func (x *lived) conformanceOf(r *conform.Ways) Conformance {
	out := Conformance{Journey: x.journey, N: x.log.Cases()}
	runs := make([]int, len(r.Ways)) // by way
	inTime, waited := make([]int, len(x.steps)), make([]int, len(x.steps))
	cuts, weeks := x.weeks()
	var all, completed sums
	for c, w := range r.Of {
		runs[w]++
		one := &r.Ways[w]
		all.add(one.Fitness)
		if x.states[c] == Completed {
			completed.add(one.Fitness)
		}
		began := cx.Time(x.log.At[x.log.First[c]])
		if week := sort.Search(len(cuts), func(i int) bool { return cuts[i] > began }) - 1; week >= 0 && week < len(weeks) {
			weeks[week].add(one.Fitness)
		}
		for _, wait := range one.Waits {
			_, next, late := x.lateness(c, wait)
			if next != 0 || late {
				waited[wait.Step]++
			}
			if next != 0 && !late {
				inTime[wait.Step]++
			}
		}
	}
	out.Fitness, out.Completed = outcome.MeanOf(all.sample(), 0, 1), outcome.MeanOf(completed.sample(), 0, 1)
	for i, week := range weeks {
		if week.n > 0 {
			out.Weeks = append(out.Weeks, FitnessWeek{cuts[i], outcome.MeanOf(week.sample(), 0, 1)})
		}
	}
	x.tell(&out, r, runs)
	for i := range out.Steps {
		out.Steps[i].InTime = shareOf(inTime[i], waited[i])
	}
	return out
}

// mostWeeks is how many weeks are told one by one.
const mostWeeks = 104

// weeks returns the boundaries of the weeks in which the last of the runs began.
func (x *lived) weeks() ([]cx.Time, []sums) {
	var first, last int64
	for c := range x.log.Cases() {
		began := x.log.At[x.log.First[c]]
		if c == 0 || began < first {
			first = began
		}
		last = max(last, began)
	}
	from := max(cx.Time(first), cx.Time(last).Add(-(mostWeeks-1)*7*24*time.Hour))
	cuts := history.Cuts(cx.Window{From: from, To: cx.Time(last) + 1}, history.Week, x.zone)
	return cuts, make([]sums, len(cuts))
}

// tell adds what each way says of the steps and touchpoints. runs is how many
// there are of each way.
func (x *lived) tell(out *Conformance, r *conform.Ways, runs []int) {
	type tally struct{ lived, due, repeated int }
	steps := make([]tally, len(x.steps))
	touchpoints := map[string]*[2]int{} // as designed, all
	at := func(touchpoint string, asDesigned, n int) {
		if touchpoint == "" {
			return
		}
		if touchpoints[touchpoint] == nil {
			touchpoints[touchpoint] = &[2]int{}
		}
		touchpoints[touchpoint][0] += asDesigned
		touchpoints[touchpoint][1] += n
	}
	asDesigned := 0
	variants := x.variants()
	for i, w := range r.Ways {
		n := runs[i]
		if n == 0 {
			continue
		}
		if w.Cost == 0 {
			asDesigned += n
		}
		if w.Upper {
			out.Upper += n
		}
		lived, due, repeated := map[int]bool{}, map[int]bool{}, map[int]bool{}
		for _, m := range w.Verdicts {
			switch m.Kind {
			case "":
				lived[m.Step], due[m.Step] = true, true
				at(x.steps[m.Step].Touchpoint, n, n)
			case Skipped, Disordered:
				due[m.Step] = true
				at(x.steps[m.Step].Touchpoint, 0, n)
			case Repeated:
				repeated[m.Step] = true
				at(x.steps[m.Step].Touchpoint, 0, n)
			default:
				at(x.log.Activities[variants.List[i/2].Activities[m.Event]].Touchpoint, 0, n)
			}
		}
		for s := range steps {
			steps[s].lived += n * count(lived[s])
			steps[s].due += n * count(due[s])
			steps[s].repeated += n * count(repeated[s])
		}
	}
	out.AsDesigned = shareOf(asDesigned, out.N)
	for i, s := range x.steps {
		out.Steps = append(out.Steps, StepConformance{Step: s, Lived: shareOf(steps[i].lived, steps[i].due), Repeated: shareOf(steps[i].repeated, out.N)})
	}
	for touchpoint, n := range touchpoints {
		out.Touchpoints = append(out.Touchpoints, TouchpointConformance{touchpoint, shareOf(n[0], n[1])})
	}
	slices.SortFunc(out.Touchpoints, func(a, b TouchpointConformance) int {
		return cmp.Or(cmp.Compare(a.AsDesigned.Value(), b.AsDesigned.Value()), cmp.Compare(a.Touchpoint, b.Touchpoint))
	})
}

// count is 1 of what is so.
func count(is bool) int {
	if is {
		return 1
	}
	return 0
}

// RunMove is a moment of one run held against the script.
type RunMove struct {
	Kind  DeviationKind // "": as designed
	Step  *model.Step   // that it is, or was to be; nil of the unexpected
	Event int           // number in the log; −1 of what was skipped
	At    cx.Time       // 0 of what was skipped
}

// against is one run held against the script.
type against struct {
	Moves   []RunMove
	Fitness float64
	Late    []Late
}

// runAgainst holds a case of the log against the script; with nothing to say
// when there is none.
func runAgainst(x *lived, c int) (against, error) {
	if len(x.steps) == 0 {
		return against{}, nil
	}
	r, err := x.read()
	if err != nil {
		return against{}, err
	}
	from, _ := x.log.Span(c)
	w := &r.Ways[r.Of[c]]
	out := against{Fitness: w.Fitness}
	for _, m := range w.Verdicts {
		move := RunMove{Kind: m.Kind, Event: -1}
		if m.Step >= 0 {
			s := x.steps[m.Step]
			move.Step = &s
		}
		if m.Event >= 0 {
			move.Event, move.At = from+m.Event, cx.Time(x.log.At[from+m.Event])
		}
		out.Moves = append(out.Moves, move)
	}
	for _, wait := range w.Waits {
		if _, next, late := x.lateness(c, wait); late {
			s, at := x.steps[wait.Step], cx.Time(x.log.At[from+wait.Event])
			out.Late = append(out.Late, Late{Step: s, At: at, Due: at.Add(s.Within), Next: cx.Time(next)})
		}
	}
	return out, nil
}
