package outcome_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

const day = 24 * time.Hour

// answers puts so many answers of a metric's touchpoint in the days before the
// epoch, with scores drawn by draw.
func (s *shop) answers(n int, from, to time.Duration, touchpoint, metric, scale string, draw func(i int) float64) {
	for i := range n {
		at := cxtest.Epoch.Add(-from + (from-to)*time.Duration(i)/time.Duration(n))
		s.answered(at, cx.ProfileNo(s.batch.Last+1), "during", touchpoint, metric, scale, draw(i))
	}
}

func always(v float64) func(int) float64 { return func(int) float64 { return v } }

func inTurn(values ...float64) func(int) float64 {
	return func(i int) float64 { return values[i%len(values)] }
}

// The change is split exactly: the till got worse, the web as good as it was has
// more of the answers.
func TestWhatChanged(t *testing.T) {
	t.Parallel()
	s := &shop{}
	s.answers(60, 56*day, 28*day, "till", "nps", "0-10", inTurn(9, 9, 7))
	s.answers(40, 56*day, 28*day, "web", "nps", "0-10", inTurn(9, 3))
	s.answers(40, 28*day, 0, "till", "nps", "0-10", inTurn(9, 3, 3))
	s.answers(120, 28*day, 0, "web", "nps", "0-10", inTurn(9, 3))
	service, _ := s.open(t)
	now := cx.Window{From: cxtest.Epoch.Add(-28 * day), To: cxtest.Epoch}
	got, err := service.WhatChanged(t.Context(), cx.System(), outcome.ChangedQuery{Metric: outcome.NPS, Now: now, By: []history.Dimension{history.Touchpoint, history.Stage}})
	if err != nil {
		t.Fatal(err)
	}
	sums := map[history.Dimension]float64{}
	for _, g := range got.Groups {
		sums[g.By] += g.Mix + g.Rate
	}
	want := got.Now.Value - got.Before.Value
	if math.Abs(sums[history.Touchpoint]-want) > 1e-9 || math.Abs(sums[history.Stage]-want) > 1e-9 || got.Before.N != 100 || got.Now.N != 160 {
		t.Errorf("%v, want %v: %+v", sums, want, got)
	}
	groups := map[string]outcome.Moved{}
	for _, g := range got.Groups {
		groups[g.Key] = g
	}
	till, web := groups["till"], groups["web"]
	if !till.Clear || till.Change.Verdict != outcome.Worse || till.Rate > -20 {
		t.Errorf("the till is %+v", till)
	}
	if web.Clear || web.Rate != 0 || !web.ShiftClear || math.Abs(web.ShareNow.Value-.75) > 1e-12 || web.Mix >= 0 {
		t.Errorf("the web is %+v", web)
	}
	if _, err := service.WhatChanged(t.Context(), cx.System(), outcome.ChangedQuery{Metric: outcome.NPS, Now: now, Before: now}); cx.KindOf(err) != cx.Invalid {
		t.Errorf("a period compared with itself: %v", err)
	}
	// With a gap between the periods.
	apart, err := service.WhatChanged(t.Context(), cx.System(), outcome.ChangedQuery{
		Metric: outcome.NPS, Now: cx.Window{From: cxtest.Epoch.Add(-14 * day), To: cxtest.Epoch}, Before: cx.Window{From: cxtest.Epoch.Add(-56 * day), To: now.From},
	})
	if err != nil || apart.Now.N != 80 || apart.Before.N != 100 {
		t.Errorf("%+v, %v", apart, err)
	}
}

func TestSince(t *testing.T) {
	t.Parallel()
	s := &shop{}
	r := rand.New(rand.NewPCG(1, 1))
	draw := func(mean float64) func(int) float64 {
		return func(int) float64 { return math.Round(min(10, max(0, mean+r.NormFloat64()))) }
	}
	s.answers(400, 100*day, 40*day, "till", "nps", "0-10", draw(9))
	s.answers(280, 40*day, 0, "till", "nps", "0-10", draw(7))
	service, _ := s.open(t)
	got, err := service.Since(t.Context(), cx.System(), outcome.Query{Metric: outcome.NPS})
	if err != nil || len(got) != 1 {
		t.Fatalf("%+v, %v", got, err)
	}
	change, b := cxtest.Epoch.Add(-40*day), got[0]
	if change < b.Window.From || change >= b.Window.To || b.From < change.Add(-2*day) || b.From > change.Add(2*day) || b.Then.Value < 50 || b.Now.Value > 0 || b.Then.N+b.Now.N != 680 {
		t.Errorf("%+v", b)
	}
	still, err := service.Since(t.Context(), cx.System(), outcome.Query{Metric: outcome.NPS, Window: cx.Window{To: change.Add(-2 * day)}})
	if err != nil || still != nil {
		t.Errorf("nothing changed before: %+v, %v", still, err)
	}
	if none, err := service.Since(t.Context(), cx.System(), outcome.Query{Metric: outcome.CSAT}); err != nil || none != nil {
		t.Errorf("of no answers: %+v, %v", none, err)
	}
}

