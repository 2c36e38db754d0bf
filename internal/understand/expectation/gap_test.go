package expectation_test

import (
	"math"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/fact"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/history/duckdb"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/expectation"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const company = `
company: {slug: acme, name: Acme, timezone: Europe/Madrid, currency: EUR, languages: [es]}
surveys:
  - slug: before
    name: Antes
    purpose: before
    pair: {survey: after, object: order}
    pages: [{questions: [{id: score, type: csat, scale: 1-5, text: ¿Cómo crees que irá?}]}]
  - {slug: after, name: Después, purpose: transactional, pages: [{questions: [{id: score, type: csat, scale: 1-5, text: ¿Cómo fue?}]}]}
  - {slug: nps, name: Relación, purpose: relationship, pages: [{questions: [{id: score, type: nps, text: ¿Nos recomendarías?}]}]}
`

type models struct{ model.Version }

func (m models) Current() model.Version { return m.Version }

type shop struct {
	batch history.Batch
	day   int
}

// answers adds a customer's scored answer, each later than the one before.
func (s *shop) answers(who int, survey, metric, scale string, value float64, order string) {
	s.batch.Last++
	s.day++
	f := history.Fact{
		Seq: s.batch.Last, Profile: cx.ProfileNo(who), Kind: cx.Answer, Name: survey, Source: "web", At: cxtest.Epoch.Add(time.Duration(s.day) * time.Minute),
		Answer: &fact.Answer{Survey: survey, Items: []fact.AnswerItem{{Question: "score", Metric: metric, Scale: scale, Value: value, HasValue: true}}},
	}
	if order != "" {
		f.Said = history.Said{Class: model.Class{Objects: []model.ObjectRef{{Type: "order", ID: order}}}}
	}
	s.batch.Facts = append(s.batch.Facts, f)
}

func (s *shop) service(t *testing.T) *expectation.Service {
	t.Helper()
	store, err := duckdb.Open(t.Context(), duckdb.Config{Path: filepath.Join(t.TempDir(), "history.duckdb"), Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	if err := store.Append(t.Context(), s.batch); err != nil {
		t.Fatal(err)
	}
	m, err := model.Parse([]byte(company))
	if err != nil {
		t.Fatal(err)
	}
	return expectation.New(store, models{model.Version{Number: 1, Model: m}})
}

func TestPairsAreOfOneCustomerAndOneObject(t *testing.T) {
	t.Parallel()
	var s shop
	s.answers(1, "before", "csat", "1-5", 5, "a")
	s.answers(1, "before", "csat", "1-5", 4, "b")
	s.answers(1, "after", "csat", "1-5", 2, "a")  // 5 → 2
	s.answers(1, "after", "csat", "1-5", 4, "b")  // 4 → 4
	s.answers(1, "after", "csat", "1-5", 1, "a")  // of a pair already
	s.answers(2, "after", "csat", "1-5", 3, "c")  // nothing was expected
	s.answers(2, "before", "csat", "1-5", 1, "c") // too late
	s.answers(3, "before", "csat", "1-5", 2, "d")
	s.answers(3, "before", "csat", "1-5", 3, "d") // thought again
	s.answers(3, "after", "csat", "1-5", 5, "d")  // 3 → 5
	s.answers(4, "before", "csat", "1-5", 3, "")  // of no order
	s.answers(4, "after", "csat", "1-5", 5, "")
	g, err := s.service(t).Gap(t.Context(), cx.System(), "before", cx.Window{})
	if err != nil {
		t.Fatal(err)
	}
	if len(g.Pairs) != 3 || g.Alone != 1 || g.Pairs[0].Expected != 3 || g.Pairs[0].Lived != 5 || g.Pairs[2].Expected != 5 || g.Pairs[2].Lived != 2 {
		t.Errorf("the pairs are %+v, %d alone", g.Pairs, g.Alone)
	}
	if g.Expected.Value != 4 || math.Abs(g.Lived.Value-11./3) > 1e-12 || math.Abs(g.Difference.Value+1./3) > 1e-12 || g.Difference.N != 3 {
		t.Errorf("%+v, then %+v: %+v", g.Expected, g.Lived, g.Difference)
	}
	if g.Worse.Value != 1./3 || g.Same.Value != 1./3 || g.Better.Value != 1./3 || g.Weight != nil {
		t.Errorf("%+v %+v %+v %+v", g.Worse, g.Same, g.Better, g.Weight)
	}
}

// TestWeight: what was lived moves the relationship and what was expected does
// not, though both stand in the difference alike.
func TestWeight(t *testing.T) {
	t.Parallel()
	var s shop
	for i := range 60 {
		order, expected, lived := strconv.Itoa(i), float64(1+i%5), float64(1+i/5%5)
		s.answers(i+1, "before", "csat", "1-5", expected, order)
		s.answers(i+1, "nps", "nps", "0-10", 0, "") // before the second answer: tells nothing of it
		s.answers(i+1, "after", "csat", "1-5", lived, order)
		s.answers(i+1, "nps", "nps", "0-10", 2*lived-float64(i%3%2), "")
	}
	g, err := s.service(t).Gap(t.Context(), cx.System(), "before", cx.Window{})
	if err != nil {
		t.Fatal(err)
	}
	w := g.Weight
	if w == nil || w.N != 60 || w.Survey != "nps" || math.Abs(w.OnLived.Value-2) > .1 || w.OnExpected.Low > 0 || w.OnExpected.High < 0 || w.R2 < .9 || w.R2OfDifferenceOnly > .7 {
		t.Errorf("%+v", w)
	}
}

func TestGapThatCannotBe(t *testing.T) {
	t.Parallel()
	service := new(shop).service(t)
	g, err := service.Gap(t.Context(), cx.System(), "before", cx.Window{})
	if err != nil || g.Expected.N != 0 || g.Pairs != nil {
		t.Errorf("of nothing: %+v %v", g, err)
	}
	for _, slug := range []string{"after", "unheard-of"} {
		if _, err := service.Gap(t.Context(), cx.System(), slug, cx.Window{}); cx.KindOf(err) != cx.NotFound {
			t.Errorf("%s: %v", slug, err)
		}
	}
	if _, err := service.Gap(t.Context(), cx.Principal{}, "before", cx.Window{}); cx.KindOf(err) != cx.Unauthorized {
		t.Errorf("nobody is told %v", err)
	}
}
