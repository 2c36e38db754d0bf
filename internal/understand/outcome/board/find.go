package board

import (
	"context"
	"log/slog"
	"math"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/stats"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/chain"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/purchases"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/retention"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/risk"
	"github.com/vivencia-cx/vivencia/internal/understand/reason"
)

// Refresh finds the indicators anew of which anything changed. The background does it
// again and again; tests, when they want.
func (s *Service) Refresh(ctx context.Context) {
	if err := s.c.Purchases.Refresh(ctx); err != nil && ctx.Err() == nil {
		s.c.Logger.WarnContext(ctx, "what customers brought is not read", slog.Any("error", err))
	}
	for _, t := range s.fresh() {
		if ctx.Err() != nil {
			return
		}
		if err := s.refresh(ctx, t); err != nil && ctx.Err() == nil {
			s.c.Logger.WarnContext(ctx, "the board's indicators are not found", slog.Any("error", err))
		}
	}
}

// principal asks for everybody who is limited to the same areas.
func (t *telling) principal() cx.Principal {
	p := cx.System()
	p.Areas = t.areas
	return p
}

func (s *Service) refresh(ctx context.Context, t *telling) error {
	began, version := s.c.Clock.Now(), s.c.Models.Current()
	table, is, err := s.basis(ctx, t, version.Number)
	if err != nil {
		return s.failed(t, err)
	}
	s.mu.Lock()
	known, of := t.answer, t.basis
	s.mu.Unlock()
	var answer Indicators
	if known != nil && of == is && t.q.Segment == "" { // who is in a segment changes with time alone
		answer = *known
	} else if answer, err = s.find(ctx, t.principal(), t.q, version.Model, table); err != nil {
		return s.failed(t, err)
	}
	answer.AsOf = min(began, table.AsOf)
	s.mu.Lock()
	defer s.mu.Unlock()
	if t.basis != is {
		t.since = began
	}
	t.answer, t.basis, t.err = &answer, is, nil
	close(t.changed)
	t.changed = make(chan struct{})
	if t.why == nil || t.whyOf != is {
		signal(s.wakeWhy)
	}
	return nil
}

// failed remembers the error for who waits.
func (s *Service) failed(t *telling, err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	t.err = err
	close(t.changed)
	t.changed = make(chan struct{})
	return err
}

// basis tells what decides the answer now.
func (s *Service) basis(ctx context.Context, t *telling, model int) (*purchases.Table, basis, error) {
	is := basis{model: model}
	err := s.c.Facts.Snapshot(ctx, t.principal(), func(facts history.Snapshot) error {
		is.position, is.rewritten = facts.Edition().Position, facts.Edition().Rewritten
		return nil
	})
	if err != nil {
		return nil, is, err
	}
	table, err := s.c.Purchases.Ask(ctx, t.principal(), purchases.Filter{Segment: t.q.Segment})
	if err == nil {
		is.table, is.today = table.Edition, table.Today
	}
	return table, is, err
}

// find finds the indicators.
func (s *Service) find(ctx context.Context, p cx.Principal, q Query, m *model.Model, table *purchases.Table) (Indicators, error) {
	ask := outcome.PulseQuery{Until: midnight(table.Today+1, table.Zone), Days: q.Days, Weeks: min(max(2*q.Days/7, 26), mostWeeks)}
	var err error
	if q.Segment != "" {
		if ask.Customers, err = s.c.Segments.Customers(ctx, p, q.Segment); err != nil {
			return Indicators{}, err
		}
	}
	if q.Area != "" {
		ask.Where = []outcome.Condition{{By: history.Area, In: []string{q.Area}}}
	}
	pulse, err := s.c.Scores.Pulse(ctx, p, ask)
	if err == nil && pulse.Lived == (outcome.Lived{}) { // long ago, perhaps
		ask.Until = 0
		pulse, err = s.c.Scores.Pulse(ctx, p, ask)
	}
	if err != nil {
		return Indicators{}, err
	}
	out := Indicators{Now: pulse.Now, Before: pulse.Before}
	if out.Satisfaction, out.Recommendation.Said, err = s.answered(ctx, p, pulse, ask); err != nil {
		return Indicators{}, err
	}
	period := periodOf(pulse, ask.Weeks, table)
	within := int32(retention.Horizon / (24 * time.Hour))
	if q.Area != "" {
		if err := s.visits(ctx, p, m, q.Area, period, within, table); err != nil {
			return Indicators{}, err
		}
	}
	out.Revenue = Revenue{Figure: period.revenue(table), Currency: table.Currency, Others: table.Others}
	out.Retention = Retention{Figure: period.retention(table, within), Within: int(within)}
	return out, s.brought(ctx, p, &out, ask.Customers)
}

