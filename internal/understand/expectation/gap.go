package expectation

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/fact"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/stats"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

// Limits of a comparison.
const (
	later  = 90 * 24 * time.Hour // within which a relationship answer tells what came of it
	fewest = 20                  // pairs with an outcome, to weigh both
)

// Gap is what was expected against what was lived, over pairs of answers of
// one customer. All scores are on the survey's scale.
type Gap struct {
	Survey, After string // slugs: what asks before, and what asks after
	Scale         string
	Expected      outcome.Estimate // mean, of the pairs
	Lived         outcome.Estimate // mean, of the pairs
	Difference    outcome.Estimate // mean of lived − expected within a pair

	Worse, Same, Better outcome.Estimate // shares of the pairs; Wilson's interval

	Weight *Weight // nil: fewer than 20 pairs are followed by a relationship answer
	Alone  int     // expectations without an answer afterwards (yet)

	Pairs []Pair // newest first
}

// Weight is what a point expected and a point lived go with in the customer's
// next relationship score, in its points: regressed on both together, since a
// difference alone hides which of the two moves it (Edwards 1994). It is an
// association.
type Weight struct {
	Survey                 string // of the outcome
	N                      int
	OnExpected, OnLived    stats.Slope
	R2, R2OfDifferenceOnly float64
}

// Pair is one customer's two answers.
type Pair struct {
	Customer        cx.CustomerNo
	At              cx.Time // of the second
	Expected, Lived float64
	Before, After   cx.Seq
}

// Models tells the model in force.
type Models interface{ Current() model.Version }

// Service answers. It keeps nothing and is safe for concurrent use.
type Service struct {
	facts  history.Teller
	models Models
}

// New returns a service.
func New(facts history.Teller, models Models) *Service { return &Service{facts, models} }

// Gap compares what was expected with what was lived, of the pairs whose second
// answer was given in the window. It needs scores.view; Pairs is nil without
// customers.view. The error is cx.NotFound when no survey of purpose before has
// the slug, cx.Invalid when it has no pair.
func (s *Service) Gap(ctx context.Context, p cx.Principal, slug string, w cx.Window) (Gap, error) {
	const op = "expectation.Gap"
	if err := account.Check(p, account.ViewScores); err != nil {
		return Gap{}, cx.Wrap(op, err)
	}
	m := s.models.Current().Model
	before, ok := m.Survey(slug)
	if !ok || before.Purpose != model.Expectation {
		return Gap{}, cx.Errorf(cx.NotFound, op, "no survey asks what is expected under the name %q", slug)
	}
	question, ok := before.Score()
	scale, scaled := fact.ParseScale(question.Scale)
	if !ok || !scaled || before.Pair.Survey == "" {
		return Gap{}, cx.Errorf(cx.Invalid, op, "the survey %q has no score, or no survey that asks the same afterwards: declare its pair", slug)
	}
	g := Gap{Survey: slug, After: before.Pair.Survey, Scale: question.Scale}
	answers, err := s.answers(ctx, p, m, before)
	if err != nil {
		return Gap{}, cx.Wrap(op, err)
	}
	g.Pairs, g.Alone = pairs(answers, before, w)
	g.tell(scale)
	g.weigh(answers)
	if account.Check(p, account.ViewCustomers) != nil {
		g.Pairs = nil
	}
	return g, nil
}

// answer is one scored answer.
type answer struct {
	seq      cx.Seq
	customer cx.CustomerNo
	at       cx.Time
	survey   string
	object   uint64
	value    float64
}