// Net emotional value is of what was lived; groups come shrunk, and a series in
// periods of the calendar.
func TestScoresByGroupAndPeriod(t *testing.T) {
	t.Parallel()
	s := &shop{}
	for i, v := range []float64{1, .5, 2, 0, -1, 1} {
		s.lived(cxtest.Epoch.Add(-time.Duration(i+1)*day), cx.ProfileNo(i+1), "during", "till", v)
	}
	s.lived(cxtest.Epoch.Add(-day), 9, "during", "till", math.NaN())
	for _, g := range []struct {
		touchpoint string
		n          int
		draw       func(int) float64
	}{{"a", 200, inTurn(9, 9, 7, 3)}, {"b", 200, inTurn(9, 3)}, {"c", 200, inTurn(9, 9, 9, 3)}, {"d", 200, inTurn(9, 7, 7, 3)}, {"e", 3, always(0)}} {
		s.answers(g.n, 60*day, day, g.touchpoint, "nps", "0-10", g.draw)
	}
	service, _ := s.open(t)
	nev, err := service.Scores(t.Context(), cx.System(), outcome.Query{Metric: outcome.NEV, By: history.Touchpoint})
	if err != nil || nev.N != 6 || nev.Value != 50 || len(nev.Groups) != 1 {
		t.Errorf("%+v, %v", nev, err)
	}
	if _, err := service.Scores(t.Context(), cx.System(), outcome.Query{Metric: outcome.NEV, Survey: "s"}); cx.KindOf(err) != cx.Invalid {
		t.Errorf("of a survey: %v", err)
	}
	w := cx.Window{From: cxtest.Epoch.Add(-60 * day), To: cxtest.Epoch}
	nps, err := service.Scores(t.Context(), cx.System(), outcome.Query{Metric: outcome.NPS, By: history.Touchpoint, Every: history.Month, Window: w})
	if err != nil || len(nps.Groups) != 5 {
		t.Fatalf("%+v, %v", nps, err)
	}
	few := nps.Groups[4]
	if few.Key != "e" || few.Value != -100 || few.Shrunk.Value < -70 || few.Shrunk.Low < -100 || few.Shrunk.Low > few.Shrunk.Value || few.Shrunk.N != 3 {
		t.Errorf("three that agree are shrunk to %+v", few)
	}
	if big := nps.Groups[0]; math.Abs(big.Shrunk.Value-big.Value) > 5 {
		t.Errorf("two hundred are shrunk to %+v", big)
	}
	n := 0
	for i, p := range nps.Points {
		n += p.N
		if i > 0 && p.From != nps.Points[i-1].To {
			t.Errorf("a gap before %v", p.From)
		}
	}
	if n != nps.N || len(nps.Points) < 2 {
		t.Errorf("%d of %d answers in %d periods", n, nps.N, len(nps.Points))
	}
	if _, err := service.Scores(t.Context(), cx.System(), outcome.Query{Metric: outcome.NPS, Every: history.Month}); cx.KindOf(err) != cx.Invalid {
		t.Errorf("a series without a window: %v", err)
	}
}

// Who is young answers seldom and badly: the weighted score is lower than the raw.
func TestRepresented(t *testing.T) {
	t.Parallel()
	s := &shop{}
	var old, young []cx.CustomerNo
	for c := range cx.ProfileNo(400) {
		at := cxtest.Epoch.Add(-time.Duration(c+1) * time.Hour)
		s.lived(at, c+1, "during", "till", 1)
		switch {
		case c < 200:
			old = append(old, c+1)
			if c%2 == 0 {
				s.answered(at, c+1, "during", "till", "nps", "0-10", 9)
			}
		default:
			young = append(young, c+1)
			if c%10 == 0 {
				s.answered(at, c+1, "during", "till", "nps", "0-10", 3)
			}
		}
	}
	service, _ := s.open(t)
	got, err := service.Represented(t.Context(), cx.System(), outcome.RepresentedQuery{Metric: outcome.NPS, Groups: []outcome.Population{{"old", old}, {"young", young}, {"nobody", nil}}})
	if err != nil {
		t.Fatal(err)
	}
	if got.Raw.N != 120 || math.Abs(got.Raw.Value-200./3) > 1e-9 || math.Abs(got.Weighted.Value) > 1e-9 || got.Covered != 1 {
		t.Errorf("%+v", got)
	}
	if want := 1 / (.25/100 + .25/20); math.Abs(got.Effective-want) > 1e-9 {
		t.Errorf("n_eff %v, want %v", got.Effective, want)
	}
	g := got.Groups
	if g[0].Lived != 200 || g[0].Answered.Value != .5 || !g[0].Clear || g[1].Answered.Value != .1 || !g[1].Clear || g[2].Lived != 0 || g[2].Clear || g[1].Score.Value != -100 {
		t.Errorf("%+v", g)
	}
}
