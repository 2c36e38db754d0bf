package journey

import (
	"cmp"
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

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
	var ways [folds]chain
	for i := range ways {
		ways[i] = newChain(len(names))
	}
	seen, runs := make([]int, len(names)), make([]int, len(names))
	over, reached := 0, 0
	for c := range l.Cases() {
		if !x.over(c) {
			continue
		}
		over++
		way := ways[over%folds]
		state := way.start()
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
			way.step(state, t)
			state = t
		}
		if x.states[c] == to {
			reached++
			way.step(state, way.outcome())
		} else {
			way.step(state, way.nothing())
		}
	}
	a.Reached = shareOf(reached, over)
	if reached == 0 {
		return a
	}
	whole := newChain(len(names))
	for _, w := range ways {
		whole.join(w, 1)
	}
	removal, credit := whole.removals()
	reaches := whole.reaches(-1)
	var removals, credits [folds][]float64
	for i, w := range ways {
		rest := newChain(len(names))
		rest.join(whole, 1)
		rest.join(w, -1)
		removals[i], credits[i] = rest.removals()
	}
	for t, name := range names {
		if runs[t] == 0 {
			continue
		}
		a.Touchpoints = append(a.Touchpoints, Attributed{
			Touchpoint: name, Runs: shareOf(runs[t], over), Reaches: reaches[t],
			Removal: jackknife(removal[t], over, t, removals), Credit: jackknife(credit[t], over, t, credits),
		})
	}
	slices.SortStableFunc(a.Touchpoints, func(p, q Attributed) int { return cmp.Compare(q.Credit.Value, p.Credit.Value) })
	return a
}

// jackknife returns a share's interval from its values when each fold is left
// out.
func jackknife(value float64, n, of int, left [folds][]float64) outcome.Estimate {
	var m stats.Moments
	for _, values := range left {
		m.Add(values[of])
	}
	s := m.Sample()
	s.Variance *= folds - 1 // each leaves out little, so that they lie that much nearer
	s.Variance *= folds - 1
	i := stats.MeanInterval(s)
	half := (i.High - i.Low) / 2
	if math.IsNaN(half) {
		half = 1
	}
	within := stats.Interval{Low: value - half, High: value + half}.Clip(0, 1)
	return outcome.Estimate{Value: value, Low: within.Low, High: within.High, N: n}
}

// chain counts steps between states: touchpoints, then the start, the outcome
// and nothing.
type chain struct {
	states int
	steps  []float64 // from × to
}

func newChain(touchpoints int) chain {
	n := touchpoints + 3
	return chain{n, make([]float64, n*n)}
}

func (c chain) start() int        { return c.states - 3 }
func (c chain) outcome() int      { return c.states - 2 }
func (c chain) nothing() int      { return c.states - 1 }
func (c chain) step(from, to int) { c.steps[from*c.states+to]++ }
func (c chain) join(o chain, by float64) {
	for i, n := range o.steps {
		c.steps[i] += by * n
	}
}

// reaches returns the chance of the outcome from each touchpoint, and from the
// start after them, when every way into one of them ends in nothing (−1: none):
// the absorption probabilities (I − Q)⁻¹ r (Kemeny & Snell 1960).
func (c chain) reaches(without int) []float64 {
	n := c.start() + 1
	a, r := mat.NewDense(n, n, nil), mat.NewVecDense(n, nil)
	for from := range n {
		a.Set(from, from, 1)
		total := 0.0
		for to := range c.states {
			total += c.steps[from*c.states+to]
		}
		if total == 0 || from == without {
			continue
		}
		for to := range n {
			if to != without {
				a.Set(from, to, a.At(from, to)-c.steps[from*c.states+to]/total)
			}
		}
		r.SetVec(from, c.steps[from*c.states+c.outcome()]/total)
	}
	var chances mat.VecDense
	if err := chances.SolveVec(a, r); err != nil {
		return make([]float64, n) // a way that never ends: there is none in runs
	}
	return chances.RawVector().Data
}

// removals returns the share of the outcome's chance that is lost without each
// touchpoint, and these as shares of their sum.
func (c chain) removals() (removal, credit []float64) {
	start := c.start()
	removal, credit = make([]float64, start), make([]float64, start)
	whole := c.reaches(-1)[start]
	sum := 0.0
	for t := range removal {
		if whole > 0 {
			removal[t] = math.Max(0, 1-c.reaches(t)[start]/whole)
		}
		sum += removal[t]
	}
	for t := range credit {
		if sum > 0 {
			credit[t] = removal[t] / sum
		}
	}
	return removal, credit
}
