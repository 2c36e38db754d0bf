package outcome

import (
	"context"
	"math"

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

// lived is what a customer's episodes leave, whatever the order in which they are
// told.
type lived struct {
	n         int
	sum       float64
	peak, end float64
	last      int64
}

// add counts an episode. Of equally strong ones the bad is the peak.
func (l *lived) add(valence float64, at int64) {
	if strength := math.Abs(valence); l.n == 0 || strength > math.Abs(l.peak) || strength == math.Abs(l.peak) && valence < l.peak {
		l.peak = valence
	}
	if l.n == 0 || at >= l.last {
		l.end, l.last = valence, at
	}
	l.n++
	l.sum += valence
}

func (l lived) mean() float64 { return l.sum / float64(l.n) }

// MemoryQuery asks for the memory of customers.
type MemoryQuery struct {
	Survey string    // whose scores say what is remembered; "": the nps with the most answers, or else the survey
	Until  cx.Time   // 0: now
	Where  Condition // of episodes and answers; zero: all
}

// Memory is how customers remember, and how well that is known.
type Memory struct {
	Survey    string
	Metric    Metric // of the survey's scores
	Scale     string
	Weights   Recuerdo // fitted, or Usual
	Fitted    bool     // there were answers enough
	Intervals struct{ Peak, End, Mean stats.Interval }
	Base      float64 // a score is Base + Slope × recuerdo
	Slope     float64
	Fit       Fit      // of the fitted weights
	MeanOnly  Fit      // of the mean alone
	Now       Estimate // mean recuerdo of all who lived anything
	Customers int      // of them
}

// Fit is how well scores are told for customers whose answers were not looked at.
type Fit struct {
	R2        float64 // out of fold; below 0: worse than the mean of all
	Interval  stats.Interval
	N         int // answers
	Customers int
}

// Memory fits the weights of remembered experience to the scores of a survey. It needs the
// right scores.view.
func (s *Service) Memory(ctx context.Context, p cx.Principal, q MemoryQuery) (Memory, error) {
	return Memory{}, nil
}

// Inferred is the score of those who did not answer, as those who lived alike would
// have answered.
type Inferred struct {
	Estimate           // mean inferred score; inferred, never answered
	Answered  Estimate // the mean of those who did
	Customers int      // silent ones who lived anything
	Bands     []Band   // calibration, out of fold, lowest first
	Error     float64  // mean absolute error out of fold, in the scale's unit
}

// Band compares what was inferred with what was answered.
type Band struct {
	Inferred float64
	Answered Estimate
}
