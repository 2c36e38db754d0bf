package outcome

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/stats"
)

// Recuerdo is how what was lived becomes what is remembered: the weights of the
// strongest episode, the last one and the mean of all (Kahneman et al. 1993; Alaybek
// et al. 2022). None is below 0; they add up to 1.
type Recuerdo struct{ Peak, End, Mean float64 }

// Usual are the weights while there are no answers to learn them from: peak and end,
// each half.
func Usual() Recuerdo { return Recuerdo{Peak: .5, End: .5} }

// Of returns how episodes of these valences, −2..+2 and oldest first, are remembered,
// −2..+2. NaN without any.
func (r Recuerdo) Of(valences []float64) float64 {
	var l lived
	for i, v := range valences {
		l.add(v, int64(i))
	}
	return r.remembered(l)
}

func (r Recuerdo) remembered(l lived) float64 {
	if l.n == 0 {
		return math.NaN()
	}
	return r.Peak*l.peak + r.End*l.end + r.Mean*l.mean()
}

// lived is what a customer's episodes leave, in whatever order they are told; of
// those at one time the worse is the last.
type lived struct {
	n         int
	sum       int64 // thousandths: adding them up is the same in any order
	peak, end float64
	last      int64
}

// add counts an episode. Of equally strong ones the bad is the peak.
func (l *lived) add(valence float64, at int64) {
	if strength := math.Abs(valence); l.n == 0 || strength > math.Abs(l.peak) || strength == math.Abs(l.peak) && valence < l.peak {
		l.peak = valence
	}
	if l.n == 0 || at > l.last || at == l.last && valence < l.end {
		l.end, l.last = valence, at
	}
	l.n++
	l.sum += int64(math.Round(1000 * valence))
}

func (l lived) mean() float64 { return float64(l.sum) / 1000 / float64(l.n) }

// MemoryQuery asks for the memory of customers.
type MemoryQuery struct {
	Survey string  // whose scores say what is remembered; "": the survey with the most nps answers, or without any the one with the most
	Until  cx.Time // 0: now
}

// Memory is how customers remember, and how well that is known. Its weights are an
// association of what was lived with what was answered later.
type Memory struct {
	Survey    string
	Metric    Metric // of the survey's scores; Mean of ratings
	Scale     string
	Weights   Recuerdo // fitted, or Usual
	Intervals RecuerdoIntervals
	Fitted    bool    // there were answers enough
	Base      float64 // a score is Base + Slope × recuerdo
	Slope     float64
	Fit       Fit      // with peak, end and mean
	MeanOnly  Fit      // with the mean alone
	Now       Estimate // mean recuerdo of all who lived anything
}

// RecuerdoIntervals are those of the weights; NaN when they were not fitted.
type RecuerdoIntervals struct{ Peak, End, Mean stats.Interval }

// Fit is how well scores are told of customers whose answers were not looked at: ten
// folds of customers.
type Fit struct {
	R2        float64 // 1 less the squared errors by those of the others' mean; below 0 it tells less than that
	Low, High float64
	Error     float64 // mean absolute error, in the scale's unit
	N         int     // answers
	Customers int
}

// Memory fits the weights of remembered experience to the scores of a survey, from
// the valences of what each customer lived before answering: least squares with
// weights none below 0 (Lawson & Hanson 1974), intervals by a jackknife over twenty
// groups of customers. Below fifty customers with an answer the weights are Usual. It
// reads all that was lived, seconds for millions of events, and keeps what it found
// (Kept). It needs the right scores.view.
func (s *Service) Memory(ctx context.Context, p cx.Principal, q MemoryQuery) (Memory, error) {
	if err := account.Check(p, account.ViewScores); err != nil {
		return Memory{}, cx.Wrap("outcome.Memory", err)
	}
	told, err := s.told(ctx, p, q)
	return told.Memory, cx.Wrap("outcome.Memory", err)
}

// Folds of customers, and how many customers teach weights.
const (
	folds       = 10
	parts       = 20 // of the jackknife
	leastFitted = 50
)

// scored is an answer and what its customer had lived before it.
type scored struct {
	customer cx.CustomerNo
	value    float64
	lived
}

// fold deals customers into n folds.
func fold(c cx.CustomerNo, n int) int {
	return int(uint64(c) * 0x9e3779b97f4a7c15 >> 33 % uint64(n))
}

// line is a fitted line: a score is base + peak·… + end·… + mean·….
type line struct {
	base float64
	Recuerdo
}

func (l line) of(x lived) float64 { return l.base + l.remembered(x) }

