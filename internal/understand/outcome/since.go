package outcome

import (
	"context"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/stats"
)

// Break is from when on a score is another.
type Break struct {
	From      cx.Time   // the first day of the new level
	Window    cx.Window // where From lies with 95 % confidence, to the day
	Then, Now Estimate  // the levels from the break before to this one, and from it to the next
	P         float64   // of so strong a change, somewhere, when there is none
}

// breakP is how improbable a change must be without which a level is told as having
// changed.
const breakP = .01

// Since tells when a score changed its level, by days of the company's calendar,
// oldest first (stats.MeanBreaks, whose errors are those of days or of answers,
// whichever are greater); nil when it did not, or too little is known. The window
// needs no beginning and no end: then it is that of the answers. It needs the right
// scores.view.
func (s *Service) Since(ctx context.Context, p cx.Principal, q Query) ([]Break, error) {
	out, err := s.since(ctx, p, q)
	return out, cx.Wrap("outcome.Since", err)
}

func (s *Service) since(ctx context.Context, p cx.Principal, q Query) ([]Break, error) {
	if err := account.Check(p, account.ViewScores); err != nil {
		return nil, err
	}
	if q.By != "" {
		return nil, cx.Errorf(cx.Invalid, "", "a change point is of one score: narrow it with a condition instead of grouping by %s", q.By)
	}
	days, scale, cuts, err := s.daily(ctx, p, q)
	if err != nil || len(days) == 0 {
		return nil, err
	}
	var bins []stats.Moments
	for _, d := range days {
		bins = append(bins, d.moments(q.Metric))
	}
	found := stats.MeanBreaks(bins, breakP)
	level := func(from, to int) Estimate {
		var t tally
		for _, d := range days[from:to] {
			t.join(d)
		}
		return t.estimate(q.Metric, scale)
	}
	var out []Break
	for i, b := range found {
		from, to := 0, len(days)
		if i > 0 {
			from = found[i-1].At
		}
		if i+1 < len(found) {
			to = found[i+1].At
		}
		out = append(out, Break{
			From: cuts[b.At], Window: cx.Window{From: cuts[b.Low], To: cuts[b.High+1]},
			Then: level(from, b.At), Now: level(b.At, to), P: b.P,
		})
	}
	return out, nil
}

// mostDaily bounds a series of days.
const mostDaily = 4000

// daily tallies the answers by day.
func (s *Service) daily(ctx context.Context, p cx.Principal, q Query) ([]tally, string, []cx.Time, error) {
	ask, err := question(q)
	if err != nil {
		return nil, "", nil, err
	}
	w := q.Window
	if w.From == 0 || w.To == 0 {
		t, err := s.facts.Totals(ctx, p, history.Filter{Window: q.Window, Customers: q.Customers})
		if err != nil || t.Last == 0 {
			return nil, "", nil, err
		}
		w.From, w.To = max(w.From, t.First), t.Last+1
	}
	zone := s.zone()
	if first := daysBefore(w.To, mostDaily, zone); w.From < first {
		w.From = first
	}
	ask.Cuts = history.Cuts(w, history.Day, zone)
	if len(ask.Cuts) < 2 {
		return nil, "", nil, nil
	}
	bins, err := s.facts.Distribution(ctx, p, ask)
	if err != nil {
		return nil, "", nil, err
	}
	scale, err := scaleOf(q.Metric, bins)
	days := make([]tally, len(ask.Cuts)-1)
	for _, b := range bins {
		days[b.Cut].add(b)
	}
	return days, scale, ask.Cuts, err
}
