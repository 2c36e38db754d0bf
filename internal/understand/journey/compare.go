package journey

import (
	"context"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

// CompareQuery asks what differs between two groups of runs, or two periods.
type CompareQuery struct {
	A, B Filter
	By   By // as of GraphQuery
}

// Comparison is what differs between two groups of runs.
type Comparison struct {
	By      By
	A, B    int          // runs
	Tested  int          // differences that were tested
	Of      []Difference // the clear ones first, then by how small p is
	Limited bool         // only facts of some areas were seen
}

// Compared says what a difference is in.
type Compared string

// What is compared. Of the first three, the share of runs that have it; of the
// others, the time or the feeling.
const (
	ComparedStop     Compared = "stop"     // go through From
	ComparedEdge     Compared = "edge"     // go from From directly to To
	ComparedVariant  Compared = "variant"  // are lived so
	ComparedState    Compared = "state"    // are so far
	ComparedTime     Compared = "time"     // from From to To
	ComparedDuration Compared = "duration" // of the whole run, of completed ones
	ComparedFelt     Compared = "felt"     // mean valence of the run
)

// Difference is one thing that was compared.
type Difference struct {
	In       Compared
	From, To *Stop
	Variant  string // id
	Stops    []Stop // of the variant
	State    State

	A, B         Share            // of shares
	TimeA, TimeB Times            // of times
	FeltA, FeltB outcome.Estimate // of feelings

	Delta float64 // B − A: of shares in 0..1, of times in seconds between the medians, of feelings in −4..+4
	P     float64 // two-sided: of shares the pooled z test, of times Mann–Whitney's, of feelings Welch's
	Clear bool    // after Benjamini–Hochberg at 5 % over all that was tested
}

// Compare returns what differs between two groups of a journey's runs. It needs
// the right scores.view.
func (s *Service) Compare(ctx context.Context, p cx.Principal, slug string, q CompareQuery) (Comparison, error) {
	return Comparison{}, nil
}
