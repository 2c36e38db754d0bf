package programme

import (
	"context"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/act/cases"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/stats"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

// Life is how alive the programme is.
type Life string

// How alive. Quiet is two whole weeks without a sign of life: the billboard came down.
const (
	Alive  Life = "alive"  // something in three of the last four weeks
	Fading Life = "fading" // less than that
	Quiet  Life = "quiet"
	Unborn Life = "unborn" // nothing in all the weeks
)

// Weeks is how many weeks are told, and Recent how many of them figures are of.
const (
	Weeks  = 12
	Recent = 4
)

// Health is how alive the programme is.
type Health struct {
	AsOf        cx.Time
	Life        Life
	Silent      int      // whole weeks since the last sign of life, this one not counted
	Active      int      // of Weeks, those with a sign of life
	Weeks       []Pulse  // the oldest first; the last is this one, not over yet
	InTime      Compared // cases opened and solved: in time
	Answered    Compared // customers who lived anything: who answered anything
	Commitments Part     // due in the twelve weeks: kept
	Promised    int      // commitments that are open
	Areas       Part     // taking part in the recent weeks, of those there are
	People      Part     // likewise, of those who sign in
	Sheets      Part     // areas that did this week's or last week's sheet
}

// Pulse is a week of the programme.
type Pulse struct {
	Week   Week
	Steps  int // of initiatives: planned, started, ended, decided
	Sheets int // areas that did Cinco minutos
	Kept   int // commitments
}

// alive tells whether anything happened.
func (p Pulse) alive() bool { return p.Steps+p.Sheets+p.Kept > 0 }

// Part is some of all: counted, not estimated.
type Part struct {
	N  int
	Of int
}

// Compared is a share of the recent weeks beside that of as many before.
type Compared struct {
	Now    outcome.Estimate
	Before outcome.Estimate
	P      float64 // of no change; 1 when either is of nothing
}

// compared returns two shares, of k0 of n0 before and k of n now, by Wilson, and the
// pooled z test.
func compared(k0, n0, k, n int) Compared {
	c := Compared{Now: share(k, n), Before: share(k0, n0), P: 1}
	if n0 > 0 && n > 0 {
		c.P = stats.ProportionChange(k0, n0, k, n).P
	}
	return c
}

// share is of nothing with N 0.
func share(k, n int) outcome.Estimate {
	if n == 0 {
		return outcome.Estimate{}
	}
	within := stats.Wilson(k, n)
	return outcome.Estimate{Value: float64(k) / float64(n), Low: within.Low, High: within.High, N: n}
}

// Health tells how alive the programme is, of what somebody sees: who is limited to
// areas sees theirs. Needs account.ViewImprovement.
func (s *Service) Health(ctx context.Context, p cx.Principal) (h Health, err error) {
	const op = "programme.Health"
	if err := account.Check(p, account.ViewImprovement); err != nil {
		return h, cx.Wrap(op, err)
	}
	h.AsOf = s.c.Clock.Now()
	for _, part := range []func(context.Context, cx.Principal, *Health) error{s.pulses, s.cases, s.answered} {
		if err := part(ctx, p, &h); err != nil {
			return h, cx.Wrap(op, err)
		}
	}
	return h, nil
}

// pulses tells the weeks, and who takes part.
func (s *Service) pulses(ctx context.Context, p cx.Principal, h *Health) error {
	zone, now := s.c.Models.Current().Model.Company.Zone(), s.Week()
	first, recent := now.Before(Weeks-1), now.Before(Recent-1)
	done, err := s.saidIn(ctx, first, now)
	if err != nil {
		return err
	}
	commitments, err := s.Commitments(ctx, p)
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, a := range s.areas(p) {
		seen[a.Slug] = true
	}
	areas, people, sheets := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, x := range done {
		if !seen[x.area] {
			continue
		}
		if x.week >= string(recent) {
			areas[x.area], people[x.person] = true, true
		}
		if x.week >= string(now.Before(1)) {
			sheets[x.area] = true
		}
	}
	for _, c := range commitments {
		if c.State == Underway {
			h.Promised++
		}
		if c.Made >= recent.Window(zone).From || c.AtEnd >= recent.Window(zone).From {
			people[c.Person] = true
		}
		if c.State == Kept || c.State == Broken {
			if c.AtEnd >= first.Window(zone).From {
				h.Commitments.Of++
				if c.State == Kept {
					h.Commitments.N++
				}
			}
		}
	}
	for back := Weeks - 1; back >= 0; back-- {
		week := now.Before(back)
		w := week.Window(zone)
		moved, err := s.c.Cycle.Cadence(ctx, p, w)
		if err != nil {
			return err
		}
		pulse := Pulse{Week: week, Steps: moved.Planned + moved.Started + moved.Ended + moved.Decided}
		in := map[string]bool{}
		for _, x := range done {
			if x.week == string(week) && seen[x.area] {
				in[x.area] = true
			}
		}
		pulse.Sheets = len(in)
		for _, c := range commitments {
			if c.State == Kept && w.Contains(c.AtEnd) {
				pulse.Kept++
			}
		}
		h.Weeks = append(h.Weeks, pulse)
	}
	moved, err := s.c.Cycle.Cadence(ctx, p, cx.Window{From: recent.Window(zone).From, To: h.AsOf})
	if err != nil {
		return err
	}
	for _, a := range moved.Areas {
		if seen[a] {
			areas[a] = true
		}
	}
	for _, id := range moved.Who {
		people[id] = true
	}
	all, err := s.people(ctx)
	if err != nil {
		return err
	}
	for id, person := range all {
		if person.DisabledAt == 0 {
			h.People.Of++
			if people[id] {
				h.People.N++
			}
		}
	}
	h.Areas, h.Sheets = Part{len(areas), len(seen)}, Part{len(sheets), len(seen)}
	h.judge()
	return nil
}

// judge tells how alive it is, from the weeks.
func (h *Health) judge() {
	recent, over := 0, h.Weeks[:len(h.Weeks)-1]
	for i, w := range h.Weeks {
		if w.alive() {
			h.Active++
			if i >= len(h.Weeks)-Recent {
				recent++
			}
		}
	}
	if !h.Weeks[len(h.Weeks)-1].alive() {
		for i := len(over) - 1; i >= 0 && !over[i].alive(); i-- {
			h.Silent++
		}
	}
	switch {
	case h.Active == 0:
		h.Life = Unborn
	case h.Silent >= 2:
		h.Life = Quiet
	case recent >= Recent-1:
		h.Life = Alive
	default:
		h.Life = Fading
	}
}

// windows are the recent weeks and as many before, to now.
func (s *Service) windows() (now, before cx.Window) {
	to := s.c.Clock.Now()
	zone := s.c.Models.Current().Model.Company.Zone()
	week := func(back int) cx.Time { return cx.TimeOf(to.Std().In(zone).AddDate(0, 0, -7*back)) }
	return cx.Window{From: week(Recent), To: to}, cx.Window{From: week(2 * Recent), To: week(Recent)}
}

func (s *Service) cases(ctx context.Context, p cx.Principal, h *Health) error {
	now, before := s.windows()
	of, err := s.c.Cases.Figures(ctx, p, cases.Query{Opened: now}, "")
	if err != nil {
		return err
	}
	was, err := s.c.Cases.Figures(ctx, p, cases.Query{Opened: before}, "")
	h.InTime = compared(was.InTime.K, was.InTime.N, of.InTime.K, of.InTime.N)
	return err
}

// answered tells who of those who lived anything answered something, in whatever way
// they were asked.
func (s *Service) answered(ctx context.Context, p cx.Principal, h *Health) error {
	var k, n [2]int
	now, before := s.windows()
	for i, w := range []cx.Window{before, now} {
		lived, err := s.c.Facts.Totals(ctx, p, history.Filter{Window: w})
		if err != nil {
			return err
		}
		who, err := s.c.Facts.Breakdown(ctx, p, history.Query{Of: history.Answers, Filter: history.Filter{Window: w}, Customers: true})
		if err != nil {
			return err
		}
		for _, all := range who {
			k[i] += int(all.Customers)
		}
		n[i] = max(k[i], int(lived.Customers))
	}
	h.Answered = compared(k[0], n[0], k[1], n[1])
	return nil
}
