package journey

import (
	"context"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// FindingsQuery asks what hurts in a journey.
type FindingsQuery struct {
	Filter Filter
	Limit  int // 0: 20, at most 200
}

// Finding is something that hurts: runs that were not as designed, or a step
// that was lived badly; whom it hits, since when, and what it costs. All of it is
// association: what goes with it, not what it causes.
type Finding struct {
	ID         string     // the deviation's, or "painful:" and the step's slug
	Kind       string     // skipped, repeated, unexpected, late, disordered, painful
	Step       string     // slug of the script's step; "": in no step
	Event      string     // of what is unexpected
	Touchpoint string     // slug
	Name       model.Text // of the step, or of the touchpoint
	Stage      string
	Area       string
	Supplier   string

	Runs Share // that have it, of those that could

	Felt     Cost // how the rest of the run was lived, in points of valence
	Score    Cost // what they answered, moved to −2..+2
	Returned Cost // share who bought again within HorizonDays
	Spent    Cost // minor units within HorizonDays, a run; Total is over all runs that have it
	Time     Cost // seconds from the first to the last event of a completed run: medians
	Currency string

	ForWhom []Whom // who has it more often, the strongest first; empty: everybody alike
	Since   Since  // when it became more frequent

	Clear bool    // one of Felt, Score, Returned, Spent is worse with it, clear among all that was tested
	Loss  float64 // what it is ranked by: the surest of these losses in standard deviations, times the share of all runs
}

// Cost compares the runs that have a finding with those that could and do not,
// within the same place, supplier and channel where both are known.
type Cost struct {
	With, Without    int     // runs compared; 0: not known yet
	Delta, Low, High float64 // with − without
	P                float64 // 1 when it was not tested
	Clear            bool    // among all costs of all findings (Benjamini–Hochberg, 5 %)
	Total            float64 // Delta times the runs that have it
	Alike            bool    // compared within the same place, supplier and channel
}

// Whom is who has a finding more often than all others.
type Whom struct {
	Parts  []Part  // one, or two that hold at once
	Runs   Share   // of the group's runs, those that have it
	Others Share   // of all other runs, those that have it
	Of     Share   // of all that have it, the group's
	P      float64 // clear among all groups of all findings (Benjamini–Hochberg, 5 %)
}

// Part is one thing that the runs of a group have in common.
type Part struct {
	By    string // supplier, place, area, channel, source, segment, weekday, hour
	Value string // a slug; weekday 1 (Monday) to 7, hour "06-12" in the company's zone
}

// Findings tells what hurts in a journey, what costs most first: at equal
// evidence, what hits more runs. It needs the right scores.view. Of who is
// limited to areas there are painful steps only: runs are seen in part.
func (s *Service) Findings(ctx context.Context, p cx.Principal, slug string, q FindingsQuery) ([]Finding, error) {
	return nil, cx.Errorf(cx.NotFound, "journey.Findings", "there is no such journey")
}
