package journey

import (
	"context"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

// MapQuery asks for the map of a journey.
type MapQuery struct{ Filter Filter }

// Map is a journey as it was lived, step by step, against its design.
type Map struct {
	Journey    model.Journey
	Period     cx.Window // from when its first run began to after its last event
	Runs       int
	States     []StateShare
	Felt       outcome.Estimate // mean over runs of the mean valence of their events
	Steps      []MapStep        // by stage, then in the script's order; without a script the touchpoints in their usual order
	Unexpected []MapStep        // what was lived and is no step of the script; most lived first. nil without a script
	Worst      int              // index into Steps of the one that surely hurts most; −1: none is known to hurt
	Limited    bool             // only facts of some areas were seen: Reached, Kept and Repeated are of these alone
}

// MapStep is how one step was lived. Of a step that the script lacks, Step is
// made of where it happened: its Slug is the touchpoint's, or event@touchpoint.
type MapStep struct {
	Step     model.Step
	Name     model.Text // of the step, or of its touchpoint
	Channel  string
	Area     string
	Supplier string // that of the touchpoint; "": none, or several
	Icon     string
	Designed bool // it is in the script

	N        int // events
	Reached  Share
	Repeated Share // of the runs that reached it: lived it again
	Kept     Share // of those from which the next step is due: it came within the expected time. N = 0: none is expected
	Wait     Times // from the step to what was lived next

	Felt   outcome.Estimate // mean valence, −2..+2
	Before outcome.Estimate // in the period before, as long as the filter's; without one, from eight to four weeks ago
	Change outcome.Change   // from Before to the period; without one, to the last four weeks
	Clear  bool             // the change stays clear among all steps (Benjamini–Hochberg, 5 %)
	Since  Since            // when Felt changed; Known is false when it did not
	Gap    Gap              // between design and what was lived
	Scores []StepScore      // what was answered there; most answers first

	Words []Quote // newest first, the worst felt before the others; only for who may see their customers

	Peak bool // where the typical run feels most, for better or worse
	End  bool // the last step of the typical run
}

// Gap is how much better (or worse) a step was lived than it is designed.
type Gap struct {
	Delta, Low, High float64 // lived − designed, with its interval; N of Felt
	Known            bool    // the step has a designed valence and was felt
	Clear            bool    // stays clear among all steps (Benjamini–Hochberg, 5 %)
}

// StepScore is a score of the answers about a step: NPS −100..100, CSAT 0..1,
// CES and ratings the mean on their scale.
type StepScore struct {
	Metric outcome.Metric
	Scale  string // of CES and ratings
	outcome.Estimate
}

// Quote is what a customer wrote about a step.
type Quote struct {
	Text     string
	Seq      cx.Seq
	Customer cx.CustomerID
	Case     string // of the run that it is about
	At       cx.Time
	Felt     float64 // the score that came with it, −2..+2
	HasFelt  bool
	Place    string
	Area     string
}

// Since is from when on something is as it is.
type Since struct {
	Known     bool    // it changed; false: it was always so, or too little is known
	From      cx.Time // the first day that is otherwise
	Low, High cx.Time // where From lies with 95 % confidence
	Until     cx.Time // when it was over; 0: it lasts still
	Then, Now float64 // the level before From, and from then on
	P         float64
}

// Map draws the journey as it was lived. It needs the right scores.view; the
// words of customers need events.view besides, and their customers in reach.
func (s *Service) Map(ctx context.Context, p cx.Principal, slug string, q MapQuery) (Map, error) {
	return Map{}, cx.Errorf(cx.NotFound, "journey.Map", "there is no such journey")
}

// mostWait bounds what counts as a wait between two steps.
const mostWait = 366 * 24 * time.Hour
