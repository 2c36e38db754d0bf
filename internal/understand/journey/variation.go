package journey

import (
	"context"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

// VariationQuery asks what a touchpoint's experience depends on.
type VariationQuery struct{ Filter Filter }

// Variation answers "does it depend on who serves you?": how much what is lived
// at each touchpoint varies between places, suppliers, sources, hours and
// weekdays.
type Variation struct {
	Runs    int
	Of      []Dependence // the clear ones first, then by how much depends
	Limited bool         // only facts of some areas were seen
}

// By is what things are told apart by.
type By string

// What a touchpoint's experience may depend on.
const (
	ByPlace    By = "place"
	BySupplier By = "supplier"
	BySource   By = "source"  // the system, such as a shop's till or the app
	ByHours    By = "hours"   // "00-08", "08-12", "12-16", "16-20", "20-24" in the company's time zone
	ByWeekday  By = "weekday" // "1" (Monday) to "7"
)

// Measured is what is compared.
type Measured string

// What is compared between groups.
const (
	MeasuredValence Measured = "valence" // of events, −2..+2
	MeasuredAnswers Measured = "answers" // how answers felt, −2..+2
	MeasuredWait    Measured = "wait"    // the time since the event before, in the run
)

// Dependence is how much one measure at one touchpoint depends on one thing.
// One run counts once in a group, with its mean.
type Dependence struct {
	Touchpoint string
	By         By
	Measured   Measured
	Mean       outcome.Estimate // of valences; of a wait in hours, its geometric mean
	Between    float64          // standard deviation between groups beyond chance; of a wait in log units
	Share      outcome.Estimate // of all variance, that between groups (the intraclass correlation), 0..1
	P          float64          // Welch's test of equal means (1951)
	Clear      bool             // after Benjamini–Hochberg at 5 % over all that was tested
	Groups     []Group          // the worst first
}

// Group is how it is lived in one place, at one time, … Value is shrunk towards
// the touchpoint's mean by as much as the group's own mean is uncertain
// (empirical Bayes; Efron & Morris 1975), so that a few runs are no last place.
type Group struct {
	Name  string
	Raw   float64          // the group's own mean
	Value outcome.Estimate // shrunk
	Wait  time.Duration    // of MeasuredWait, Value as time
}

// Variation returns what the touchpoints of a journey depend on. It needs the
// right scores.view.
func (s *Service) Variation(ctx context.Context, p cx.Principal, slug string, q VariationQuery) (Variation, error) {
	x, err := s.lived(ctx, p, slug, q.Filter)
	if err != nil {
		return Variation{}, err
	}
	return memo(x, "variation", func() (Variation, error) { return variationOf(x), nil })
}

func variationOf(x *lived) Variation { return Variation{Runs: x.log.Cases(), Limited: x.limited} }
