package journey

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/account"
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
// last three tenths of the runs that are over: on each tenth after learning from
// those before it.
type RiskSkill struct {
	Known    bool             // it beats the base rate clearly; else it cannot be told yet
	Learned  int              // runs learned from, for the last tenth
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
	const op = "journey.Risks"
	if err := account.Check(p, account.ViewCustomers); err != nil {
		return Risks{}, cx.Wrap(op, err)
	}
	if q.Limit == 0 {
		q.Limit = defaultRuns
	}
	if q.Limit < 1 || q.Limit > mostRuns {
		return Risks{}, cx.InvalidFaults(op, []cx.Fault{{Field: "limit", Message: fmt.Sprintf("a list has 1 to %d runs", mostRuns)}})
	}
	all, err := s.lived(ctx, p, slug, Filter{})
	if err != nil {
		return Risks{}, err
	}
	some, err := s.lived(ctx, p, slug, q.Filter)
	if err != nil {
		return Risks{}, err
	}
	foreseen := s.foresight(p, all).look(all)
	r := Risks{Skill: foreseen.skill, Limited: all.limited}
	var marked []RunRisk
	var customers []cx.CustomerNo
	for c := range some.log.Cases() {
		if some.over(c) {
			continue
		}
		r.Running++
		here, ok := all.caseOf(some.caseID(c))
		if !ok {
			continue // it began between the two looks
		}
		if risk := foreseen.of(here); risk.Marked {
			marked = append(marked, RunRisk{Case: some.caseID(c), Risk: risk})
			customers = append(customers, some.customer(c))
		}
	}
	if marked, err = s.reached(ctx, p, marked, customers); err != nil {
		return Risks{}, cx.Wrap(op, err)
	}
	slices.SortStableFunc(marked, func(a, b RunRisk) int { return cmp.Compare(b.Chance, a.Chance) })
	r.Marked = len(marked)
	r.Runs = marked[:min(len(marked), q.Limit)]
	return r, nil
}

// reached leaves out the runs of customers whom p does not reach.
func (s *Service) reached(ctx context.Context, p cx.Principal, runs []RunRisk, customers []cx.CustomerNo) ([]RunRisk, error) {
	found, err := s.c.Memory.CustomersByNo(ctx, p, slices.Compact(slices.Sorted(slices.Values(customers))))
	if err != nil {
		return nil, err
	}
	reached := map[cx.CustomerNo]bool{}
	for _, c := range found {
		reached[c.No] = true
	}
	var out []RunRisk
	for i, r := range runs {
		if reached[customers[i]] {
			out = append(out, r)
		}
	}
	return out, nil
}