// answers reads the scored answers to both surveys, and to those on the
// relationship, by time.
func (s *Service) answers(ctx context.Context, p cx.Principal, m *model.Model, before model.Survey) (all []answer, err error) {
	names := []string{before.Slug, before.Pair.Survey}
	for _, r := range m.Surveys {
		if r.Purpose == model.Relationship && !r.Team() {
			names = append(names, r.Slug)
		}
	}
	q := history.LivedQuery{Of: history.Answers, Names: names, Object: before.Pair.Object}
	_, err = history.Tell(ctx, s.facts, p, q, func(l *history.Lived) error {
		for i, seq := range l.Seq {
			survey := l.Names[l.Name[i]]
			if math.IsNaN(l.Value[i]) || !slices.Contains(names, survey) {
				continue
			}
			a := answer{seq: seq, customer: l.Customer[i], at: l.At[i], survey: survey, value: l.Value[i]}
			if before.Pair.Object != "" {
				a.object = l.Object[i]
			}
			all = append(all, a)
		}
		return nil
	})
	slices.SortFunc(all, func(a, b answer) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.seq, b.seq)) })
	return all, err
}

// pairs joins each expectation with the customer's first answer after it, about
// the same object when the pair names one. The newest expectation before an
// answer counts; alone are those that nothing followed.
func pairs(answers []answer, before model.Survey, w cx.Window) (all []Pair, alone int) {
	type key struct {
		customer cx.CustomerNo
		object   uint64
	}
	waiting := map[key]answer{}
	for _, a := range answers {
		k := key{a.customer, a.object}
		switch {
		case before.Pair.Object != "" && a.object == 0:
		case a.survey == before.Slug:
			waiting[k] = a
		case a.survey == before.Pair.Survey:
			e, ok := waiting[k]
			if delete(waiting, k); ok && w.Contains(a.at) {
				all = append(all, Pair{a.customer, a.at, e.value, a.value, e.seq, a.seq})
			}
		}
	}
	slices.Reverse(all)
	return all, len(waiting)
}

func (g *Gap) tell(scale fact.Scale) {
	n := len(g.Pairs)
	expected, lived, difference := make([]float64, n), make([]float64, n), make([]float64, n)
	var worse, same, better int
	for i, p := range g.Pairs {
		expected[i], lived[i], difference[i] = p.Expected, p.Lived, p.Lived-p.Expected
		switch {
		case p.Lived < p.Expected:
			worse++
		case p.Lived > p.Expected:
			better++
		default:
			same++
		}
	}
	span := scale.Max - scale.Min
	g.Expected = outcome.MeanOf(sampleOf(expected), scale.Min, scale.Max)
	g.Lived = outcome.MeanOf(sampleOf(lived), scale.Min, scale.Max)
	g.Difference = outcome.MeanOf(sampleOf(difference), -span, span)
	g.Worse, g.Same, g.Better = shareOf(worse, n), shareOf(same, n), shareOf(better, n)
}

// weigh regresses the customer's first relationship score within 90 days after
// a pair on what they expected and what they lived.
func (g *Gap) weigh(answers []answer) {
	by := map[cx.CustomerNo][]answer{}
	for _, a := range answers {
		if a.survey != g.Survey && a.survey != g.After {
			by[a.customer] = append(by[a.customer], a)
		}
	}
	var score, expected, lived, difference []float64
	of := map[string]int{}
	for _, p := range g.Pairs {
		for _, a := range by[p.Customer] {
			if a.at > p.At && a.at.Sub(p.At) <= later {
				score, expected, lived = append(score, a.value), append(expected, p.Expected), append(lived, p.Lived)
				difference = append(difference, p.Lived-p.Expected)
				of[a.survey]++
				break
			}
		}
	}
	if len(score) < fewest || len(of) != 1 { // scores of two surveys are on scales of their own
		return
	}
	both, ok := stats.LeastSquares(score, expected, lived)
	if !ok {
		return
	}
	alone, _ := stats.LeastSquares(score, difference)
	for survey := range of {
		g.Weight = &Weight{survey, both.N, both.Slopes[0], both.Slopes[1], both.R2, alone.R2}
	}
}

func sampleOf(values []float64) stats.Sample {
	var sum, squares float64
	for _, v := range values {
		sum += v
		squares += v * v
	}
	return stats.SampleOf(len(values), sum, squares)
}

func shareOf(k, n int) outcome.Estimate {
	if n == 0 {
		return outcome.Estimate{}
	}
	i := stats.Wilson(k, n)
	return outcome.Estimate{Value: float64(k) / float64(n), Low: i.Low, High: i.High, N: n}
}
