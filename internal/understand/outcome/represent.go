package outcome

import (
	"context"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/stats"
)

// Population is a group of customers, such as a segment.
type Population struct {
	Key       string
	Customers []cx.CustomerNo
}

// RepresentedQuery asks who answers and who does not. Groups must not share
// customers: who is in two weighs twice.
type RepresentedQuery struct {
	Metric Metric
	Survey string // "": all surveys
	Window cx.Window
	Groups []Population
}

// Represented is a score as it was answered, and as it would be had each group
// answered as often as it lives.
type Represented struct {
	Metric    Metric
	Scale     string
	Raw       Estimate
	Weighted  Estimate // post-stratified; N are the answers
	Effective float64  // how many answers of a simple sample would tell as much (Kish 1965)
	Covered   float64  // the share of the customers who are in groups that answered at all, 0..1
	Groups    []Respondents
}

// Respondents are who answered of a group.
type Respondents struct {
	Key      string
	Lived    int      // customers who lived anything in the window
	Answered Estimate // the share of them who answered, 0..1
	Score    Estimate
	Clear    bool // they answer clearly more or less often than all others (Benjamini–Hochberg, 5 %)
}

// Represented tells, for groups of customers, who lived anything in the window, who
// of them answered, and the score of all with each group weighed by how many lived
// (stats.Poststratify). The groups together are the population. It asks history
// three questions a group. It needs the right scores.view.
func (s *Service) Represented(ctx context.Context, p cx.Principal, q RepresentedQuery) (Represented, error) {
	out, err := s.represented(ctx, p, q)
	return out, cx.Wrap("outcome.Represented", err)
}

func (s *Service) represented(ctx context.Context, p cx.Principal, q RepresentedQuery) (Represented, error) {
	if err := account.Check(p, account.ViewScores); err != nil {
		return Represented{}, err
	}
	ask, err := question(Query{Metric: q.Metric, Survey: q.Survey, Window: q.Window})
	if err != nil {
		return Represented{}, err
	}
	if ask.Of != history.Answers {
		return Represented{}, cx.Errorf(cx.Invalid, "", "%s is of what everybody lived: nobody fails to answer it", q.Metric)
	}
	out := Represented{Metric: q.Metric}
	tallies, answered := make([]tally, len(q.Groups)), make([]int, len(q.Groups))
	var all tally
	var bins []history.Bin
	for i, g := range q.Groups {
		// Nil would be everybody.
		ask.Filter.Customers = append([]cx.CustomerNo{}, g.Customers...)
		lived, err := s.facts.Totals(ctx, p, history.Filter{Window: q.Window, Customers: ask.Filter.Customers})
		if err != nil {
			return out, err
		}
		own, err := s.facts.Distribution(ctx, p, ask)
		if err != nil {
			return out, err
		}
		of := ask
		of.Customers = true
		who, err := s.facts.Breakdown(ctx, p, of)
		if err != nil {
			return out, err
		}
		for _, all := range who {
			answered[i] += int(all.Customers)
		}
		for _, b := range own {
			tallies[i].add(b)
			all.add(b)
		}
		bins = append(bins, own...)
		out.Groups = append(out.Groups, Respondents{Key: g.Key, Lived: int(lived.Customers)})
	}
	if out.Scale, err = scaleOf(q.Metric, bins); err != nil {
		return out, err
	}
	out.Raw = all.estimate(q.Metric, out.Scale)
	out.weigh(tallies)
	out.respond(tallies, answered)
	return out, nil
}

// weigh post-stratifies.
func (r *Represented) weigh(tallies []tally) {
	strata := make([]stats.Answered, len(tallies))
	for i, t := range tallies {
		strata[i] = stats.Answered{Population: float64(r.Groups[i].Lived), Sample: t.moments(r.Metric).Sample()}
	}
	w := stats.Poststratify(strata)
	if w.N == 0 {
		return
	}
	low, high := r.Metric.limits(r.Scale)
	r.Weighted, r.Effective, r.Covered = estimateOf(w.Value, w.Clip(low, high), w.N), w.Effective, w.Covered
}

// respond tells who answers, and who clearly more or less often.
func (r *Represented) respond(tallies []tally, answered []int) {
	lived, spoke := 0, 0
	for i, g := range r.Groups {
		lived, spoke = lived+g.Lived, spoke+answered[i]
	}
	ps := make([]float64, len(r.Groups))
	for i := range r.Groups {
		g := &r.Groups[i]
		g.Answered, g.Score = shareOf(answered[i], g.Lived), tallies[i].estimate(r.Metric, r.Scale)
		ps[i] = stats.ShareRatio(spoke-answered[i], lived-g.Lived, answered[i], g.Lived).P
	}
	for i, found := range stats.BenjaminiHochberg(ps, clearBelow) {
		r.Groups[i].Clear = found
	}
}
