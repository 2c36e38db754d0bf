package outcome

import (
	"context"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// PulseQuery asks for the pulse.
type PulseQuery struct {
	Until cx.Time // end of the period; 0: now, or the end of the last day on which anything was lived if that is longer ago than a period
	Days  int     // length of the period and of the one before; 0: 28
	Weeks int     // length of the series; 0: 26
	Where []Condition
}

// Pulse is how the company is doing.
type Pulse struct {
	Now, Before cx.Window
	Lived       Lived        // in Now
	LivedBefore Lived        // in Before
	Indicators  []Indicator  // of the metrics that have answers: NPS, CSAT, CES
	Touchpoints []Touchpoint // worst first
	Stages      []Stage      // before, during, after; those in which something was lived
}

// Lived counts what was lived.
type Lived struct{ Events, Answers, Customers int }

// Verdict says in one word's code how a figure changed.
type Verdict string

// The verdicts. A change is clear when its p is below .05.
const (
	Better        Verdict = "better"
	Worse         Verdict = "worse"
	NoClearChange Verdict = "no-clear-change"
	NoComparison  Verdict = "no-comparison" // one of the two has too few answers
)

// Change compares a figure with the one before.
type Change struct {
	Delta   float64 // now − before, in the figure's unit
	P       float64 // two-sided; 1 without comparison
	Verdict Verdict
}

// Indicator is one score, now and before.
type Indicator struct {
	Metric Metric
	Scale  string // of CES
	Now    Estimate
	Before Estimate
	Change Change
	Weeks  []Week // oldest first, without gaps; the last may be unfinished
}

// Week is a point of a series.
type Week struct {
	From, To cx.Time
	Estimate // N = 0: nobody answered
}

// Touchpoint is how it is lived at one touchpoint.
type Touchpoint struct {
	Slug, Stage string
	Events      int
	Customers   int
	Valence     Estimate // mean, −2..+2
	Score       *Score   // what they answered; nil when nobody did
	Feeling     Estimate // Valence, or without one the score moved to −2..+2: what touchpoints are ordered by
	Change      Change   // of Feeling
	Clear       bool     // the change stays clear among all touchpoints compared (Benjamini–Hochberg, 5 %)
}

// Score is the score of a touchpoint or stage: the metric with the most answers.
type Score struct {
	Metric Metric
	Scale  string
	Now    Estimate
	Before Estimate
}

// Stage is how it is lived in one stage.
type Stage struct {
	Slug      string
	Events    int
	Customers int
	Valence   Estimate
	Score     *Score
	Change    Change // of Valence, or without one of the score
}

// Pulse tells how the company is doing. It needs the right scores.view.
func (s *Service) Pulse(ctx context.Context, p cx.Principal, q PulseQuery) (Pulse, error) {
	panic("not yet")
}
