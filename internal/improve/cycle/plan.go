package cycle

import (
	"context"
	"database/sql"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/improve/impact"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// Plan writes a new initiative down. What it leaves open its opportunity says,
// whose customers and words it keeps. Its slug is of its title. Needs
// account.PlanImprovement; who is limited to areas plans for one of theirs.
func (s *Service) Plan(ctx context.Context, p cx.Principal, d Draft) (Initiative, error) {
	const op = "cycle.Plan"
	if err := account.Check(p, account.PlanImprovement); err != nil {
		return Initiative{}, cx.Wrap(op, err)
	}
	if d.Opportunity != "" {
		o, err := s.told(ctx, p, d.Opportunity)
		if err != nil {
			return Initiative{}, cx.Wrap(op, err)
		}
		d.fill(&o)
	}
	d.Taught = model.Text{}
	if err := s.mayWrite(ctx, op, p, &d); err != nil {
		return Initiative{}, err
	}
	i := Initiative{Draft: d, Stage: Planning, Version: 1, By: p.ID, ByName: p.Name, PlannedAt: s.c.Clock.Now()}
	err := s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if err := s.born(ctx, tx, &i, p); err != nil {
			return err
		}
		if d.Opportunity == "" {
			return nil
		}
		if err := move(ctx, tx, ofOpportunity(d.Opportunity), ofInitiative(i.Slug)); err != nil {
			return err
		}
		return s.take(ctx, tx, op, d.Opportunity, i.Slug)
	})
	if err != nil {
		return Initiative{}, cx.Wrap(op, err)
	}
	s.c.Jobs.Wake()
	return s.named(ctx, op, i)
}

// mayWrite refuses a draft with faults, and one that is not p's to write.
func (s *Service) mayWrite(ctx context.Context, op string, p cx.Principal, d *Draft) error {
	d.tidy()
	if !leads(p, d.Areas) {
		return cx.InvalidFaults(op, []cx.Fault{{Field: "areas", Message: "name one of your areas"}})
	}
	faults, err := s.check(ctx, d, false, s.c.Clock.Now())
	if err != nil {
		return cx.Wrap(op, err)
	}
	return cx.InvalidFaults(op, faults)
}

// born gives a new initiative its slug and keeps it with its evidence.
func (s *Service) born(ctx context.Context, tx *sqldb.Tx, i *Initiative, p cx.Principal) error {
	rows, err := tx.Query(ctx, `SELECT slug FROM cycle_initiatives`)
	if err != nil {
		return err
	}
	taken, err := sqldb.Collect(rows, func(rows *sql.Rows) (slug string, err error) { return slug, rows.Scan(&slug) })
	if err != nil {
		return err
	}
	i.Slug = i.Called
	if i.Slug == "" {
		i.Slug = model.NewSlug(i.Title.In("es"), "initiative", func(slug string) bool { return reserved(slug) || slices.Contains(taken, slug) })
	} else if slices.Contains(taken, i.Slug) {
		return cx.InvalidFaults("cycle.Plan", []cx.Fault{{Field: "called", Message: "another initiative is called so already: choose another name"}})
	}
	i.Called = ""
	i.Revision = 0
	if err := keep(ctx, tx, ofInitiative(i.Slug), i.Evidence); err != nil {
		return err
	}
	return s.write(ctx, tx, i, Entry{What: Planned, By: p.ID, ByName: p.Name})
}

// take marks an open opportunity as attacked by an initiative.
func (s *Service) take(ctx context.Context, tx *sqldb.Tx, op, id, slug string) error {
	o, err := one(tx.QueryRow(ctx, `SELECT body FROM cycle_opportunities WHERE id = $1`, id))
	switch {
	case err != nil:
		return err
	case o.ID == "":
		return errNoOpportunity
	case o.State != StateOpen:
		return cx.Errorf(cx.Conflict, op, "this opportunity is not open any more")
	}
	o.State, o.Initiative, o.ChangedAt = StateTaken, slug, s.c.Clock.Now()
	return put(ctx, tx, &o)
}

