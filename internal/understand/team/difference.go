package team

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/fact"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/stats"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

// Difference is how the team and the customers see one touchpoint: means of
// scores from 0 (the worst of their scale) to 1 (the best).
type Difference struct {
	Touchpoint string
	Team       outcome.Estimate
	Customers  outcome.Estimate
	// Difference is the customers' mean less the team's; its interval comes from
	// theirs (Zou & Donner 2008).
	Difference outcome.Estimate
	// Clear tells whether they differ: Welch's test, of all touchpoints at a false
	// discovery rate of 5 % (Benjamini & Hochberg 1995).
	Clear bool
}

// falsely is the rate of differences that are told to be clear and are none.
const falsely = .05

// differences compares, by touchpoint, what the team says of it with what the
// customers do, over the time of the team's closed batches: the largest first.
// The team speaks of a touchpoint in a row of a matrix that has its slug, or in
// any score of a survey asked there. Only touchpoints with at least
// MinPeople answers of either are compared.
func (s *Service) differences(ctx context.Context, p cx.Principal, closed []*batch, m *model.Model) ([]Difference, error) {
	team, last := teamScores(closed, m)
	if len(team) == 0 {
		return nil, nil
	}
	touchpoints := make([]string, 0, len(team))
	for t := range team {
		touchpoints = append(touchpoints, t)
	}
	slices.Sort(touchpoints)
	window := cx.Window{From: last.Add(-comparable), To: last}
	bins, err := s.c.Facts.Distribution(ctx, p, history.Query{
		Of: history.Answers, By: []history.Dimension{history.Touchpoint},
		Filter: history.Filter{Window: window, Where: []history.Condition{{By: history.Touchpoint, In: touchpoints}, {By: history.Metric, In: []string{"csat", "ces", "rating"}}}},
	})
	if err != nil {
		return nil, err
	}
	customers := map[string]*stats.Moments{}
	for _, b := range bins {
		scale, ok := fact.ParseScale(b.Scale)
		if !ok || math.IsNaN(b.Value) {
			continue
		}
		of := customers[b.Key[0]]
		if of == nil {
			of = &stats.Moments{}
			customers[b.Key[0]] = of
		}
		for range b.N {
			of.Add(shareOn(scale, b.Value))
		}
	}
	var out []Difference
	var ps []float64
	for _, t := range touchpoints {
		theirs := customers[t]
		if team[t].N < MinPeople || theirs == nil || theirs.N < MinPeople {
			continue
		}
		a, b := team[t].Sample(), theirs.Sample()
		d := Difference{Touchpoint: t, Team: outcome.MeanOf(a, 0, 1), Customers: outcome.MeanOf(b, 0, 1)}
		i := stats.Difference(a.Mean, stats.MeanInterval(a).Clip(0, 1), b.Mean, stats.MeanInterval(b).Clip(0, 1))
		d.Difference = outcome.Estimate{Value: b.Mean - a.Mean, Low: i.Low, High: i.High, N: a.N + b.N}
		out, ps = append(out, d), append(ps, stats.Welch(a, b).P)
	}
	for i, clear := range stats.BenjaminiHochberg(ps, falsely) {
		out[i].Clear = clear
	}
	slices.SortStableFunc(out, func(a, b Difference) int {
		return cmp.Compare(math.Abs(b.Difference.Value), math.Abs(a.Difference.Value))
	})
	return out, nil
}

// comparable is how long before the newest that the team says both are looked at.
const comparable = 26 * 7 * 24 * time.Hour

// shareOn is where a value lies on its scale, from 0 to 1.
func shareOn(s fact.Scale, value float64) float64 { return (value - s.Min) / (s.Max - s.Min) }

// teamScores adds up by touchpoint what the team says of how it is lived there,
// and returns the time of the newest.
func teamScores(closed []*batch, m *model.Model) (by map[string]*stats.Moments, last cx.Time) {
	for _, b := range closed {
		if !b.group.reported() {
			last = max(last, b.until)
		}
	}
	by = map[string]*stats.Moments{}
	for _, b := range closed {
		survey, ok := m.Survey(b.group.Survey)
		if !ok || !survey.Team() || b.until < last.Add(-comparable) {
			continue
		}
		at := b.group.Touchpoint
		if t, ok := m.SurveyTouchpoint(survey.Slug); at == "" && ok {
			at = t.Slug
		}
		for _, r := range b.responses() {
			for _, question := range slices.Sorted(maps.Keys(r.items)) { // in one order: sums are the same to the digit
				it := r.items[question]
				scale, ok := fact.ParseScale(it.Scale)
				if !ok || !it.HasValue {
					continue
				}
				of := at
				if _, row, matrix := strings.Cut(question, "."); matrix {
					of = ""
					if _, declared := m.Touchpoint(row); declared {
						of = row
					}
				}
				if of == "" {
					continue
				}
				if by[of] == nil {
					by[of] = &stats.Moments{}
				}
				by[of].Add(shareOn(scale, it.Value))
			}
		}
	}
	return by, last
}
