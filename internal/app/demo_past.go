package app

import (
	"context"
	"math"
	"strconv"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/improve/cycle"
	"github.com/vivencia-cx/vivencia/internal/improve/impact"
	"github.com/vivencia-cx/vivencia/internal/improve/programme"
	"github.com/vivencia-cx/vivencia/internal/improve/told"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/simulate"
	"github.com/vivencia-cx/vivencia/internal/understand/voice"
)

// undertakings writes down what the demo's company tried out, as its people did at
// the time: plans before they began, milestones, the verdict of the facts, and what
// was decided.
type undertakings struct {
	*App
	sim   *simulate.Simulation
	cycle *cycle.Service // dated by clock
	clock *pastClock
	who   map[string]cx.Principal // by e-mail
}

// pastClock is the clock of a time that is told again.
type pastClock struct{ at cx.Time }

// Now implements cx.Clock.
func (c *pastClock) Now() cx.Time { return c.at }

// undertook founds what the company tried out. What a crash left half done is left
// as it is, and the rest done.
func (a *App) undertook(ctx context.Context, sim *simulate.Simulation) error {
	clock := &pastClock{}
	u := undertakings{App: a, sim: sim, cycle: a.Cycle.WithClock(clock), clock: clock, who: map[string]cx.Principal{}}
	people, err := a.Accounts.People(ctx, cx.System())
	if err != nil {
		return err
	}
	for _, person := range people {
		u.who[person.Email] = person.Principal()
	}
	past, err := sim.Improving()
	if err != nil {
		return err
	}
	for i := range past.Initiatives {
		if err := u.found(ctx, &past.Initiatives[i]); err != nil {
			return cx.Wrap("found "+past.Initiatives[i].Slug, err)
		}
	}
	known, err := a.Cycle.Opportunities(ctx, cx.System(), cycle.OpportunityQuery{Source: cycle.FromPerson})
	if err != nil {
		return err
	}
	for i := min(len(known), len(past.Opportunities)); i < len(past.Opportunities); i++ {
		if err := u.propose(ctx, &past.Opportunities[i]); err != nil {
			return err
		}
	}
	if err := u.programme(ctx, &past); err != nil {
		return err
	}
	a.Cycle.Refresh(ctx)
	return nil
}

// programme writes down what those who lead took on, how mature people find the
// company, and what they would have done.
func (u *undertakings) programme(ctx context.Context, past *simulate.Improving) error {
	s := u.Programme.WithClock(u.clock)
	zone := u.Models.Current().Model.Company.Zone()
	taken, err := s.Commitments(ctx, cx.System())
	if err != nil {
		return err
	}
	for _, c := range past.Commitments[min(len(taken), len(past.Commitments)):] {
		u.on(c.Before)
		who := u.who[c.By]
		made, err := s.Commit(ctx, who, programme.NewCommitment{Kind: programme.Kind(c.Kind), Target: c.Target, Words: c.Words, Due: u.sim.Day(c.Due).In(zone).Format(time.DateOnly)})
		if err == nil && c.Done != 0 {
			u.on(c.Done)
			_, err = s.Fulfil(ctx, who, made.ID)
		}
		if err != nil {
			return err
		}
	}
	colleagues := simulate.Colleagues()
	for _, m := range past.Maturity {
		u.on(m.Before)
		for i, levels := range m.Levels {
			said := map[string]int{}
			for k, side := range programme.Sides() {
				said[side] = levels[k]
			}
			if err := s.Assess(ctx, u.who[colleagues[i%len(colleagues)].Email], said); err != nil && cx.KindOf(err) != cx.Conflict { // said already
				return err
			}
		}
	}
	for _, m := range past.Minutes {
		u.on(7 * m.Weeks)
		if err := s.Say(ctx, u.who[m.By], programme.WeekOf(u.clock.at, zone), m.Area, m.Words); err != nil {
			return err
		}
	}
	return nil
}

// on sets the clock so many days before the end of the past.
func (u *undertakings) on(days int) { u.clock.at = cx.TimeOf(u.sim.Day(days)) }

// found writes one down: as far as it went.
func (u *undertakings) found(ctx context.Context, x *simulate.Undertaking) error {
	owner := u.who[x.Owner]
	if _, err := u.cycle.Initiative(ctx, owner, x.Slug); cx.KindOf(err) != cx.NotFound {
		return err
	}
	draft, err := u.draft(ctx, x)
	if err != nil {
		return err
	}
	u.on(x.Planned)
	if _, err := u.cycle.Plan(ctx, owner, draft); err != nil || !x.Trial {
		return err
	}
	u.clock.at = cx.TimeOf(x.From.Add(-time.Hour))
	if _, err := u.cycle.Start(ctx, owner, x.Slug, 0); err != nil {
		return err
	}
	for i, m := range x.Milestones {
		if m.Before < 0 {
			continue
		}
		u.on(m.Before - m.Late)
		if _, err := u.cycle.Reach(ctx, owner, x.Slug, 0, draft.Milestones[i].ID, true); err != nil {
			return err
		}
	}
	if _, err := u.cycle.Spend(ctx, owner, x.Slug, 0, minor(x.Spent)); err != nil || x.Decision == nil {
		return err
	}
	u.on(x.Ends)
	if _, err := u.cycle.End(ctx, owner, x.Slug, 0); err != nil {
		return err
	}
	u.on(x.Decides)
	if _, err := u.Impact.EvaluateAt(ctx, cx.System(), x.Slug, u.clock.at); err != nil {
		return err
	}
	if _, err = u.cycle.Decide(ctx, owner, x.Slug, 0, cycle.Decision{
		Choice: cycle.Choice(x.Decision.Choice), Into: x.Decision.Into, Ref: x.Decision.Ref, Why: x.Decision.Why, Learned: model.Text(x.Decision.Learned),
	}); err != nil || x.Did == (simulate.Words{}) {
		return err
	}
	_, err = u.Told.Keep(ctx, owner, told.Story{Initiative: x.Slug, Said: model.Text(x.Said), Did: model.Text(x.Did), Public: true})
	return err
}

