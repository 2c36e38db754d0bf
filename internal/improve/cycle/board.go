package cycle

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/improve/impact"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// List returns the initiatives that the query lets through, what changed last
// first; without a stage those that are not over. Needs account.ViewImprovement.
func (s *Service) List(ctx context.Context, p cx.Principal, q Query) ([]Initiative, error) {
	const op = "cycle.List"
	all, err := s.seen(ctx, p)
	if err != nil {
		return nil, cx.Wrap(op, err)
	}
	found := []Initiative{}
	for _, i := range all {
		if q.passes(&i, p) && (q.Stage != "" || i.Stage != Closed) {
			found = append(found, i)
		}
	}
	return found, nil
}

// seen are the initiatives that somebody may see.
func (s *Service) seen(ctx context.Context, p cx.Principal) ([]Initiative, error) {
	if err := account.Check(p, account.ViewImprovement); err != nil {
		return nil, err
	}
	all, err := s.all(ctx)
	if err != nil {
		return nil, err
	}
	people, err := s.people(ctx)
	all = slices.DeleteFunc(all, func(i Initiative) bool { return !reaches(p, &i) })
	for n := range all {
		all[n].OwnerName = people[all[n].Owner].Name
	}
	return all, err
}

func (q *Query) passes(i *Initiative, p cx.Principal) bool {
	return (q.Stage == "" || i.Stage == q.Stage) && (q.Area == "" || slices.Contains(i.Areas, q.Area)) && (q.Touchpoint == "" || i.Touchpoint == q.Touchpoint) &&
		(!q.Mine || i.takesPart(p)) && finds(q.Text, i.texts()...)
}

// texts is all that is written of an initiative.
func (i *Initiative) texts() []model.Text {
	all := []model.Text{i.Title, i.Hypothesis, i.Goal, i.Taught, {ES: i.StoppedWhy}, {ES: i.Cause}}
	for _, m := range i.Milestones {
		all = append(all, m.Title)
	}
	if i.Decision != nil {
		all = append(all, i.Decision.Learned, model.Text{ES: i.Decision.Why})
	}
	return all
}

// Board tells where the initiatives stand that the query lets through; its stage is
// not looked at. Needs account.ViewImprovement.
func (s *Service) Board(ctx context.Context, p cx.Principal, q Query) (b Board, err error) {
	const op = "cycle.Board"
	all, err := s.seen(ctx, p)
	if err != nil {
		return b, cx.Wrap(op, err)
	}
	q.Stage = ""
	for _, stage := range Stages() {
		b.Columns = append(b.Columns, Column{Stage: stage, Items: []Initiative{}})
	}
	for _, i := range all {
		if !q.passes(&i, p) {
			continue
		}
		if at := slices.Index(Stages(), i.Stage); at >= 0 {
			b.Columns[at].Items = append(b.Columns[at].Items, i)
		} else {
			b.Closed++
		}
	}
	return b, nil
}

// Initiative tells all of one. Needs account.ViewImprovement; NotFound outside
// p's reach.
func (s *Service) Initiative(ctx context.Context, p cx.Principal, slug string) (f Full, err error) {
	const op = "cycle.Initiative"
	if f.Initiative, err = s.reached(ctx, p, slug); err != nil {
		return Full{}, cx.Wrap(op, err)
	}
	if f.Initiative, err = s.named(ctx, op, f.Initiative); err != nil {
		return Full{}, err
	}
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		if f.Story, err = story(ctx, tx, slug); err != nil {
			return err
		}
		var e Evidence
		e, f.Gone, err = kept(ctx, tx, ofInitiative(slug))
		f.Evidence.Customers, f.Evidence.Words = e.Customers, e.Words
		return err
	})
	if err != nil {
		return Full{}, cx.Wrap(op, err)
	}
	all, err := s.all(ctx)
	if err != nil {
		return Full{}, cx.Wrap(op, err)
	}
	f.Versions = versions(all, slug)
	f.Said, err = s.quotes(ctx, p, f.Evidence.Words)
	return f, cx.Wrap(op, err)
}

// versions are those of an initiative, the first first.
func versions(all []Initiative, slug string) []Version {
	of := map[string]*Initiative{}
	for n := range all {
		of[all[n].Slug] = &all[n]
	}
	first := of[slug]
	for first != nil && of[first.Parent] != nil {
		first = of[first.Parent]
	}
	out := []Version{}
	for i := first; i != nil; i = of[i.Child] {
		out = append(out, Version{Slug: i.Slug, Version: i.Version, Stage: i.Stage, Verdict: i.verdict()})
	}
	return out
}

// verdict is the last one; "" without an evaluation.
func (i *Initiative) verdict() impact.Verdict {
	if i.Evaluation == nil {
		return ""
	}
	return i.Evaluation.Verdict
}

// At lists the initiatives of a touchpoint that are not over. Needs
// account.ViewImprovement.
func (s *Service) At(ctx context.Context, p cx.Principal, touchpoint string) ([]Initiative, error) {
	if touchpoint == "" {
		return []Initiative{}, nil
	}
	return s.List(ctx, p, Query{Touchpoint: touchpoint})
}

// OfCause lists the initiatives that attack a cause of cases, those that are over
// too: its words, or "promise.SLUG", "policy.SLUG", "topic.SLUG" of what they are
// about. Needs account.ViewImprovement.
func (s *Service) OfCause(ctx context.Context, p cx.Principal, cause string) ([]Initiative, error) {
	all, err := s.seen(ctx, p)
	if err != nil {
		return nil, cx.Wrap("cycle.OfCause", err)
	}
	return slices.DeleteFunc(all, func(i Initiative) bool { return cause == "" || !i.hasCause(cause) }), nil
}

