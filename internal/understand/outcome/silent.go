package outcome

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/fact"
	"github.com/vivencia-cx/vivencia/internal/stats"
)

// Inferred is the score of those who did not answer, as those who lived alike and
// answered would have given it. It is inferred, never answered: say so wherever it is
// shown. Who answers may differ from who does not in more than what they lived.
type Inferred struct {
	Memory   Memory
	Silent   Estimate // inferred, in the metric's unit; N are the customers who lived anything and did not answer
	Answered Estimate // of those who did: each one's last answer
	Bands    []Band   // calibration out of fold, the lowest first; nil: nothing could be inferred
}

// Band compares what was inferred of answers with what they were: a tenth of them.
type Band struct {
	Inferred float64
	Answered Estimate
}

// Silent infers the score of the silent majority from how they remember what they
// lived. There is none (N 0) while Memory is not fitted, or tells no more than the
// mean of all does. It needs the right scores.view.
func (s *Service) Silent(ctx context.Context, p cx.Principal, q MemoryQuery) (Inferred, error) {
	if err := account.Check(p, account.ViewScores); err != nil {
		return Inferred{}, cx.Wrap("outcome.Silent", err)
	}
	told, err := s.told(ctx, p, q)
	return told, cx.Wrap("outcome.Silent", err)
}

func (p *past) inferred() Inferred {
	m, told := p.memory()
	out := Inferred{Memory: m}
	var answered tally
	for i, a := range p.answers {
		if i+1 == len(p.answers) || p.answers[i+1].customer != a.customer {
			answered.addOne(a.value, p.metric, p.scale)
		}
	}
	out.Answered = answered.estimate(p.metric, p.scale)
	if !m.Fitted || !(m.Fit.Low > 0) {
		return out
	}
	means := p.expecting(told)
	whole := lineOf(p.answers, false, func(cx.CustomerNo) bool { return true })
	var silent []lived
	for _, c := range slices.Sorted(maps.Keys(p.lives)) {
		if !p.spoke[c] {
			silent = append(silent, p.lives[c])
		}
	}
	if len(silent) == 0 {
		return out
	}
	value := means.mean(whole, silent)
	var left []float64
	for part := range parts {
		l := lineOf(p.answers, false, func(c cx.CustomerNo) bool { return fold(c, parts) != part })
		left = append(left, means.mean(l, silent))
	}
	low, high := p.metric.limits(p.scale)
	// How the line was learned, and how the silent differ from one another.
	i, spread := stats.Jackknife(value, left), means.within(whole, silent)
	half := math.Hypot((i.High-i.Low)/2, 1.96*spread)
	out.Silent = estimateOf(value, stats.Interval{Low: value - half, High: value + half}.Clip(low, high), len(silent))
	out.Bands = p.bands(told, means)
	return out
}

// expectation tells what scores are expected in the metric's unit of answers that
// are told as a value: with the errors that were made out of fold.
type expectation struct {
	metric Metric
	scale  fact.Scale
	errors []float64
	known  map[int]float64 // by value in steps
}

// step is in what part of a scale's point expectations are told.
const step = 20

// mostErrors is how many errors an expectation is made of.
const mostErrors = 1000

func (p *past) expecting(told []float64) *expectation {
	e := &expectation{metric: p.metric, scale: bounds(p.scale), known: map[int]float64{}}
	every := max(1, len(told)/mostErrors)
	for i := 0; i < len(told); i += every {
		e.errors = append(e.errors, p.answers[i].value-told[i])
	}
	return e
}

// of returns the score expected of an answer that is told as a value.
func (e *expectation) of(told float64) float64 {
	at := int(math.Round(told * step))
	v, ok := e.known[at]
	if !ok {
		for _, off := range e.errors {
			v += e.score(float64(at)/step+off) / float64(len(e.errors))
		}
		e.known[at] = v
	}
	return v
}

// score is what one answer adds to the mean that the metric is.
func (e *expectation) score(value float64) float64 {
	value = math.Min(e.scale.Max, math.Max(e.scale.Min, value))
	switch e.metric {
	case NPS:
		switch value = math.Round(value); {
		case value >= 9:
			return 100
		case value <= 6:
			return -100
		}
		return 0
	case CSAT:
		if math.Round(value) >= e.scale.TopBox() {
			return 1
		}
		return 0
	}
	return value
}

func (e *expectation) mean(l line, of []lived) float64 {
	sum := 0.0
	for _, x := range of {
		sum += e.of(l.of(x))
	}
	return sum / float64(len(of))
}

// within returns the standard error of the mean by how those it is of differ.
func (e *expectation) within(l line, of []lived) float64 {
	var m stats.Moments
	for _, x := range of {
		m.Add(e.of(l.of(x)))
	}
	if s := m.Sample(); s.N > 1 {
		return math.Sqrt(s.Variance / float64(s.N))
	}
	return 0
}

// bands compares what is expected of tenths of the answers, out of fold, with what
// they were.
func (p *past) bands(told []float64, e *expectation) []Band {
	order := make([]int, len(told))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(told[a], told[b]) })
	var out []Band
	for tenth := range folds {
		var b Band
		var t tally
		of := order[tenth*len(order)/folds : (tenth+1)*len(order)/folds]
		for _, i := range of {
			b.Inferred += e.of(told[i]) / float64(len(of))
			t.addOne(p.answers[i].value, p.metric, p.scale)
		}
		b.Answered = t.estimate(p.metric, p.scale)
		out = append(out, b)
	}
	return out
}
