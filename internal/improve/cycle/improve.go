package cycle

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/improve/impact"
	"github.com/vivencia-cx/vivencia/internal/jobs"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// What an initiative that worked can become part of.
const (
	IntoScript  = "script" // slug of a journey
	IntoPromise = "promise"
	IntoRule    = "rule"
	IntoPolicy  = "policy"
)

// Intos lists them.
func Intos() []string { return []string{IntoScript, IntoPromise, IntoRule, IntoPolicy} }

// await puts the end of a running initiative on the clock, or takes it off.
func (s *Service) await(ctx context.Context, tx *sqldb.Tx, i *Initiative) error {
	if i.Stage == Doing && i.Until != 0 {
		return s.c.Jobs.Put(ctx, tx, jobs.Job{Kind: untilKind, Key: i.Slug, Due: i.Until})
	}
	_, err := s.c.Jobs.Cancel(ctx, tx, untilKind, i.Slug)
	return err
}

// until is the job that ends an initiative whose time is over.
func (s *Service) until(ctx context.Context, j jobs.Job) (jobs.Done, error) {
	_, err := s.change(ctx, cx.System(), j.Key, 0, func(_ *sqldb.Tx, i *Initiative) ([]Entry, error) {
		if i.Stage != Doing || i.Until == 0 || i.Until > s.c.Clock.Now() {
			return nil, nil
		}
		i.Stage, i.EndedAt = Evaluating, i.Until
		return []Entry{{What: Ended}}, nil
	})
	return nil, err
}

// End says that nobody is exposed any more: what it did can be found out. Needs
// account.LeadImprovement.
func (s *Service) End(ctx context.Context, p cx.Principal, slug string, revision int64) (Initiative, error) {
	const op = "cycle.End"
	return s.lead(ctx, op, account.LeadImprovement, p, slug, revision, func(tx *sqldb.Tx, i *Initiative) ([]Entry, error) {
		if i.Stage != Doing {
			return nil, cx.Errorf(cx.Conflict, op, "this initiative does not run")
		}
		i.Stage, i.EndedAt = Evaluating, s.c.Clock.Now()
		return []Entry{{What: Ended}}, s.await(ctx, tx, i)
	})
}

// Stop ends an initiative before its time, and says why: one that runs is still
// evaluated, one that is only planned is over, and its opportunity open again.
// Needs account.LeadImprovement.
func (s *Service) Stop(ctx context.Context, p cx.Principal, slug string, revision int64, why string) (Initiative, error) {
	const op = "cycle.Stop"
	why = strings.TrimSpace(why)
	if faults := checkWords("why", why, 1, maxText); faults != nil {
		return Initiative{}, cx.InvalidFaults(op, faults)
	}
	return s.lead(ctx, op, account.LeadImprovement, p, slug, revision, func(tx *sqldb.Tx, i *Initiative) ([]Entry, error) {
		now := s.c.Clock.Now()
		switch i.Stage {
		case Planning:
			i.Stage, i.ClosedAt = Closed, now
			if err := s.giveBack(ctx, tx, i); err != nil {
				return nil, err
			}
		case Doing:
			i.Stage, i.EndedAt = Evaluating, now
			if err := s.await(ctx, tx, i); err != nil {
				return nil, err
			}
		default:
			return nil, cx.Errorf(cx.Conflict, op, "this initiative does not run")
		}
		i.StoppedBy, i.StoppedWhy = p.ID, why
		return []Entry{{What: Stopped, Text: why}}, nil
	})
}

// giveBack opens the opportunity of an initiative that was never begun.
func (s *Service) giveBack(ctx context.Context, tx *sqldb.Tx, i *Initiative) error {
	if i.Opportunity == "" {
		return nil
	}
	o, err := one(tx.QueryRow(ctx, `SELECT body FROM cycle_opportunities WHERE id = $1`, i.Opportunity))
	if err != nil || o.State != StateTaken || o.Initiative != i.Slug {
		return err
	}
	o.State, o.Initiative, o.ChangedAt = StateOpen, "", s.c.Clock.Now()
	return put(ctx, tx, &o)
}

// Decide says what becomes of an initiative that ended, and what was learned: it
// is adopted (and over when it is part of how the company serves: Close), stopped,
// or gets a next version, which Child names. To adopt what is not known to work
// takes a reason. Needs account.LeadImprovement.
func (s *Service) Decide(ctx context.Context, p cx.Principal, slug string, revision int64, d Decision) (Initiative, error) {
	const op = "cycle.Decide"
	d.Why, d.At, d.By, d.ByName = strings.TrimSpace(d.Why), s.c.Clock.Now(), p.ID, p.Name
	if err := cx.InvalidFaults(op, d.check(s.c.Models.Current().Model)); err != nil {
		return Initiative{}, err
	}
	return s.lead(ctx, op, account.LeadImprovement, p, slug, revision, func(tx *sqldb.Tx, i *Initiative) ([]Entry, error) {
		switch i.Stage {
		case Evaluating:
		case Doing:
			return nil, cx.Errorf(cx.Conflict, op, "this initiative still runs: end it first")
		default:
			return nil, cx.Errorf(cx.Conflict, op, "this initiative has not ended, or it is decided already")
		}
		worked := i.Evaluation != nil && i.Evaluation.Verdict == impact.Worked
		if d.Choice == Adopt && !worked && d.Why == "" {
			return nil, cx.InvalidFaults(op, []cx.Fault{{Field: "why", Message: "nobody can tell that it works: say why it is adopted all the same"}})
		}
		i.Decision = &d
		switch d.Choice {
		case Adopt:
			i.Stage = Improving
			return []Entry{{What: Adopted, Text: d.Why, To: d.Into + ":" + d.Ref}}, nil
		case Next:
			next, err := s.version(ctx, tx, i, p)
			if err != nil {
				return nil, err
			}
			i.Stage, i.ClosedAt, i.Child = Closed, d.At, next.Slug
			return []Entry{{What: Versioned, To: next.Slug}, {What: Learned, Text: d.Why}}, nil
		default:
			i.Stage, i.ClosedAt = Closed, d.At
			return []Entry{{What: Learned, Text: d.Why}}, nil
		}
	})
}

