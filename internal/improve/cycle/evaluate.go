package cycle

import (
	"context"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/improve/impact"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// Judged is the service as impact sees it.
func (s *Service) Judged() impact.Initiatives { return judged{s} }

type judged struct{ *Service }

// Initiatives lists what runs or is being evaluated, the newest first.
func (s judged) Initiatives(ctx context.Context) ([]impact.Initiative, error) {
	all, err := s.all(ctx)
	if err != nil {
		return nil, cx.Wrap("cycle.Initiatives", err)
	}
	out := []impact.Initiative{}
	for _, i := range byStart(all) {
		if i.Stage == Doing || i.Stage == Evaluating {
			out = append(out, s.plan(&i))
		}
	}
	return out, nil
}

// Initiative returns one that was started, within p's reach.
func (s judged) Initiative(ctx context.Context, p cx.Principal, slug string) (impact.Initiative, error) {
	const op = "cycle.Initiative"
	i, err := s.reached(ctx, p, slug)
	if err == nil && i.Hash == "" {
		err = cx.Errorf(cx.Conflict, op, "this initiative has not started yet")
	}
	if err != nil {
		return impact.Initiative{}, cx.Wrap(op, err)
	}
	return s.plan(&i), nil
}

// plan is an initiative as it is judged.
func (s judged) plan(i *Initiative) impact.Initiative {
	cost := i.Spent
	if cost == 0 {
		cost = i.Budget
	}
	return impact.Initiative{
		Slug: i.Slug, Hash: i.Hash, Title: i.Title, Plan: i.Plan, Areas: i.Areas, From: i.From, Until: i.Until,
		Cost: cx.Money{Minor: cost, Currency: s.c.Models.Current().Model.Company.Currency}, Running: i.Stage == Doing,
	}
}

// Evaluated keeps what was found out last. That the verdict is another one, or
// decided by the rule of the plan, is part of the story; a decided one ends the
// exposure. The same evaluation, or an older one, changes nothing.
func (s judged) Evaluated(ctx context.Context, slug string, e impact.Evaluation) error {
	return cx.Wrap("cycle.Evaluated", s.hear(ctx, slug, e, func(i *Initiative, was *impact.Evaluation) []Entry {
		if was != nil && was.Verdict == e.Verdict && was.Final == e.Final {
			return nil
		}
		if e.Final && i.Stage == Doing {
			i.Stage, i.EndedAt = Evaluating, s.c.Clock.Now()
		}
		return []Entry{{What: Evaluated, Text: string(e.Verdict), To: e.ID}}
	}))
}

// Breached stops an initiative that does harm by a guardrail. One that does not
// run any more stays as it is.
func (s judged) Breached(ctx context.Context, slug, guardrail string, e impact.Evaluation) error {
	return cx.Wrap("cycle.Breached", s.hear(ctx, slug, e, func(i *Initiative, _ *impact.Evaluation) []Entry {
		if i.Stage != Doing {
			return nil
		}
		i.Stage, i.EndedAt, i.StoppedBy = Evaluating, s.c.Clock.Now(), byGuardrail+guardrail
		return []Entry{{What: Stopped, To: byGuardrail + guardrail}}
	}))
}

// byGuardrail stands before the name of the guardrail that stopped an initiative.
const byGuardrail = "guardrail:"

// hear takes an evaluation in; fn tells what it means for the initiative, which had
// was before it.
func (s judged) hear(ctx context.Context, slug string, e impact.Evaluation, fn func(i *Initiative, was *impact.Evaluation) []Entry) error {
	e.Series = nil
	err := s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		i, err := read(ctx, tx, slug)
		if err != nil {
			return err
		}
		was := i.Evaluation
		newer := was == nil || was.Number < e.Number
		if newer {
			i.Evaluation = &e
		}
		entries := fn(&i, was)
		if !newer && !stops(entries) {
			return nil
		}
		for n := range entries {
			entries[n].At, entries[n].By, entries[n].ByName = e.At, cx.System().ID, cx.System().Name
		}
		if err := s.await(ctx, tx, &i); err != nil {
			return err
		}
		return s.write(ctx, tx, &i, entries...)
	})
	s.c.Jobs.Wake()
	return err
}

// stops tells whether an initiative was stopped.
func stops(entries []Entry) bool { return len(entries) > 0 && entries[0].What == Stopped }
