package journey

import (
	"cmp"
	"context"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/stats"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

// AttributionQuery asks which touchpoints an outcome goes with.
type AttributionQuery struct {
	Filter  Filter
	Outcome State // Completed (also when empty) or Abandoned
}

// Attribution is how an outcome is associated with the touchpoints on the way:
// not what caused it.
type Attribution struct {
	Outcome     State
	Reached     Share        // of the runs that are over, those with the outcome
	Touchpoints []Attributed // by Credit, the greatest first
	Limited     bool         // only facts of some areas were seen
}

// Attributed is what one touchpoint has to do with the outcome.
type Attributed struct {
	Touchpoint string
	Runs       Share            // the runs that went through it, of those that are over
	Reaches    float64          // the chance of the outcome from here on
	Removal    outcome.Estimate // the share of outcomes that would be lost if every way ended here
	Credit     outcome.Estimate // Removal as a share of all touchpoints' removals
}

// Attribution returns what the journey's touchpoints have to do with an outcome.
// It needs the right scores.view; the error is cx.Invalid for another outcome.
func (s *Service) Attribution(ctx context.Context, p cx.Principal, slug string, q AttributionQuery) (Attribution, error) {
	if q.Outcome == "" {
		q.Outcome = Completed
	}
	if q.Outcome != Completed && q.Outcome != Abandoned {
		return Attribution{}, cx.Errorf(cx.Invalid, "journey.Attribution", "outcome %q: want %s or %s", q.Outcome, Completed, Abandoned)
	}
	x, err := s.lived(ctx, p, slug, q.Filter)
	if err != nil {
		return Attribution{}, err
	}
	return memo(x, "attribution "+string(q.Outcome), func() (Attribution, error) { return attributionOf(x, q.Outcome), nil })
}

// folds is into how many parts the runs are dealt for the intervals.
const folds = 20

// attributionOf lays the runs that are over as ways from a start over
// touchpoints to the outcome or to nothing: a Markov chain of the first order,
// solved exactly (Anderl, Becker, von Wangenheim & Schumann 2016, "Mapping the
// customer journey"). The event that is itself the end (the last one so named, of
// a run that did not end by silence) is not on the way. The intervals come from
// leaving out a twentieth of the runs at a time (Tukey 1958).
func attributionOf(x *lived, to State) Attribution {
	a := Attribution{Outcome: to, Limited: x.limited}
	l := x.log
	names, at := numbered(l, func(c eventlog.Context) string { return c.Touchpoint })
	ends := make([]bool, len(l.Activities))
	for i, activity := range l.Activities {
		ends[i] = slices.ContainsFunc(x.journey.End, func(m model.Mark) bool { return m.Event == activity.Name })
	}
	var ways [folds]stats.Chain
	for i := range ways {
		ways[i] = stats.NewChain(len(names))
	}
	seen, runs := make([]int, len(names)), make([]int, len(names))
	over, reached := 0, 0
	for c := range l.Cases() {
		if !x.over(c) {
			continue
		}
		over++
		way := ways[over%folds]
		state := way.Start()
		first, after := l.Span(c)
		end := after - 1
		for end >= first && !ends[l.Activity[end]] {
			end--
		}
		if l.Ending == nil || l.Ending[c] == eventlog.Open {
			end = -1
		}
		for e := first; e < after; e++ {
			t := at[contextOf(l, e)]
			if t < 0 || e == end {
				continue
			}
			if seen[t] != over {
				seen[t] = over
				runs[t]++
			}
			way.Step(state, t)
			state = t
		}
		if x.states[c] == to {
			reached++
			way.Step(state, way.Outcome())
		} else {
			way.Step(state, way.Nothing())
		}
	}
	a.Reached = shareOf(reached, over)
	if reached == 0 {
		return a
	}
	whole := stats.NewChain(len(names))
	for _, w := range ways {
		whole.Join(w, 1)
	}
	removal, credit := whole.Removals()
	reaches := whole.Reaches(-1)
	var removals, credits [folds][]float64
	for i, w := range ways {
		rest := stats.NewChain(len(names))
		rest.Join(whole, 1)
		rest.Join(w, -1)
		removals[i], credits[i] = rest.Removals()
	}
	for t, name := range names {
		if runs[t] == 0 {
			continue
		}
		a.Touchpoints = append(a.Touchpoints, Attributed{
			Touchpoint: name, Runs: shareOf(runs[t], over), Reaches: reaches[t],
			Removal: shareFrom(removal[t], over, t, removals), Credit: shareFrom(credit[t], over, t, credits),
		})
	}
	slices.SortStableFunc(a.Touchpoints, func(p, q Attributed) int { return cmp.Compare(q.Credit.Value, p.Credit.Value) })
	return a
}

// shareFrom returns a share with its interval from its values when each fold is
// left out.
func shareFrom(value float64, n, of int, left [folds][]float64) outcome.Estimate {
	values := make([]float64, folds)
	for i := range left {
		values[i] = left[i][of]
	}
	within := stats.Jackknife(value, values).Clip(0, 1)
	return outcome.Estimate{Value: value, Low: within.Low, High: within.High, N: n}
}
