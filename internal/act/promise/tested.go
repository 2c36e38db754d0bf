package promise

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/stream"
)

// examples is how many broken instances of a test are told.
const examples = 20

// Test tells how often a promise, which need not be declared, would have been kept
// of what began in a window (zero: the year before now). It reads the whole log,
// as a promise that is new does, and keeps nothing. The promise must have been
// parsed with the model in force. It is refused to who is limited to areas, but
// for promises that these answer for.
func (s *Service) Test(ctx context.Context, p cx.Principal, pr model.Promise, w cx.Window) (Tested, error) {
	const op = "promise.Test"
	if err := account.Check(p, account.ViewPromises); err != nil {
		return Tested{}, cx.Wrap(op, err)
	}
	if p.Areas != nil && !slices.Contains(p.Areas, pr.Area) {
		return Tested{}, cx.Errorf(cx.Forbidden, op, "who is limited to areas tests only the promises that these answer for")
	}
	now := s.c.Clock.Now()
	if w.To == 0 {
		w.To = now + 1
	}
	if w.From == 0 {
		w.From = w.To.Add(-365 * day)
	}
	m := s.c.Models.Current().Model
	d := newReading(m, pr)
	r := reads{m: m, byEvent: map[string][]*reading{}}
	for _, name := range pr.Events() {
		r.byEvent[name] = []*reading{d}
	}
	t := trial{s: s, r: &r, d: d, marks: map[string][]mark{}, seen: map[cx.MessageHash]bool{}}
	after := cx.Seq(0)
	if err := s.c.Log.Read(ctx, 0, func(b stream.Batch) error {
		err := t.read(ctx, b, after)
		after = b.Last
		return cmp.Or(err, ctx.Err())
	}); err != nil {
		return Tested{}, cx.Wrap(op, err)
	}
	all, err := t.runs(ctx, now)
	if err != nil {
		return Tested{}, cx.Wrap(op, err)
	}
	tested, err := s.tested(ctx, p, d, all, w)
	return tested, cx.Wrap(op, err)
}

// trial is a promise on the past.
type trial struct {
	s     *Service
	r     *reads
	d     *reading
	marks map[string][]mark
	where []context4
	seen  map[cx.MessageHash]bool
}

// read takes the marks of a batch; what memory would not count twice counts once.
func (t *trial) read(ctx context.Context, b stream.Batch, after cx.Seq) error {
	var all []found
	for i := range b.Events {
		e := &b.Events[i]
		if t.r.byEvent[e.Name] == nil {
			continue
		}
		hash := cx.HashMessage(nil, e.Source, e.MessageID)
		if marks := t.r.marksOf(e, t.r.byEvent[e.Name]); len(marks) > 0 && !t.seen[hash] {
			t.seen[hash] = true
			all = append(all, marks...)
		}
	}
	var who []history.ResolvedFact
	if len(all) > 0 && t.d.customerKeyed() {
		resolved, err := t.s.c.Memory.Resolve(ctx, after, b.Last)
		if err != nil {
			return err
		}
		who = resolved.Facts
	}
	for _, m := range all {
		if i, ok := slices.BinarySearchFunc(who, m.seq, func(f history.ResolvedFact, seq cx.Seq) int { return cmp.Compare(f.Seq, seq) }); ok {
			m.profile = who[i].Profile
		}
		m.context = len(t.where)
		t.where = append(t.where, m.where)
		t.marks[m.key] = append(t.marks[m.key], m.mark)
	}
	return nil
}

// runs makes the instances, by when they began.
func (t *trial) runs(ctx context.Context, now cx.Time) (out []tried, err error) {
	for key, marks := range t.marks {
		if !t.d.customerKeyed() {
			out = append(out, t.tried(key, walk(marks, 0, now))...)
			continue
		}
		profiles := make([]cx.ProfileNo, len(marks))
		for i, m := range marks {
			profiles[i] = m.profile
		}
		owners, err := t.s.c.Memory.Owners(ctx, profiles)
		if err != nil {
			return nil, err
		}
		of := map[cx.CustomerID][]mark{}
		for i, id := range owners {
			if id != "" {
				of[id] = append(of[id], marks[i])
			}
		}
		for _, mine := range of {
			out = append(out, t.tried(key, walk(mine, 0, now))...)
		}
	}
	slices.SortFunc(out, func(a, b tried) int {
		return cmp.Or(cmp.Compare(a.from.at, b.from.at), cmp.Compare(a.from.seq, b.from.seq))
	})
	return out, nil
}

// tried is an instance of a test.
type tried struct {
	run
	key   string
	where context4
}

func (t *trial) tried(key string, runs []run) []tried {
	out := make([]tried, len(runs))
	for i, r := range runs {
		out[i] = tried{r, key, t.where[r.context]}
	}
	return out
}

// tested adds the instances of a test up.
func (s *Service) tested(ctx context.Context, p cx.Principal, d *reading, all []tried, w cx.Window) (Tested, error) {
	t := Tested{Window: w}
	zone := s.c.Models.Current().Model.Company.Zone()
	var took []time.Duration // of those that were ended
	var broken []tried
	for _, r := range all {
		if !w.Contains(r.from.at) {
			continue
		}
		t.Tally.add(cell{state: r.state, n: 1})
		local := r.from.at.Std().In(zone)
		month := cx.TimeOf(time.Date(local.Year(), local.Month(), 1, 0, 0, 0, 0, zone))
		if len(t.Months) == 0 || t.Months[len(t.Months)-1].From != month {
			t.Months = append(t.Months, Month{From: month})
		}
		t.Months[len(t.Months)-1].add(cell{state: r.state, n: 1})
		if r.state == Broken {
			broken = append(broken, r)
		}
		if r.ended != 0 && r.state != Void {
			took = append(took, r.ended.Sub(r.from.at))
		}
	}
	t.Share = ShareOf(t.Kept, t.Broken)
	t.Verdict = t.Share.verdict(d.promise.Objective)
	for i := range t.Months {
		t.Months[i].Share = ShareOf(t.Months[i].Kept, t.Months[i].Broken)
	}
	t.Objective = Suggested{Objective: t.Share.Low}
	if d.promise.Within.Span > 0 && d.promise.Within.Calendar == "" {
		slices.Sort(took)
		// Those that were never ended count as longer than any.
		if at := int(math.Ceil(d.promise.Objective * float64(t.Tally.Decided()))); at > 0 && at <= len(took) {
			t.Objective.Within = took[at-1]
		}
	}
	var err error
	t.Examples, err = s.examples(ctx, p, d, broken)
	return t, err
}

// examples are the newest broken instances of a test, and whose they are.
func (s *Service) examples(ctx context.Context, p cx.Principal, d *reading, broken []tried) ([]Instance, error) {
	var all []stored
	out := []Instance{}
	for _, r := range slices.Backward(broken) {
		if len(out) == examples {
			break
		}
		resolved, err := s.c.Memory.Resolve(ctx, r.from.seq-1, r.from.seq)
		if err != nil {
			return nil, err
		}
		if len(resolved.Facts) == 0 {
			continue
		}
		all = append(all, stored{profile: resolved.Facts[0].Profile})
		out = append(out, Instance{
			Promise: d.promise.Slug, Area: d.promise.Area, About: d.about(r.key), State: r.state, From: r.from.seq, Made: r.from.at, Due: r.from.due, Since: r.since,
			By: r.by, Ended: r.ended, Touchpoint: r.where.touchpoint, Supplier: r.where.supplier, Place: r.where.place, Region: r.where.region,
		})
	}
	v := &view{s: s, p: p}
	return out, v.names(ctx, out, all)
}