func (d *Decision) check(m *model.Model) (faults []cx.Fault) {
	if !slices.Contains([]Choice{Adopt, Stop, Next}, d.Choice) {
		faults = append(faults, cx.Fault{Field: "choice", Message: "is adopt, stop or next"})
	}
	faults = append(faults, checkText("learned", d.Learned, 1, maxText)...)
	faults = append(faults, checkWords("why", d.Why, 0, maxText)...)
	if d.Choice != Adopt {
		d.Into, d.Ref = "", ""
		return faults
	}
	is, ok := map[string]func() bool{
		IntoScript:  func() bool { _, ok := m.Journey(d.Ref); return ok },
		IntoPromise: func() bool { _, ok := m.Promise(d.Ref); return ok },
		IntoPolicy:  func() bool { _, ok := m.Policy(d.Ref); return ok },
		IntoRule:    func() bool { return slices.ContainsFunc(m.Rules, func(r model.Rule) bool { return r.Slug == d.Ref }) },
	}[d.Into]
	switch {
	case !ok:
		faults = append(faults, cx.Fault{Field: "into", Message: "is script, promise, rule or policy"})
	case d.Ref != "" && !is():
		faults = append(faults, cx.Fault{Field: "ref", Message: "there is none of this name in the model: choose one, or leave it open"})
	}
	return faults
}

// version plans the next version of an initiative: what it attacks, for whom and
// how it was judged, with what was learned; what was hoped for is what was found.
func (s *Service) version(ctx context.Context, tx *sqldb.Tx, was *Initiative, p cx.Principal) (Initiative, error) {
	d := was.Draft
	d.Taught, d.From, d.Until = was.Decision.Learned, 0, 0
	d.Plan = d.Plan.Normal()
	d.Plan.Sample, d.Plan.Rule.Until, d.Plan.Design.Starts, d.Plan.Design.From = 0, time.Time{}, nil, time.Time{}
	if e := was.Evaluation; e != nil && e.Verdict == impact.Worked && e.Effect != nil {
		d.Plan.Expected = e.Effect.Value
	}
	d.Milestones = slices.Clone(d.Milestones)
	for n := range d.Milestones {
		m := &d.Milestones[n]
		m.Due, m.DoneAt, m.By, m.ByName = 0, 0, "", ""
	}
	i := Initiative{Draft: d, Stage: Planning, Version: was.Version + 1, Parent: was.Slug, By: p.ID, ByName: p.Name, PlannedAt: s.c.Clock.Now()}
	if err := s.born(ctx, tx, &i, p); err != nil {
		return i, err
	}
	if err := move(ctx, tx, ofInitiative(was.Slug), ofInitiative(i.Slug)); err != nil || i.Opportunity == "" {
		return i, err
	}
	o, err := one(tx.QueryRow(ctx, `SELECT body FROM cycle_opportunities WHERE id = $1`, i.Opportunity))
	if err != nil || o.ID == "" {
		return i, err
	}
	o.State, o.Initiative, o.ChangedAt = StateTaken, i.Slug, s.c.Clock.Now()
	return i, put(ctx, tx, &o)
}

// Close says that what was adopted is part of how the company serves. Needs
// account.LeadImprovement.
func (s *Service) Close(ctx context.Context, p cx.Principal, slug string, revision int64) (Initiative, error) {
	const op = "cycle.Close"
	return s.lead(ctx, op, account.LeadImprovement, p, slug, revision, func(_ *sqldb.Tx, i *Initiative) ([]Entry, error) {
		if i.Stage != Improving {
			return nil, cx.Errorf(cx.Conflict, op, "only what was adopted is closed like this")
		}
		i.Stage, i.ClosedAt = Closed, s.c.Clock.Now()
		return []Entry{{What: Learned}}, nil
	})
}

// Told notes that those who asked for what was improved know it now, and how many
// they are; it adds up. Needs account.LeadImprovement.
func (s *Service) Told(ctx context.Context, p cx.Principal, slug string, n int) error {
	_, err := s.lead(ctx, "cycle.Told", account.LeadImprovement, p, slug, 0, func(_ *sqldb.Tx, i *Initiative) ([]Entry, error) {
		i.ToldAt = cmp.Or(i.ToldAt, s.c.Clock.Now())
		i.Told += n
		return []Entry{{What: Announced, Amount: int64(n)}}, nil
	})
	return err
}