// lineOf fits the answers that keep lets through; meanOnly with the mean alone.
func lineOf(answers []scored, meanOnly bool, keep func(cx.CustomerNo) bool) line {
	var y []float64
	var x [3][]float64
	for _, a := range answers {
		if keep(a.customer) {
			y = append(y, a.value)
			x[0], x[1], x[2] = append(x[0], a.mean()), append(x[1], a.peak), append(x[2], a.end)
		}
	}
	drivers := []stats.Driver{stats.Number("mean", x[0])}
	if !meanOnly {
		drivers = append(drivers, stats.Number("peak", x[1]), stats.Number("end", x[2]))
	}
	base, w := stats.NewDesign(y, drivers).NonNegative()
	l := line{base, Recuerdo{Mean: w[0]}}
	if !meanOnly {
		l.Peak, l.End = w[1], w[2]
	}
	return l
}

// memory fits the weights, and returns what each answer was told as out of fold.
func (p *past) memory() (Memory, []float64) {
	m := Memory{Survey: p.survey, Metric: p.metric, Scale: p.scale, Weights: Usual()}
	nan := stats.Interval{Low: math.NaN(), High: math.NaN()}
	m.Intervals = RecuerdoIntervals{nan, nan, nan}
	var told []float64
	if customersOf(p.answers) >= leastFitted {
		all := func(cx.CustomerNo) bool { return true }
		whole := lineOf(p.answers, false, all)
		m.Base, m.Slope = whole.base, whole.Peak+whole.End+whole.Mean
		if m.Slope > 0 {
			m.Fitted, m.Weights = true, whole.shares()
			m.Intervals = p.jackknife(m.Weights)
		}
		m.Fit, told = p.fit(false)
		m.MeanOnly, _ = p.fit(true)
	}
	var now stats.Moments
	for _, c := range slices.Sorted(maps.Keys(p.lives)) {
		now.Add(m.Weights.remembered(p.lives[c]))
	}
	m.Now = MeanOf(now.Sample(), -2, 2)
	return m, told
}

// shares returns the weights as shares of their sum.
func (l line) shares() Recuerdo {
	sum := l.Peak + l.End + l.Mean
	return Recuerdo{l.Peak / sum, l.End / sum, l.Mean / sum}
}

func (p *past) jackknife(w Recuerdo) RecuerdoIntervals {
	var peak, end, mean []float64
	for part := range parts {
		l := lineOf(p.answers, false, func(c cx.CustomerNo) bool { return fold(c, parts) != part })
		if s := l.shares(); !math.IsNaN(s.Peak) {
			peak, end, mean = append(peak, s.Peak), append(end, s.End), append(mean, s.Mean)
		}
	}
	return RecuerdoIntervals{
		stats.Jackknife(w.Peak, peak).Clip(0, 1), stats.Jackknife(w.End, end).Clip(0, 1), stats.Jackknife(w.Mean, mean).Clip(0, 1),
	}
}

// fit tells each answer by a line that was fitted without its customer's fold. The
// interval of R² is that of the ratio of two sums over customers.
func (p *past) fit(meanOnly bool) (Fit, []float64) {
	var lines [folds]line
	var means [folds]stats.Moments
	for f := range folds {
		lines[f] = lineOf(p.answers, meanOnly, func(c cx.CustomerNo) bool { return fold(c, folds) != f })
		for _, a := range p.answers {
			if fold(a.customer, folds) != f {
				means[f].Add(a.value)
			}
		}
	}
	out, told := Fit{N: len(p.answers)}, make([]float64, len(p.answers))
	type sums struct{ off, mean float64 }
	var ratio stats.Ratio
	var own sums
	for i, a := range p.answers { // ordered by customer
		f := fold(a.customer, folds)
		told[i] = lines[f].of(a.lived)
		off, mean := a.value-told[i], a.value-means[f].Sample().Mean
		out.Error += math.Abs(off) / float64(len(p.answers))
		own.off, own.mean = own.off+off*off, own.mean+mean*mean
		if i+1 == len(p.answers) || p.answers[i+1].customer != a.customer {
			ratio.Add(own.off, own.mean)
			own = sums{}
			out.Customers++
		}
	}
	i := ratio.Interval()
	out.R2, out.Low, out.High = 1-ratio.Value(), 1-i.High, 1-i.Low
	return out, told
}

// customersOf counts the customers of answers that are ordered by them.
func customersOf(answers []scored) (n int) {
	for i, a := range answers {
		if i == 0 || a.customer != answers[i-1].customer {
			n++
		}
	}
	return n
}

// kindsFirst orders surveys: those of recommendation first, then by answers.
func kindsFirst(a, b surveyed) int {
	of := func(s surveyed) int {
		if s.metric == NPS {
			return 0
		}
		return 1
	}
	return cmp.Or(cmp.Compare(of(a), of(b)), cmp.Compare(b.n, a.n), cmp.Compare(a.survey, b.survey), cmp.Compare(a.metric, b.metric), cmp.Compare(a.scale, b.scale))
}
