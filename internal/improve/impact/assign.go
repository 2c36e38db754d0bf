package impact

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/act/dialogue"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/jobs"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/stats/causal"
)

// ExposureEvent is the event of a customer who was exposed to an initiative, in
// whatever arm, as Segment's specification of A/B tests names it; its properties
// are experiment_id (the slug), variation_id (the arm), experiment_name,
// variation_name, and unit_id of a draw of organisations.
const ExposureEvent = "Experiment Viewed"

// Assignment is the arm of one customer.
type Assignment struct {
	Initiative string        `json:"initiative"`
	Customer   cx.CustomerID `json:"customer"`
	Arm        string        `json:"arm"`           // "" when they take no part
	Why        NoPart        `json:"why,omitempty"` // they take no part
	Acts       bool          `json:"acts"`          // what is improved is for them: they are in no control, and it was not stopped
	Exposed    bool          `json:"exposed"`       // it is noted that they live it
	Moved      bool          `json:"moved"`         // they were drawn into other arms too, before a merge: the first exposure counts
}

// NoPart says why somebody takes no part.
type NoPart string

// The reasons to take no part.
const (
	Ineligible NoPart = "ineligible" // not of the population
	Elsewhere  NoPart = "elsewhere"  // in another initiative of the same group, or dealt to it
	Ended      NoPart = "ended"      // it was stopped, or is over
	NotYet     NoPart = "not-yet"    // it has not begun
	NotDrawn   NoPart = "not-drawn"  // it is not done by a draw
)

// drawn is a row of impact_arms.
type drawn struct {
	initiative, unit, customer, arm string
	drawnAt, exposedAt              cx.Time
}

// Assign tells the arm of a customer, and draws it when they have none: the same
// whenever it is asked, and after a merge that of the first exposure. Nobody is
// exposed by it. Needs account.PlanImprovement. The error is NotFound for an
// initiative or a customer.
func (s *Service) Assign(ctx context.Context, p cx.Principal, slug string, customer cx.CustomerID) (Assignment, error) {
	a, err := s.assign(ctx, p, slug, customer, 0)
	return a, cx.Wrap("impact.Assign", err)
}

// Expose tells the arm of a customer as Assign does, and notes that they live it from
// a time on (0: now): of the control too, so that all are counted from the same
// moment. Whom it was noted of before, it leaves as it was.
func (s *Service) Expose(ctx context.Context, p cx.Principal, slug string, customer cx.CustomerID, at cx.Time) (Assignment, error) {
	const op = "impact.Expose"
	now := s.c.Clock.Now()
	if at == 0 {
		at = now
	}
	if at > now {
		return Assignment{}, cx.InvalidFaults(op, []cx.Fault{{Field: "at", Message: "lies ahead: tell an exposure when it happens"}})
	}
	a, err := s.assign(ctx, p, slug, customer, at)
	return a, cx.Wrap(op, err)
}

func (s *Service) assign(ctx context.Context, p cx.Principal, slug string, id cx.CustomerID, exposed cx.Time) (out Assignment, err error) {
	if err := account.Check(p, account.PlanImprovement); err != nil {
		return out, err
	}
	in, err := s.initiative.Initiative(ctx, p, slug)
	if err != nil {
		return out, err
	}
	if exposed > 0 && exposed < in.From {
		return out, cx.InvalidFaults("", []cx.Fault{{Field: "at", Message: "lies before it began: whoever lived it then is not counted"}})
	}
	customer, err := s.c.Memory.Customer(ctx, cx.System(), id)
	if err != nil {
		return out, err
	}
	aliases, err := s.c.Memory.Aliases(ctx, customer.ID)
	if err != nil {
		return out, err
	}
	plan := in.Plan.Normal()
	out = Assignment{Initiative: slug, Customer: customer.ID}
	if plan.Design.Kind != Random {
		out.Why = NotDrawn
		return out, nil
	}
	unit := unitOf(&plan, &customer, aliases)
	var has *drawn
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) (err error) {
		has, out.Moved, err = find(ctx, tx, slug, unit, aliases)
		return err
	})
	if err != nil {
		return out, err
	}
	if has == nil {
		if out.Why, err = s.mayTakePart(ctx, &in, &plan, customer.ID, unit, aliases); err != nil || out.Why != "" {
			return out, err
		}
		arms := make([]causal.Arm, len(plan.Design.Arms))
		for i, a := range plan.Design.Arms {
			arms[i] = causal.Arm{Name: a.Name, Share: a.Share}
		}
		has = &drawn{initiative: slug, unit: unit, customer: string(customer.ID), arm: causal.Assign(in.Slug+" "+in.Hash, unit, arms)}
	}
	if has.drawnAt == 0 || exposed > 0 && has.exposedAt == 0 && in.Running || !slices.Contains(idTexts(aliases), has.customer) && exposed > 0 {
		if has, err = s.keep(ctx, *has, &plan, customer.ID, exposed); err != nil {
			return out, err
		}
	}
	out.Arm, out.Exposed = has.arm, has.exposedAt > 0
	out.Acts = in.Running && has.arm != plan.Design.Arms[0].Name
	return out, nil
}

