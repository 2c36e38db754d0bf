package journey

import (
	"context"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/stats"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

// VariantsQuery asks for the ways in which runs were lived.
type VariantsQuery struct {
	Filter Filter
	Limit  int // 0: 20; at most 500
}

// Limits of a VariantsQuery.
const (
	someVariants = 20
	mostVariants = 500
	mostStops    = 200
)

// Variants are the ways in which runs were lived, the most frequent first.
type Variants struct {
	Runs    int
	N       int       // different ways
	List    []Variant // the first Limit of them
	Limited bool      // only facts of some areas were seen: runs are shorter than they were
}

// Variant is one way: the same events at the same touchpoints, in the same order.
type Variant struct {
	ID       string // 16 hex digits, to filter by
	Stops    []Stop // by event; the first 200 of them
	Length   int    // events
	Runs     Share
	Covered  Share // the runs of this variant and of those before it
	States   []StateShare
	Duration Times            // from the first event to the last
	Felt     outcome.Estimate // mean over runs of the mean valence of their events, −2..+2
	Answers  outcome.Estimate // mean of how their answers felt, −2..+2
}

// Variants returns the ways in which a journey's runs were lived. It needs the
// right scores.view.
func (s *Service) Variants(ctx context.Context, p cx.Principal, slug string, q VariantsQuery) (Variants, error) {
	if q.Limit < 0 || q.Limit > mostVariants {
		return Variants{}, cx.Errorf(cx.Invalid, "journey.Variants", "limit is how many variants to tell, from 1 to %d, not %d", mostVariants, q.Limit)
	}
	x, err := s.lived(ctx, p, slug, q.Filter)
	if err != nil {
		return Variants{}, err
	}
	if q.Limit == 0 {
		q.Limit = someVariants
	}
	all := x.variantList()
	all.List = all.List[:min(q.Limit, len(all.List))]
	return all, nil
}

// variantList returns the first mostVariants variants of what was lived.
func (x *lived) variantList() Variants {
	v, _ := memo(x, "variant list", func() (Variants, error) { return variantsOf(x), nil })
	return v
}

func variantsOf(x *lived) Variants {
	all := x.variants()
	out := Variants{Runs: x.log.Cases(), N: len(all.List), Limited: x.limited}
	tallies := make([]variantTally, min(mostVariants, len(all.List)))
	for c, v := range all.Of {
		if int(v) < len(tallies) {
			tallies[v].add(x, c)
		}
	}
	for _, a := range x.log.Answers {
		if v := int(all.Of[a.Case]); v < len(tallies) && a.Metric != 0 {
			tallies[v].answers.Add(float64(a.Felt) / 1000)
		}
	}
	covered := 0
	for i, t := range tallies {
		one := all.List[i]
		covered += one.Cases
		out.List = append(out.List, Variant{
			ID: all.ID(i), Stops: x.eventStops(one.Activities), Length: len(one.Activities), Runs: shareOf(one.Cases, out.Runs), Covered: shareOf(covered, out.Runs),
			States: stateShares(t.states), Duration: timesIn(eventlog.SpreadOf(t.durations)),
			Felt: felt(t.felt.Sample()), Answers: felt(t.answers.Sample()),
		})
	}
	return out
}

// eventStops returns the first activities of a variant as stops.
func (x *lived) eventStops(activities []uint16) []Stop {
	stops := make([]Stop, min(mostStops, len(activities)))
	for i := range stops {
		stops[i] = x.eventStop(int(activities[i]))
	}
	return stops
}

// variantTally is what the runs of a variant add up to.
type variantTally struct {
	states        []State
	durations     []int64
	felt, answers stats.Moments
}

func (t *variantTally) add(x *lived, c int) {
	from, to := x.log.Span(c)
	t.states = append(t.states, x.states[c])
	t.durations = append(t.durations, x.log.At[to-1]-x.log.At[from])
	if mean, known := caseFelt(x.log, c); known {
		t.felt.Add(mean)
	}
}