// Edit writes an initiative anew. While it is planned everything may change; once
// it started its plan may not: Conflict, with every field that differs. Evidence is only added.
// Milestones that were reached stay reached. Needs account.PlanImprovement.
func (s *Service) Edit(ctx context.Context, p cx.Principal, slug string, revision int64, d Draft) (Initiative, error) {
	const op = "cycle.Edit"
	if err := account.Check(p, account.PlanImprovement); err != nil {
		return Initiative{}, cx.Wrap(op, err)
	}
	if err := s.mayWrite(ctx, op, p, &d); err != nil {
		return Initiative{}, err
	}
	i, err := s.change(ctx, p, slug, revision, func(tx *sqldb.Tx, i *Initiative) ([]Entry, error) {
		switch {
		case i.Stage == Closed:
			return nil, cx.Errorf(cx.Conflict, op, "this initiative is over: plan a new one")
		case !leads(p, i.Areas):
			return nil, errNotYours(op)
		case i.Hash != "":
			if faults := differs(&i.Draft, &d); faults != nil {
				return nil, &cx.Error{Kind: cx.Conflict, Op: op, Faults: faults}
			}
		}
		d.Called, d.Opportunity, d.Taught = "", i.Opportunity, i.Taught
		if d.Evidence.Links == nil {
			d.Evidence.Links = i.Evidence.Links
		}
		for n := range d.Milestones {
			d.Milestones[n].DoneAt, d.Milestones[n].By, d.Milestones[n].ByName = 0, "", ""
			if at := slices.IndexFunc(i.Milestones, func(m Milestone) bool { return m.ID == d.Milestones[n].ID }); at >= 0 {
				was := i.Milestones[at]
				d.Milestones[n].DoneAt, d.Milestones[n].By, d.Milestones[n].ByName = was.DoneAt, was.By, was.ByName
			}
		}
		i.Draft = d
		return []Entry{{What: Edited}}, keep(ctx, tx, ofInitiative(slug), d.Evidence)
	})
	if err != nil {
		return Initiative{}, cx.Wrap(op, err)
	}
	return s.named(ctx, op, i)
}

func errNotYours(op string) error {
	return cx.Errorf(cx.Forbidden, op, "this initiative is of other areas: ask who leads one of them")
}

// Power tells how many customers an initiative needs to be judged, and whether
// there are as many. Needs account.ViewImprovement.
func (s *Service) Power(ctx context.Context, p cx.Principal, slug string) (impact.Power, error) {
	const op = "cycle.Power"
	i, err := s.reached(ctx, p, slug)
	if err != nil {
		return impact.Power{}, cx.Wrap(op, err)
	}
	if i.Power != nil {
		return *i.Power, nil
	}
	power, err := s.c.Impact.Power(ctx, p, i.Plan)
	return power, cx.Wrap(op, err)
}

// Start freezes the plan: from now on it is judged by what it says here. Its sample
// is what the power analysis says where the plan says none; that there are not as
// many customers is kept with it, and does not stop it: then nobody can tell
// whether it worked. An initiative whose From lies ahead begins then. Needs
// account.LeadImprovement.
func (s *Service) Start(ctx context.Context, p cx.Principal, slug string, revision int64) (Initiative, error) {
	const op = "cycle.Start"
	if err := account.Check(p, account.LeadImprovement); err != nil {
		return Initiative{}, cx.Wrap(op, err)
	}
	now := s.c.Clock.Now()
	was, err := s.reached(ctx, p, slug)
	switch {
	case err != nil:
		return Initiative{}, cx.Wrap(op, err)
	case was.Stage != Planning:
		return Initiative{}, cx.Errorf(cx.Conflict, op, "this initiative has started already")
	case !leads(p, was.Areas):
		return Initiative{}, errNotYours(op)
	}
	power, err := s.c.Impact.Power(ctx, p, was.Plan)
	if err != nil && cx.KindOf(err) != cx.Invalid { // the plan has faults, which check tells all
		return Initiative{}, cx.Wrap(op, err)
	}
	if was.Plan.Sample == 0 {
		was.Plan.Sample = power.Each
	}
	faults, err := s.check(ctx, &was.Draft, true, now)
	if err == nil {
		err = cx.InvalidFaults(op, faults)
	}
	if err != nil {
		return Initiative{}, cx.Wrap(op, err)
	}
	if revision == 0 {
		revision = was.Revision
	}
	i, err := s.change(ctx, p, slug, revision, func(tx *sqldb.Tx, i *Initiative) ([]Entry, error) {
		i.Stage, i.FrozenAt, i.Power = Doing, now, &power
		i.From = max(i.From, now)
		i.Plan.Sample = was.Plan.Sample
		i.Hash = HashOf(slug, i.Draft)
		return []Entry{{What: Started, Text: i.Hash}}, s.await(ctx, tx, i)
	})
	if err != nil {
		return Initiative{}, cx.Wrap(op, err)
	}
	return s.named(ctx, op, i)
}