// unitOf is what is drawn: the first id that the customer ever had, which a merge
// leaves as it is as long as it was theirs; or their organisation's, the first by id.
func unitOf(p *Plan, c *remember.Customer, aliases []cx.CustomerID) string {
	if p.Design.Unit == OfOrganizations && len(c.Organizations) > 0 {
		ids := make([]string, len(c.Organizations))
		for i, o := range c.Organizations {
			ids[i] = o.ID
		}
		return orgPrefix + slices.Min(ids)
	}
	if len(aliases) > 0 {
		return string(aliases[0])
	}
	return string(c.ID)
}

const orgPrefix = "org:"

func idTexts(ids []cx.CustomerID) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = string(id)
	}
	return out
}

// find returns what was drawn of a customer under any of their ids, or of their
// organisation: the first that was exposed, else the first that was drawn.
func find(ctx context.Context, tx *sqldb.Tx, slug, unit string, aliases []cx.CustomerID) (first *drawn, moved bool, err error) {
	var all []drawn
	collect := func(where string, args ...any) error {
		rows, err := tx.Query(ctx, `SELECT initiative, unit, customer, arm, drawn_at, exposed_at FROM impact_arms WHERE initiative = $1 AND `+where, append([]any{slug}, args...)...)
		if err != nil {
			return err
		}
		found, err := sqldb.Collect(rows, scanDrawn)
		all = append(all, found...)
		return err
	}
	if strings.HasPrefix(unit, orgPrefix) {
		err = collect(`unit = $2`, unit)
	}
	for _, id := range aliases {
		if err == nil {
			err = collect(`customer = $2`, string(id))
		}
	}
	if err != nil || len(all) == 0 {
		return nil, false, err
	}
	slices.SortFunc(all, func(a, b drawn) int {
		return cmp.Or(cmp.Compare(orLast(a.exposedAt), orLast(b.exposedAt)), cmp.Compare(a.drawnAt, b.drawnAt), strings.Compare(a.customer, b.customer))
	})
	moved = slices.ContainsFunc(all, func(d drawn) bool { return d.arm != all[0].arm })
	return &all[0], moved, nil
}

// orLast puts what has not happened after all that has.
func orLast(at cx.Time) cx.Time {
	if at == 0 {
		return 1<<63 - 1
	}
	return at
}

func scanDrawn(rows *sql.Rows) (d drawn, err error) {
	err = rows.Scan(&d.initiative, &d.unit, &d.customer, &d.arm, &d.drawnAt, &d.exposedAt)
	return d, err
}

// mayTakePart says why a customer takes no part; "" when they may.
func (s *Service) mayTakePart(ctx context.Context, in *Initiative, p *Plan, id cx.CustomerID, unit string, aliases []cx.CustomerID) (NoPart, error) {
	now := s.c.Clock.Now()
	switch {
	case !in.Running || in.Until > 0 && now >= in.Until:
		return Ended, nil
	case now < in.From:
		return NotYet, nil
	}
	if group := p.Design.Exclusive; group != "" {
		elsewhere, err := s.elsewhere(ctx, in.Slug, group, unit, aliases)
		if err != nil || elsewhere {
			return Elsewhere, err
		}
	}
	if p.Population == (Population{}) {
		return "", nil
	}
	is, err := s.c.Segments.Is(ctx, id, p.Population.Segment, p.Population.When)
	if err == nil && !is {
		return Ineligible, nil
	}
	return "", err
}

