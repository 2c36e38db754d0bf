package outcome

import (
	"math"

	"github.com/vivencia-cx/vivencia/internal/fact"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/stats"
)

// Estimate is a figure with its 95 % interval and the n it rests on. With N = 0
// there is no figure: show none. The interval never leaves the scale; a mean of
// one answer may be anywhere on it.
type Estimate struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
	N     int     `json:"n"`
}

// tally is what scores add up to, whatever the metric.
type tally struct {
	n, top       int
	sum, squares float64
	recommenders stats.Recommenders // of events: felt good, neither, bad
}

// addOne counts one answer.
func (t *tally) addOne(value float64, m Metric, scale string) {
	t.add(history.Bin{Metric: string(m), Scale: scale, Value: value, N: 1})
}

// add counts the answers of a bin. Bins come in the order of their values, so
// that the sums are the same to the digit each time.
func (t *tally) add(b history.Bin) {
	n := int(b.N)
	t.n += n
	t.sum += b.Value * float64(n)
	t.squares += b.Value * b.Value * float64(n)
	if scale, ok := fact.ParseScale(b.Scale); ok && b.Value >= scale.TopBox() {
		t.top += n
	}
	promoter, passive := 9.0, 7.0
	if b.Metric == "valence" {
		promoter, passive = math.SmallestNonzeroFloat64, 0
	}
	switch {
	case b.Value >= promoter:
		t.recommenders.Promoters += n
	case b.Value >= passive:
		t.recommenders.Passives += n
	default:
		t.recommenders.Detractors += n
	}
}

func (t *tally) join(o tally) {
	t.n += o.n
	t.top += o.top
	t.sum += o.sum
	t.squares += o.squares
	t.recommenders.Promoters += o.recommenders.Promoters
	t.recommenders.Passives += o.recommenders.Passives
	t.recommenders.Detractors += o.recommenders.Detractors
}

// moments are those of which the figure is the mean, in its unit.
func (t *tally) moments(m Metric) stats.Moments {
	switch m {
	case NPS, NEV:
		p, d := float64(t.recommenders.Promoters), float64(t.recommenders.Detractors)
		return stats.Moments{N: t.n, Sum: 100 * (p - d), Squares: 1e4 * (p + d)}
	case CSAT:
		return stats.Moments{N: t.n, Sum: float64(t.top), Squares: float64(t.top)}
	}
	return stats.Moments{N: t.n, Sum: t.sum, Squares: t.squares}
}

func (t *tally) sample() stats.Sample { return stats.SampleOf(t.n, t.sum, t.squares) }

// estimate returns the figure; the scale is that of what is averaged.
func (t *tally) estimate(m Metric, scale string) Estimate {
	if t.n == 0 {
		return Estimate{}
	}
	switch m {
	case NPS, NEV:
		return estimateOf(t.recommenders.Score(), t.recommenders.Interval(), t.n)
	case CSAT:
		return estimateOf(float64(t.top)/float64(t.n), stats.Wilson(t.top, t.n), t.n)
	}
	return meanOf(t.sample(), bounds(scale))
}

func estimateOf(value float64, i stats.Interval, n int) Estimate {
	return Estimate{Value: value, Low: i.Low, High: i.High, N: n}
}

func meanOf(s stats.Sample, scale fact.Scale) Estimate {
	if s.N == 0 {
		return Estimate{}
	}
	i := stats.MeanInterval(s)
	if math.IsNaN(i.Low) {
		i = stats.Interval{Low: scale.Min, High: scale.Max}
	}
	return estimateOf(s.Mean, i.Clip(scale.Min, scale.Max), s.N)
}

// MeanOf returns the mean of values that lie in [low, high], with Student's
// interval.
func MeanOf(s stats.Sample, low, high float64) Estimate {
	return meanOf(s, fact.Scale{Min: low, Max: high})
}

// ScoreOf returns the score of answers on the metric: of recommendation whatever
// the scale, of satisfaction each by its own, of means on the scale given.
func ScoreOf(m Metric, scale string, answers []history.Bin) Estimate {
	var t tally
	for _, b := range answers {
		t.add(b)
	}
	return t.estimate(m, scale)
}

// GroupsOf returns the scores of groups of answers, as ScoreOf and each shrunk.
func GroupsOf(m Metric, scale string, answers map[string][]history.Bin) []Group {
	tallies := make(map[string]*tally, len(answers))
	for key, bins := range answers {
		for _, b := range bins {
			entry(tallies, key).add(b)
		}
	}
	return groupsOf(tallies, m, scale)
}

// bounds returns where the scores of a scale may lie; those of a rating without
// one, anywhere that fact lets it.
func bounds(scale string) fact.Scale {
	if s, ok := fact.ParseScale(scale); ok {
		return s
	}
	return fact.Scale{Min: -fact.MaxRating, Max: fact.MaxRating}
}

// Verdict says in one word's code how a figure changed.
type Verdict string

// The verdicts. A change is clear when its p is below .05.
const (
	Better        Verdict = "better"
	Worse         Verdict = "worse"
	NoClearChange Verdict = "no-clear-change"
	NoComparison  Verdict = "no-comparison" // one of the two rests on fewer than 10
)

// Limits of a comparison.
const (
	leastCompared = 10  // below, the tests' approximations are none
	clearBelow    = .05 // p, and the rate of false discoveries
)

// Change compares a figure with the one before.
type Change struct {
	Delta   float64 // now − before, in the figure's unit; 0 without comparison
	P       float64 // two-sided; 1 without comparison
	Verdict Verdict
}

// change compares two tallies of a metric: scores of recommendation by the
// variances of the raw scores, shares by the pooled z test, means by Welch's.
func change(m Metric, before, now *tally) Change {
	return ChangeOf(before.n, now.n, func() stats.Test {
		switch m {
		case NPS, NEV:
			return stats.NPSChange(before.recommenders, now.recommenders)
		case CSAT:
			return stats.ProportionChange(before.top, before.n, now.top, now.n)
		}
		return stats.Welch(before.sample(), now.sample())
	})
}

// MeanChange compares two means by Welch's test (1947).
func MeanChange(before, now stats.Sample) Change {
	return ChangeOf(before.N, now.N, func() stats.Test { return stats.Welch(before, now) })
}

// ChangeOf compares two figures that rest on so many by a test; on fewer than ten there
// is none, and test is not called.
func ChangeOf(before, now int, test func() stats.Test) Change {
	if before < leastCompared || now < leastCompared {
		return Change{P: 1, Verdict: NoComparison}
	}
	return verdict(test())
}

func verdict(t stats.Test) Change {
	c := Change{Delta: t.Delta, P: t.P, Verdict: NoClearChange}
	switch {
	case t.P >= clearBelow:
	case t.Delta > 0:
		c.Verdict = Better
	case t.Delta < 0:
		c.Verdict = Worse
	}
	return c
}