// Reach says that a milestone is reached, or not yet. Needs account.PlanImprovement,
// or to work on the initiative; who is limited to areas reaches those of theirs and
// of all.
func (s *Service) Reach(ctx context.Context, p cx.Principal, slug string, revision int64, milestone string, done bool) (Initiative, error) {
	const op = "cycle.Reach"
	i, err := s.reached(ctx, p, slug)
	if err != nil {
		return Initiative{}, cx.Wrap(op, err)
	}
	if err := account.Check(p, account.PlanImprovement); err != nil && !i.takesPart(p) {
		return Initiative{}, cx.Wrap(op, err)
	}
	i, err = s.change(ctx, p, slug, revision, func(_ *sqldb.Tx, i *Initiative) ([]Entry, error) {
		n := slices.IndexFunc(i.Milestones, func(m Milestone) bool { return m.ID == milestone })
		if n < 0 {
			return nil, cx.Errorf(cx.NotFound, op, "this initiative has no such milestone")
		}
		m := &i.Milestones[n]
		switch {
		case i.Stage == Closed:
			return nil, cx.Errorf(cx.Conflict, op, "this initiative is over")
		case m.Area != "" && !leads(p, []string{m.Area}) && !i.takesPart(p):
			return nil, errNotYours(op)
		case done == (m.DoneAt != 0):
			return nil, nil
		}
		m.DoneAt, m.By, m.ByName = 0, "", ""
		if !done {
			return []Entry{{What: Edited, To: milestone}}, nil
		}
		m.DoneAt, m.By, m.ByName = s.c.Clock.Now(), p.ID, p.Name
		return []Entry{{What: Reached, To: milestone}}, nil
	})
	if err != nil {
		return Initiative{}, cx.Wrap(op, err)
	}
	return s.named(ctx, op, i)
}

// Spend says how much was spent so far, in minor units. Needs
// account.PlanImprovement.
func (s *Service) Spend(ctx context.Context, p cx.Principal, slug string, revision, spent int64) (Initiative, error) {
	const op = "cycle.Spend"
	if spent < 0 {
		return Initiative{}, cx.InvalidFaults(op, []cx.Fault{{Field: "spent", Message: "is nothing or more"}})
	}
	return s.lead(ctx, op, account.PlanImprovement, p, slug, revision, func(_ *sqldb.Tx, i *Initiative) ([]Entry, error) {
		if i.Spent == spent {
			return nil, nil
		}
		i.Spent = spent
		return []Entry{{What: Paid, Amount: spent}}, nil
	})
}

// lead changes an initiative that is p's to lead.
func (s *Service) lead(ctx context.Context, op string, action account.Action, p cx.Principal, slug string, revision int64, fn func(tx *sqldb.Tx, i *Initiative) ([]Entry, error)) (Initiative, error) {
	if err := account.Check(p, action); err != nil {
		return Initiative{}, cx.Wrap(op, err)
	}
	i, err := s.change(ctx, p, slug, revision, func(tx *sqldb.Tx, i *Initiative) ([]Entry, error) {
		if !leads(p, i.Areas) {
			return nil, errNotYours(op)
		}
		return fn(tx, i)
	})
	if err != nil {
		return Initiative{}, cx.Wrap(op, err)
	}
	return s.named(ctx, op, i)
}

// reached reads an initiative within p's reach, as it is kept.
func (s *Service) reached(ctx context.Context, p cx.Principal, slug string) (i Initiative, err error) {
	if err := account.Check(p, account.ViewImprovement); err != nil {
		return i, err
	}
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		i, err = read(ctx, tx, slug)
		return err
	})
	if err == nil && !reaches(p, &i) {
		return Initiative{}, errNone
	}
	return i, err
}

// named says in initiatives how people call who answers for them.
func (s *Service) named(ctx context.Context, op string, i Initiative) (Initiative, error) {
	people, err := s.people(ctx)
	i.OwnerName = people[i.Owner].Name
	return i, cx.Wrap(op, err)
}
