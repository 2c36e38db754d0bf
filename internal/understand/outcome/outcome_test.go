package outcome_test

import (
	"math"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/fact"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/history/duckdb"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/stats"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

// models holds one model in force.
type models struct{ version model.Version }

func (m models) Current() model.Version                        { return m.version }
func (m models) Subscribe(func(model.Version)) (cancel func()) { return func() {} }

func parsed(t testing.TB, yaml string) models {
	t.Helper()
	m, err := model.Parse([]byte(yaml))
	if err != nil {
		t.Fatal(err)
	}
	return models{model.Version{Number: 1, Model: m}}
}

const company = "company: {slug: acme, name: Acme, timezone: Europe/Madrid, currency: EUR, languages: [es]}\n"

func openStore(t testing.TB) history.Store {
	t.Helper()
	s, err := duckdb.Open(t.Context(), duckdb.Config{Path: filepath.Join(t.TempDir(), "history.duckdb"), Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// shop makes facts.
type shop struct{ batch history.Batch }

func (s *shop) next() cx.Seq { s.batch.Last++; return s.batch.Last }

func (s *shop) lived(at cx.Time, customer cx.ProfileNo, stage, touchpoint string, valence float64) {
	s.batch.Facts = append(s.batch.Facts, history.Fact{
		Seq: s.next(), Profile: customer, Kind: cx.Track, Name: "Lived", Source: "web", At: at,
		Said: history.Said{Class: model.Class{Stage: stage, Touchpoint: touchpoint, Valence: valence, HasValence: !math.IsNaN(valence)}},
	})
}

func (s *shop) answered(at cx.Time, customer cx.ProfileNo, stage, touchpoint, metric, scale string, value float64) {
	s.batch.Facts = append(s.batch.Facts, history.Fact{
		Seq: s.next(), Profile: customer, Kind: cx.Answer, Name: metric + "-survey", Source: "web", At: at, Traits: []byte(`{"city":"` + touchpoint + `"}`),
		Answer: &fact.Answer{Survey: metric + "-survey", Items: []fact.AnswerItem{
			{Question: "score", Metric: metric, Scale: scale, Value: value, HasValue: true}, {Question: "why", Text: "…"}, {Question: "skipped", Metric: metric, Scale: scale},
		}},
		Said: history.Said{Class: model.Class{Stage: stage, Touchpoint: touchpoint}},
	})
}

func (s *shop) open(t testing.TB) (*outcome.Service, history.Store) {
	t.Helper()
	store := openStore(t)
	s.batch.Model = 1
	if err := store.Append(t.Context(), s.batch); err != nil {
		t.Fatal(err)
	}
	return outcome.New(store, parsed(t, company), cxtest.NewClock()), store
}

func TestScores(t *testing.T) {
	t.Parallel()
	s, at := &shop{}, cxtest.Epoch
	for i := range 36 { // the first oracle: 15 promoters, 9 passives, 12 detractors
		value := map[bool]float64{true: 10, false: 7}[i < 15]
		if i >= 24 {
			value = 3
		}
		s.answered(at, 1, "", map[bool]string{true: "lima", false: "oslo"}[i < 20], "nps", "0-10", value)
	}
	for _, v := range []float64{1, 3, 4, 5} {
		s.answered(at, 1, "", "lima", "csat", "1-5", v)
	}
	for _, v := range []float64{5, 6, 7} {
		s.answered(at, 1, "", "oslo", "csat", "1-7", v)
	}
	s.answered(at, 1, "", "lima", "ces", "1-7", 6)
	s.answered(at.Add(time.Hour), 1, "", "lima", "ces", "1-7", 5)
	service, _ := s.open(t)

	for _, c := range []struct {
		name string
		q    outcome.Query
		want outcome.Result
	}{
		{"nps by trait", outcome.Query{Metric: outcome.NPS, By: "trait.city"}, outcome.Result{
			Estimate: outcome.Estimate{Value: 8.333, Low: -19.028, High: 34.413, N: 36}, Metric: outcome.NPS,
			Groups: []outcome.Group{
				{Key: "lima", Estimate: outcome.Estimate{Value: 75, Low: 43.131, High: 87.304, N: 20}},
				{Key: "oslo", Estimate: outcome.Estimate{Value: -75, Low: -88.259, High: -38.057, N: 16}},
			},
		}},
		{"csat over scales", outcome.Query{Metric: outcome.CSAT}, outcome.Result{Estimate: outcome.Estimate{Value: 4. / 7, Low: .25, High: .842, N: 7}, Metric: outcome.CSAT}},
		{"ces is a mean, cut to its scale", outcome.Query{Metric: outcome.CES}, outcome.Result{Estimate: outcome.Estimate{Value: 5.5, Low: 1, High: 7, N: 2}, Metric: outcome.CES, Scale: "1-7"}},
		{"one answer may be anywhere", outcome.Query{Metric: outcome.CES, Window: cx.Window{To: at + 1}}, outcome.Result{Estimate: outcome.Estimate{Value: 6, Low: 1, High: 7, N: 1}, Metric: outcome.CES, Scale: "1-7"}},
		{"mean of a survey", outcome.Query{Metric: outcome.Mean, Survey: "ces-survey"}, outcome.Result{Estimate: outcome.Estimate{Value: 5.5, Low: 1, High: 7, N: 2}, Metric: outcome.Mean, Scale: "1-7"}},
		{"nothing", outcome.Query{Metric: outcome.NPS, Survey: "absent", By: history.Touchpoint}, outcome.Result{Metric: outcome.NPS}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := service.Scores(t.Context(), cx.System(), c.q)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got, approximately(.0006), cmpopts.IgnoreFields(outcome.Group{}, "Shrunk")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	for name, c := range map[string]struct {
		p    cx.Principal
		q    outcome.Query
		kind cx.ErrorKind
	}{
		"no metric":           {cx.System(), outcome.Query{Metric: "joy"}, cx.Invalid},
		"no dimension":        {cx.System(), outcome.Query{Metric: outcome.NPS, By: "colour"}, cx.Invalid},
		"scales without mean": {cx.System(), outcome.Query{Metric: outcome.Mean}, cx.Invalid},
		"nobody":              {cx.Principal{}, outcome.Query{Metric: outcome.NPS}, cx.Unauthorized},
	} {
		if _, err := service.Scores(t.Context(), c.p, c.q); cx.KindOf(err) != c.kind {
			t.Errorf("%s gives %v", name, err)
		}
	}
}

func approximately(tolerance float64) cmp.Option {
	return cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) <= tolerance })
}

func TestPulse(t *testing.T) {
	t.Parallel()
	s := &shop{}
	now := cxtest.Epoch // Monday 2 March 2026, 09:00 UTC
	day := func(ago int) cx.Time { return now.Add(-time.Duration(ago)*24*time.Hour - time.Minute) }
	lived := func(ago, n int, stage, touchpoint string, valence float64) {
		for i := range n {
			s.lived(day(ago), cx.ProfileNo(1+i%10), stage, touchpoint, valence+float64(i%2)*.2)
		}
	}
	// The delivery grew worse, the till stays, of the phone few speak, the web has scores only.
	lived(40, 50, "after", "delivery", .5)
	lived(10, 50, "after", "delivery", -.9)
	lived(40, 50, "during", "till", .6)
	lived(10, 60, "during", "till", .6)
	lived(10, 3, "after", "phone", -1)
	lived(10, 5, "before", "leaflet", math.NaN())
	lived(100, 7, "before", "leaflet", 2)
	for i := range 40 {
		s.answered(day(40), cx.ProfileNo(i), "before", "web", "csat", "1-5", 4+float64(i%2))
		s.answered(day(9), cx.ProfileNo(i), "before", "web", "csat", "1-5", 2+float64(i%4))
		s.answered(day(9), cx.ProfileNo(i), "during", "till", "nps", "0-10", 9)
	}
	service, store := s.open(t)
	p, err := service.Pulse(t.Context(), cx.System(), outcome.PulseQuery{Weeks: 8})
	if err != nil {
		t.Fatal(err)
	}
	if p.Now != (cx.Window{From: now.Add(-28 * 24 * time.Hour), To: now}) || p.Before.To != p.Now.From || p.Before.From != now.Add(-56*24*time.Hour) {
		t.Errorf("now %v, before %v", p.Now, p.Before)
	}
	if p.Lived != (outcome.Lived{Events: 118, Answers: 80, Customers: 40}) {
		t.Errorf("lived %+v", p.Lived)
	}
	if len(p.Indicators) != 2 {
		t.Fatalf("%d indicators", len(p.Indicators))
	}
	nps, csat := p.Indicators[0], p.Indicators[1]
	if nps.Metric != outcome.NPS || nps.Now.Value != 100 || nps.Now.N != 40 || nps.Before.N != 0 || nps.Change.Verdict != outcome.NoComparison {
		t.Errorf("nps %+v", nps)
	}
	if csat.Now.Value != .5 || csat.Before.Value != 1 || csat.Change.Verdict != outcome.Worse || csat.Change.P > .001 {
		t.Errorf("csat %+v", csat)
	}
	if n := len(csat.Weeks); n != 8 {
		t.Errorf("%d weeks", n)
	} else if last := csat.Weeks[n-1]; last.From >= now || now > last.To || csat.Weeks[n-2].N != 40 && csat.Weeks[n-3].N != 40 {
		t.Errorf("weeks %+v", csat.Weeks)
	}

	type place struct {
		slug    string
		events  int
		people  int
		feeling float64
		verdict outcome.Verdict
		clear   bool
	}
	var got []place
	for _, x := range p.Touchpoints {
		got = append(got, place{x.Slug, x.Events, x.Customers, math.Round(100*x.Feeling.Value) / 100, x.Change.Verdict, x.Clear})
		if f := x.Feeling; f.N > 0 && !(f.Low <= f.Value && f.Value <= f.High) {
			t.Errorf("%s: %+v", x.Slug, f)
		}
	}
	want := []place{
		{"delivery", 50, 10, -.8, outcome.Worse, true},
		{"phone", 3, 3, -.93, outcome.NoComparison, false},
		{"till", 60, 10, .7, outcome.NoClearChange, false},
		{"web", 0, 0, .5, outcome.Worse, true}, // less well lived than the till, but less surely so
		{"leaflet", 5, 5, 0, outcome.NoComparison, false},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(place{})); diff != "" {
		t.Errorf("touchpoints (-want +got):\n%s", diff)
	}
	if web := p.Touchpoints[3].Score; web == nil || web.Metric != outcome.CSAT || web.Now.N != 40 || web.Now.Value != .5 {
		t.Errorf("score of web %+v", web)
	}
	var stages []string
	for _, x := range p.Stages {
		stages = append(stages, x.Slug)
	}
	if diff := cmp.Diff([]string{"before", "during", "after"}, stages); diff != "" {
		t.Errorf("stages (-want +got):\n%s", diff)
	}

	// Years later, the pulse is of the last days on which anything was lived.
	clock := cxtest.NewClock()
	clock.Advance(1000 * 24 * time.Hour)
	late, err := outcome.New(store, parsed(t, company), clock).Pulse(t.Context(), cx.System(), outcome.PulseQuery{})
	if err != nil {
		t.Fatal(err)
	}
	if got := late.Now.To.String(); got != "2026-02-21T23:00:00Z" || late.Lived.Events != 118 {
		t.Errorf("until %s, %+v", got, late.Lived)
	}
	if _, err := service.Pulse(t.Context(), cx.System(), outcome.PulseQuery{Days: 1000}); cx.KindOf(err) != cx.Invalid {
		t.Errorf("1000 days give %v", err)
	}
	empty := outcome.New(openStore(t), models{model.Version{Model: model.Empty()}}, clock)
	if p, err := empty.Pulse(t.Context(), cx.System(), outcome.PulseQuery{}); err != nil || len(p.Indicators)+len(p.Touchpoints)+len(p.Stages) > 0 {
		t.Errorf("nothing has a pulse: %+v, %v", p, err)
	}
	nobody := cx.Principal{ID: "person:2", Role: cx.Admin, Areas: []string{}}
	if p, err := service.Pulse(t.Context(), nobody, outcome.PulseQuery{}); err != nil || p.Lived != (outcome.Lived{}) {
		t.Errorf("who sees no area sees %+v, %v", p.Lived, err)
	}
}

func TestPulseOfChangeIsThatOfStats(t *testing.T) {
	t.Parallel()
	s := &shop{}
	put := func(ago time.Duration, promoters, passives, detractors int) {
		for i, n := range []int{promoters, passives, detractors} {
			for range n {
				s.answered(cxtest.Epoch.Add(-ago), 1, "after", "shop", "nps", "0-10", []float64{9, 8, 0}[i])
			}
		}
	}
	put(40*24*time.Hour, 50, 30, 20)
	put(24*time.Hour, 220, 150, 130)
	service, _ := s.open(t)
	p, err := service.Pulse(t.Context(), cx.System(), outcome.PulseQuery{})
	if err != nil {
		t.Fatal(err)
	}
	want := stats.NPSChange(stats.Recommenders{Promoters: 50, Passives: 30, Detractors: 20}, stats.Recommenders{Promoters: 220, Passives: 150, Detractors: 130})
	if got := p.Indicators[0].Change; got.Delta != -12 || got.P != want.P || got.Verdict != outcome.NoClearChange {
		t.Errorf("change %+v, want p %v", got, want.P)
	}
}