// mostWeeks keeps the spans of a period within 64.
const mostWeeks = 56

// answered takes satisfaction and recommendation from the pulse.
func (s *Service) answered(ctx context.Context, p cx.Principal, pulse outcome.Pulse, ask outcome.PulseQuery) (Satisfaction, Figure, error) {
	var satisfaction Satisfaction
	var said Figure
	for _, i := range pulse.Indicators { // NPS, CSAT, CES
		f := Figure{Now: i.Now, Before: i.Before, Change: i.Change, Weeks: i.Weeks}
		switch {
		case i.Metric == outcome.NPS:
			said = f
		case satisfaction.Metric == "":
			satisfaction = Satisfaction{Figure: f, Metric: i.Metric, Scale: i.Scale}
		}
	}
	if satisfaction.Metric != "" {
		return satisfaction, said, nil
	}
	satisfaction.Metric = outcome.NEV
	q := outcome.Query{Metric: outcome.NEV, Window: pulse.Now, Where: ask.Where, Customers: ask.Customers, Every: history.Week}
	felt, err := s.c.Scores.Scores(ctx, p, q)
	if err != nil {
		return satisfaction, said, err
	}
	q.Window, q.Every = pulse.Before, ""
	was, err := s.c.Scores.Scores(ctx, p, q)
	satisfaction.Figure = Figure{Now: felt.Estimate, Before: was.Estimate, Weeks: felt.Points}
	satisfaction.Change = outcome.ChangeOf(was.N, felt.N, func() stats.Test { return apart(was.Estimate, felt.Estimate) })
	return satisfaction, said, err
}

// apart compares two figures by their intervals.
func apart(before, now outcome.Estimate) stats.Test {
	d := stats.Difference(before.Value, stats.Interval{Low: before.Low, High: before.High}, now.Value, stats.Interval{Low: now.Low, High: now.High})
	t := stats.Test{Delta: now.Value - before.Value, P: 1}
	if err := (d.High - d.Low) / 2 / normal; err > 0 {
		t.P = math.Erfc(math.Abs(t.Delta) / err / math.Sqrt2)
	}
	return t
}

// periodOf lays out the spans of a pulse.
func periodOf(pulse outcome.Pulse, count int, table *purchases.Table) *period {
	day := func(w cx.Window) span { return span{table.DayOf(w.From), table.DayOf(w.To-1) + 1} }
	spans := []span{day(pulse.Now), day(pulse.Before)}
	first := cx.TimeOf((pulse.Now.To - 1).Std().In(table.Zone).AddDate(0, 0, -7*(count-1)))
	cuts := history.Cuts(cx.Window{From: first, To: pulse.Now.To}, history.Week, table.Zone)
	for i := 1; i < len(cuts); i++ {
		spans = append(spans, day(cx.Window{From: cuts[i-1], To: cuts[i]}))
	}
	return newPeriod(spans)
}

// visits finds who was at the area's touchpoints when.
func (s *Service) visits(ctx context.Context, p cx.Principal, m *model.Model, area string, q *period, within int32, table *purchases.Table) error {
	var at []string
	for _, t := range m.Touchpoints {
		if t.Area == area {
			at = append(at, t.Slug)
		}
	}
	q.there, q.thereBefore = map[cx.CustomerNo]uint64{}, map[cx.CustomerNo]uint64{}
	window := cx.Window{From: midnight(q.first-within, table.Zone), To: midnight(q.first+int32(len(q.of)), table.Zone)}
	_, err := history.Tell(ctx, s.c.Facts, p, history.LivedQuery{Touchpoints: at, Window: window}, func(l *history.Lived) error {
		for i, c := range l.Customer {
			if l.Contexts[l.Context[i]].Area == area {
				q.visit(c, table.DayOf(l.At[i]), within)
			}
		}
		return nil
	})
	return err
}