// draft is the plan of an undertaking.
func (u *undertakings) draft(ctx context.Context, x *simulate.Undertaking) (cycle.Draft, error) {
	d := cycle.Draft{
		Called: x.Slug, Title: model.Text(x.Title), Hypothesis: model.Text(x.Hypothesis), Goal: model.Text(x.Goal),
		About: cycle.About{Touchpoint: x.Touchpoint, Promise: x.Promise, Policy: x.Policy},
		Areas: x.Areas, Owner: u.who[x.Owner].ID, Budget: minor(x.Budget), From: cx.TimeOf(x.From), Plan: planOf(x),
	}
	for _, who := range x.People {
		d.People = append(d.People, u.who[who].ID)
	}
	for i, m := range x.Milestones {
		d.Milestones = append(d.Milestones, cycle.Milestone{ID: "m" + strconv.Itoa(i+1), Title: model.Text(m.Title), Area: m.Area, Due: cx.TimeOf(u.sim.Day(m.Before))})
	}
	if x.Decision != nil {
		d.Plan.Rule.Until = u.sim.Day(x.Decides)
	}
	var err error
	d.Evidence, err = u.asked(ctx, x)
	return d, err
}

// planOf says how it is done and judged.
func planOf(x *simulate.Undertaking) impact.Plan {
	p := impact.Plan{Expected: x.Expected, Rule: impact.Rule{Least: x.Least}, Sample: x.Sample, Each: minor(x.Each)}
	switch {
	case x.Of == x.Touchpoint:
		p.Metric = impact.Metric{Kind: impact.Valence, Of: x.Of}
	case !x.Random:
		p.Metric = impact.Metric{Kind: impact.Kept, Of: x.Of}
	case x.Until.IsZero():
		p.Metric = impact.Metric{Kind: impact.Score, Of: x.Survey, Days: 14}
	default:
		p.Metric = impact.Metric{Kind: impact.Return, Days: 60}
	}
	if x.Random {
		p.Design.Kind = impact.Random
		p.Guardrails = []impact.Guardrail{{Metric: impact.Metric{Kind: impact.Event, Of: "Complaint Filed", Days: p.Metric.Days, Lower: true}, Worst: .03}}
		return p
	}
	p.Design.Kind = impact.Staggered
	for shop, at := range x.Shops {
		p.Design.Starts = append(p.Design.Starts, impact.Start{Unit: shop, At: at})
	}
	return p
}

// asked finds who asked for it: low scores with words, in the half year before it
// was planned.
func (u *undertakings) asked(ctx context.Context, x *simulate.Undertaking) (e cycle.Evidence, err error) {
	planned := cx.TimeOf(u.sim.Day(x.Planned))
	page, err := u.Voice.Search(ctx, cx.System(), voice.Query{Limit: mostAsked, Filter: voice.Filter{
		Window: cx.Window{From: planned.Add(-180 * 24 * time.Hour), To: planned},
		Where:  []voice.Condition{{By: voice.BySurvey, In: []string{x.Because}}, {By: voice.ByBand, In: []string{"low"}}},
	}})
	for _, line := range page.Lines {
		e.Words = append(e.Words, line.Seq)
		if line.CustomerID != "" {
			e.Customers = append(e.Customers, line.CustomerID)
		}
	}
	return e, err
}

// mostAsked is how many words an undertaking keeps of who asked for it.
const mostAsked = 40

// propose writes down what somebody proposed, and who is for it.
func (u *undertakings) propose(ctx context.Context, x *simulate.Suggestion) error {
	u.on(x.Before)
	o, err := u.cycle.Propose(ctx, u.who[x.By], cycle.Proposal{
		Title: model.Text(x.Title), Text: model.Text(x.Text), About: cycle.About{Area: x.Area, Touchpoint: x.Touchpoint}, Effort: cycle.Effort(x.Effort),
	})
	for i := 0; i < len(x.Votes) && err == nil; i++ {
		u.on(x.Before - i - 1)
		_, err = u.cycle.Vote(ctx, u.who[x.Votes[i]], o.ID, true)
	}
	return err
}

// minor turns euros into cents.
func minor(euros float64) int64 { return int64(math.Round(euros * 100)) }