func (a About) hasCause(cause string) bool {
	kind, slug, _ := strings.Cut(cause, ".")
	return folded(a.Cause) == folded(cause) || slug != "" && map[string]string{"promise": a.Promise, "policy": a.Policy, "topic": a.Topic}[kind] == slug
}

// Calendar tells what falls into a window, in order: starts, ends, milestones, the
// shops and cities that begin, and the days by which the rule of a plan decides.
// Needs account.ViewImprovement.
func (s *Service) Calendar(ctx context.Context, p cx.Principal, w cx.Window) ([]Day, error) {
	const op = "cycle.Calendar"
	all, err := s.seen(ctx, p)
	if err != nil {
		return nil, cx.Wrap(op, err)
	}
	now := s.c.Clock.Now()
	days := []Day{}
	for _, i := range all {
		add := func(d Day) {
			if d.At != 0 && w.Contains(d.At) {
				d.Slug, d.Title, d.Stage = i.Slug, i.Title, i.Stage
				d.Late = !d.Done && d.At < now && i.Stage != Closed
				days = append(days, d)
			}
		}
		begun, ended := i.Hash != "" && i.From <= now, i.EndedAt != 0 || i.Stage == Closed
		add(Day{At: i.From, Until: i.Until, What: "start", Done: begun})
		add(Day{At: cmp.Or(i.EndedAt, i.Until), What: "end", Done: ended})
		if until := i.Plan.Rule.Until; !until.IsZero() {
			add(Day{At: cx.TimeOf(until), What: "decision", Done: i.Evaluation != nil && i.Evaluation.Final})
		}
		for _, m := range i.Milestones {
			add(Day{At: m.Due, What: "milestone", Name: m.Title, Done: m.DoneAt != 0, Milestone: m.ID})
		}
		for _, start := range i.Plan.Design.Starts {
			add(Day{At: cx.TimeOf(start.At), What: "shop", Name: model.Text{ES: start.Unit, EN: start.Unit, PT: start.Unit}, Done: begun && cx.TimeOf(start.At) <= now})
		}
	}
	slices.SortFunc(days, func(a, b Day) int {
		return cmp.Or(cmp.Compare(a.At, b.At), strings.Compare(a.Slug, b.Slug), strings.Compare(a.What, b.What))
	})
	return days, nil
}

// byStart orders initiatives by when they started, the newest first.
func byStart(all []Initiative) []Initiative {
	slices.SortStableFunc(all, func(a, b Initiative) int { return cmp.Compare(b.FrozenAt, a.FrozenAt) })
	return all
}

// Learned searches what was learned: in all that is written of initiatives that are
// decided about, in every language, accents folded; the newest first, at most
// limit (0: 50). Needs account.ViewImprovement.
func (s *Service) Learned(ctx context.Context, p cx.Principal, text string, limit int) ([]Lesson, error) {
	const op = "cycle.Learned"
	all, err := s.seen(ctx, p)
	if err != nil {
		return nil, cx.Wrap(op, err)
	}
	found := []Lesson{}
	for _, i := range all {
		if i.Decision != nil && finds(text, i.texts()...) {
			found = append(found, Lesson{
				Slug: i.Slug, Title: i.Title, Learned: i.Decision.Learned, Areas: i.Areas, Choice: i.Decision.Choice, Verdict: i.verdict(), DecidedAt: i.Decision.At, Version: i.Version,
			})
		}
	}
	slices.SortStableFunc(found, func(a, b Lesson) int { return cmp.Compare(b.DecidedAt, a.DecidedAt) })
	return found[:min(len(found), cmp.Or(limit, usualLimit))], nil
}

// Cadence tells how the cycle went in a window: how many initiatives were planned,
// started, decided by the rule of their plan, and decided about; which areas and
// how many people took part. Needs account.ViewImprovement.
func (s *Service) Cadence(ctx context.Context, p cx.Principal, w cx.Window) (c Cadence, err error) {
	const op = "cycle.Cadence"
	all, err := s.seen(ctx, p)
	if err != nil {
		return c, cx.Wrap(op, err)
	}
	within := func(at cx.Time) bool { return at != 0 && w.Contains(at) }
	areas, people := map[string]bool{}, map[string]bool{}
	for _, i := range all {
		part := within(i.PlannedAt) || within(i.FrozenAt) || within(i.EndedAt)
		c.Planned += count(within(i.PlannedAt))
		c.Started += count(within(i.FrozenAt))
		c.Ended += count(within(i.EndedAt))
		if i.Decision != nil && within(i.Decision.At) {
			c.Decided++
			part = true
		}
		if !part && i.Stage != Doing {
			continue
		}
		for _, a := range i.Areas {
			areas[a] = true
		}
		for _, id := range append([]string{i.By, i.Owner}, i.People...) {
			if strings.HasPrefix(id, "person:") {
				people[id] = true
			}
		}
	}
	for a := range areas {
		c.Areas = append(c.Areas, a)
	}
	slices.Sort(c.Areas)
	c.Who = slices.Sorted(maps.Keys(people))
	c.People = len(people)
	return c, nil
}

func count(is bool) int {
	if is {
		return 1
	}
	return 0
}
