package journey

import (
	"cmp"
	"context"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/cut"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
)

// RunDetail is one run against the design.
type RunDetail struct {
	Journey model.Journey
	RunSummary
	Facts   []RunFact // by time, then as they came; the answers about it among them
	Moves   []RunMove // the run held against the script; Event is an index of Facts. Nil without a script, and when Limited
	Fitness float64   // of it, when there are Moves
	Late    []Late
	Limited bool // only facts of some areas were seen
}

// RunFact is one thing that was lived in a run. What memory does not know yet,
// or shows to others only, has nothing but its time, its name and where it was.
type RunFact struct {
	remember.Item
	Step *model.Step // that it can be; nil: none, or an answer
}

// Late is a step after which the next came, or is to come, later than expected.
type Late struct {
	Step model.Step
	At   cx.Time // of the step
	Due  cx.Time
	Next cx.Time // 0: it has not come
}

// Run returns one run. It needs the rights scores.view and customers.view; the
// error is cx.NotFound when there is none, or when p does not reach its customer.
func (s *Service) Run(ctx context.Context, p cx.Principal, slug, id string) (RunDetail, error) {
	d, err := s.run(ctx, p, slug, id)
	return d, cx.Wrap("journey.Run", err)
}

func (s *Service) run(ctx context.Context, p cx.Principal, slug, id string) (RunDetail, error) {
	if err := account.Check(p, account.ViewCustomers); err != nil {
		return RunDetail{}, err
	}
	x, err := s.lived(ctx, p, slug, Filter{})
	if err != nil {
		return RunDetail{}, err
	}
	c, ok := x.caseOf(id)
	if !ok {
		return RunDetail{}, noRun()
	}
	runs, err := x.summaries([]int{c})
	if err == nil {
		err = s.name(ctx, p, x, []int{c}, runs)
	}
	if err != nil {
		return RunDetail{}, err
	}
	if runs[0].Customer == nil {
		return RunDetail{}, noRun()
	}
	d := RunDetail{Journey: x.journey, RunSummary: runs[0], Limited: x.limited}
	places, err := s.facts(ctx, p, x, c, &d)
	if err != nil || x.limited || len(x.steps) == 0 {
		return d, err
	}
	held, err := runAgainst(x, c)
	d.Moves, d.Fitness, d.Late = held.Moves, held.Fitness, held.Late
	from, _ := x.log.Span(c)
	for i := range d.Moves {
		if e := &d.Moves[i].Event; *e >= 0 {
			*e = places[*e-from]
		}
	}
	return d, err
}

func noRun() error { return cx.Errorf(cx.NotFound, "", "there is no such run") }

// facts tells what was lived in the case, and returns by event where it is among
// the facts.
func (s *Service) facts(ctx context.Context, p cx.Principal, x *lived, c int, d *RunDetail) ([]int, error) {
	l := x.log
	seqs, err := cut.Seqs(ctx, s.c.Facts, p, x.journey, l, c)
	if err != nil {
		return nil, err
	}
	from, to := l.Span(c)
	type line struct {
		event int // −1 of an answer
		seq   cx.Seq
		at    int64
		where eventlog.Context
	}
	var lines []line
	for e := from; e < to; e++ {
		lines = append(lines, line{e - from, seqs[e-from], l.At[e], l.Where(e)})
	}
	for _, a := range l.Answered(c, c+1) {
		if n := len(lines); lines[n-1].event >= 0 || lines[n-1].seq != cx.Seq(a.Seq) { // the items of one answer are one fact
			lines = append(lines, line{-1, cx.Seq(a.Seq), a.At, l.Contexts[a.Context]})
		}
	}
	slices.SortStableFunc(lines, func(a, b line) int { return cmp.Compare(a.at, b.at) })
	all := make([]cx.Seq, len(lines))
	for i := range lines {
		all[i] = lines[i].seq
	}
	items, err := s.c.Memory.EventsBySeq(ctx, p, all)
	if err != nil {
		return nil, err
	}
	known := map[cx.Seq]remember.Item{}
	for _, i := range items {
		known[i.Seq] = i
	}
	places := make([]int, to-from)
	for i, line := range lines {
		f := RunFact{}
		var is bool
		if f.Item, is = known[line.seq]; !is || line.seq == 0 {
			w := line.where
			f.Item = remember.Item{Seq: line.seq, Kind: cx.Answer, At: cx.Time(line.at), Source: w.Source, Class: model.Class{
				Touchpoint: w.Touchpoint, Stage: w.Stage, Channel: w.Channel, Medium: w.Medium, Area: w.Area, Supplier: w.Supplier, Place: w.Place,
			}}
		}
		if line.event >= 0 {
			places[line.event] = i
			if !is {
				f.Kind = cx.Track
			}
			f.Name = l.Activities[l.Activity[from+line.event]].Name
			f.Step = x.step(from + line.event)
		}
		d.Facts = append(d.Facts, f)
	}
	return places, nil
}