// elsewhere tells whether a unit belongs to another initiative of a group: it was
// drawn there, or the group's own draw deals it there.
func (s *Service) elsewhere(ctx context.Context, slug, group, unit string, aliases []cx.CustomerID) (bool, error) {
	var n int
	err := s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		for _, id := range append(idTexts(aliases), unit) {
			var some int
			if err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM impact_arms WHERE exclusive = $1 AND initiative <> $2 AND (unit = $3 OR customer = $3)`, group, slug, id).Scan(&some); err != nil {
				return err
			}
			n += some
		}
		return nil
	})
	if err != nil || n > 0 {
		return n > 0, err
	}
	all, err := s.initiative.Initiatives(ctx)
	var among []causal.Arm
	for _, in := range all {
		if in.Running && in.Plan.Design.Kind == Random && in.Plan.Design.Exclusive == group {
			among = append(among, causal.Arm{Name: in.Slug, Share: 1})
		}
	}
	return len(among) > 0 && causal.Assign("exclusive "+group, unit, among) != slug, err
}

// keep writes down who was drawn, and that they are exposed, with the job that lets
// the log know. What another call wrote first stays.
func (s *Service) keep(ctx context.Context, d drawn, p *Plan, customer cx.CustomerID, exposed cx.Time) (*drawn, error) {
	now := s.c.Clock.Now()
	d.customer, d.drawnAt = string(customer), now
	var kept drawn
	err := s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if _, err := tx.Exec(ctx, `INSERT INTO impact_arms (initiative, unit, customer, arm, exclusive, drawn_at, exposed_at) VALUES ($1, $2, $3, $4, $5, $6, 0) ON CONFLICT (initiative, unit, customer) DO NOTHING`,
			d.initiative, d.unit, d.customer, d.arm, p.Design.Exclusive, int64(d.drawnAt)); err != nil {
			return err
		}
		noted, err := tx.Exec(ctx, `UPDATE impact_arms SET exposed_at = $1 WHERE initiative = $2 AND unit = $3 AND customer = $4 AND exposed_at = 0 AND CAST($1 AS BIGINT) > 0`, int64(exposed), d.initiative, d.unit, d.customer)
		if err != nil {
			return err
		}
		n, err := noted.RowsAffected()
		if err == nil && n > 0 {
			err = s.c.Jobs.Put(ctx, tx, jobs.Job{Kind: exposeKind, Key: d.initiative + ":" + d.customer, Due: now})
		}
		if err != nil {
			return err
		}
		kept = d
		return tx.QueryRow(ctx, `SELECT arm, drawn_at, exposed_at FROM impact_arms WHERE initiative = $1 AND unit = $2 AND customer = $3`, d.initiative, d.unit, d.customer).Scan(&kept.arm, &kept.drawnAt, &kept.exposedAt)
	})
	if err == nil {
		s.c.Jobs.Wake()
	}
	return &kept, err
}

// noteExposure lets the customer live that they were exposed. Who was forgotten
// meanwhile was not.
func (s *Service) noteExposure(ctx context.Context, j jobs.Job) (jobs.Done, error) {
	slug, customer, _ := strings.Cut(j.Key, ":")
	var all []drawn
	err := s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		rows, err := tx.Query(ctx, `SELECT initiative, unit, customer, arm, drawn_at, exposed_at FROM impact_arms WHERE initiative = $1 AND customer = $2 AND exposed_at > 0 ORDER BY exposed_at, unit`, slug, customer)
		if err == nil {
			all, err = sqldb.Collect(rows, scanDrawn)
		}
		return err
	})
	if err != nil || len(all) == 0 {
		return nil, err
	}
	in, err := s.initiative.Initiative(ctx, cx.System(), slug)
	if gone(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	d := all[0]
	properties := map[string]any{"experiment_id": slug, "experiment_name": s.said(in.Title), "variation_id": d.arm, "variation_name": d.arm}
	if strings.HasPrefix(d.unit, orgPrefix) {
		properties["unit_id"] = d.unit
	}
	_, err = s.c.Lives.Live(ctx, dialogue.Lived{ID: "exposure:" + j.Key, Customer: cx.CustomerID(customer), Name: ExposureEvent, At: d.exposedAt, Properties: properties})
	if gone(err) { // forgotten, or nobody can name them
		return nil, nil
	}
	return nil, err
}

// gone tells whether there is nothing, or nobody, to do it with (any more).
func gone(err error) bool {
	kind := cx.KindOf(err)
	return err != nil && (kind == cx.NotFound || kind == cx.Invalid)
}

// said is a text in the company's first language.
func (s *Service) said(t model.Text) string {
	return t.In(s.c.Models.Current().Model.Company.Languages[0])
}

// Arm draws for whoever acts on one arm only: acts says that what is improved is for
// this customer, from a time on, and part that they take part at all. Who does is
// exposed by it, in whatever arm. What is no initiative that was started has no part.
func (s *Service) Arm(ctx context.Context, initiative string, customer cx.CustomerID, at cx.Time) (acts, part bool, err error) {
	a, err := s.assign(ctx, cx.System(), initiative, customer, at)
	switch kind := cx.KindOf(err); {
	case err == nil:
		return a.Acts, a.Arm != "", nil
	case kind == cx.NotFound || kind == cx.Conflict || kind == cx.Invalid:
		return false, false, nil
	}
	return false, false, cx.Wrap("impact.Arm", err)
}