// brought tells how many came because somebody brought them.
func (s *Service) brought(ctx context.Context, p cx.Principal, out *Indicators, customers []cx.CustomerNo) error {
	if s.c.Referrals == nil {
		return nil
	}
	out.Recommendation.Known = true
	var came, of [2]int
	for k, w := range []cx.Window{now: out.Now, before: out.Before} {
		var err error
		if came[k], of[k], err = s.c.Referrals.Came(ctx, p, w, customers); err != nil {
			return err
		}
	}
	done := &out.Recommendation.Done
	done.Now, done.Before, out.Recommendation.Came = share(came[now], of[now]), share(came[before], of[before]), came[now]
	done.Change = outcome.ChangeOf(of[before], of[now], func() stats.Test { return stats.ProportionChange(came[before], of[before], came[now], of[now]) })
	return nil
}

func share(k, n int) outcome.Estimate {
	if n == 0 {
		return outcome.Estimate{}
	}
	i := stats.Wilson(k, n)
	return outcome.Estimate{Value: float64(k) / float64(n), Low: i.Low, High: i.High, N: n}
}

// RefreshWhy finds what stands behind the indicators of which anything changed.
func (s *Service) RefreshWhy(ctx context.Context) {
	for _, t := range s.fresh() {
		if ctx.Err() != nil {
			return
		}
		s.mu.Lock()
		answer, is, of, since, known := t.answer, t.basis, t.whyOf, t.since, t.why
		s.mu.Unlock()
		if answer == nil || known != nil && of == is && s.c.Clock.Now().Sub(since) > settling {
			continue
		}
		why, err := s.why(ctx, t.principal(), t.q, *answer)
		if err != nil {
			if ctx.Err() == nil {
				s.c.Logger.WarnContext(ctx, "what stands behind the board's indicators is not found", slog.Any("error", err))
			}
			continue
		}
		s.mu.Lock()
		t.why, t.whyOf = &why, is
		s.mu.Unlock()
	}
}

// why finds what stands behind.
func (s *Service) why(ctx context.Context, p cx.Principal, q Query, i Indicators) (out Why, err error) {
	out.AsOf = i.AsOf
	if out.Chain, err = s.c.Chains.Chain(ctx, p, chain.Query{Segment: q.Segment, Area: q.Area}); err != nil {
		return out, err
	}
	if out.Risk, err = s.c.Risks.AtRisk(ctx, p, risk.Query{Segment: q.Segment, Area: q.Area}); err != nil {
		return out, err
	}
	ask := reason.Query{Metric: reason.All, Segment: q.Segment, Window: i.Now}
	if out.Chain.Metric == outcome.CSAT {
		ask.Metric = reason.CSAT
	}
	if q.Area != "" {
		ask.Where = []outcome.Condition{{By: history.Area, In: []string{q.Area}}}
	}
	changes, err := s.c.Reasons.Changed(ctx, p, reason.ChangedQuery{Query: ask, Before: i.Before})
	if err != nil {
		return out, err
	}
	ask.Window = cx.Window{From: i.Before.From, To: i.Now.To} // of the same study
	words, err := s.c.Reasons.Reasons(ctx, p, ask)
	if err != nil {
		return out, err
	}
	for _, c := range changes.Moves {
		m := Move{ID: c.ID, Name: c.Name, Points: c.Points, Clear: c.Clear, Money: money(c.Points, out.Chain, q.Days)}
		for _, r := range words.Reasons {
			if r.ID == c.ID && len(r.Quotes) > 0 {
				m.Quote = r.Quotes[0].Words
			}
		}
		out.Moved = append(out.Moved, m)
	}
	return out, nil
}

// money tells what points of satisfaction of the customers of a period go with, when the
// chain is told: the variance of a product of two that do not depend on one another
// (Goodman 1960).
func money(points outcome.Estimate, c chain.Chain, days int) outcome.Estimate {
	worth := c.Whole.Worth
	if !c.Whole.Clear || worth.N == 0 || points.N == 0 {
		return outcome.Estimate{}
	}
	months := float64(days) / (365.25 / 12)
	err := func(e outcome.Estimate) float64 { return (e.High - e.Low) / 2 / normal }
	a, b, sa, sb := points.Value, worth.Value*months, err(points), err(worth)*months
	half := normal * math.Sqrt(a*a*sb*sb+b*b*sa*sa+sa*sa*sb*sb)
	return outcome.Estimate{Value: a * b, Low: a*b - half, High: a*b + half, N: points.N}
}
