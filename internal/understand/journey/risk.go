package journey

import (
	"context"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

// RisksQuery asks which running runs are likely to end badly.
type RisksQuery struct {
	Filter Filter
	Limit  int // 0: 50; at most 500
}

// Risks is the running runs that are likely to end badly, and how far that can
// be told.
type Risks struct {
	Running int       // runs under way
	Marked  int       // of these, likely to end badly
	Runs    []RunRisk // the marked ones, the most likely first
	Skill   RiskSkill
	Limited bool // only facts of some areas were seen
}

// RunRisk is a running run that is marked.
type RunRisk struct {
	Case string // 16 hex digits
	Risk
}

// Risk is how likely a running run is to end badly: to be abandoned, to end with
// something that felt −1 or worse, or to be answered with a bad score.
type Risk struct {
	Known  bool    // false: it cannot be told yet, see RiskSkill
	Chance float64 // 0..1
	Marked bool    // at least twice the usual chance, and one in five
}

// RiskSkill is how well runs that end badly are told from the others, on the
// last three tenths of the runs that are over, after learning from those before.
type RiskSkill struct {
	Known    bool             // it beats the base rate clearly; else it cannot be told yet
	Learned  int              // runs learned from
	Tested   int              // runs tested on
	Base     Share            // that ended badly, of the tested ones
	Brier    outcome.Estimate // mean squared error of the chances (Brier 1950); 0 is perfect
	BaseOnly float64          // the same of who always says the base rate of those learned from
	Gain     outcome.Estimate // BaseOnly − Brier
	Marked   Share            // of the tested runs that would have been marked, those that ended badly
	Bins     []RiskBin        // how often it ended badly when it was said, by tenths
}

// RiskBin is what came of the chances between From and From + 0.1.
type RiskBin struct {
	From float64
	Mean float64 // of the chances
	Bad  Share
}

// Risks returns the running runs that are likely to end badly. It needs the
// rights scores.view and customers.view, and leaves out customers whom p does
// not reach.
func (s *Service) Risks(ctx context.Context, p cx.Principal, slug string, q RisksQuery) (Risks, error) {
	return Risks{}, nil
}
