package stats

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// Chain counts the steps of ways between states, which are numbered from 0; every
// way goes from the start to the outcome, or to nothing: an absorbing Markov chain
// of the first order.
type Chain struct {
	states int
	steps  []float64 // from × to
}

// NewChain returns a chain of so many states besides its start and its two ends.
func NewChain(states int) Chain {
	n := states + 3
	return Chain{n, make([]float64, n*n)}
}

// Start returns the state in which every way begins.
func (c Chain) Start() int { return c.states - 3 }

// Outcome returns the end that counts.
func (c Chain) Outcome() int { return c.states - 2 }

// Nothing returns the other end.
func (c Chain) Nothing() int { return c.states - 1 }

// Step counts a step.
func (c Chain) Step(from, to int) { c.steps[from*c.states+to]++ }

// Join adds the steps of another chain of as many states, each so many times (−1
// takes them out).
func (c Chain) Join(o Chain, by float64) {
	for i, n := range o.steps {
		c.steps[i] += by * n
	}
}

// Reaches returns the chance of the outcome from each state, and from the start
// after them, when every way into the state without ends in nothing (−1: none
// does): the absorption probabilities (I − Q)⁻¹ r (Kemeny & Snell 1960). All are 0
// when ways never end.
func (c Chain) Reaches(without int) []float64 {
	n := c.Start() + 1
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
		r.SetVec(from, c.steps[from*c.states+c.Outcome()]/total)
	}
	var chances mat.VecDense
	if err := chances.SolveVec(a, r); err != nil {
		return make([]float64, n)
	}
	return chances.RawVector().Data
}

// Removals returns the share of the outcome's chance that is lost without each
// state, and these as shares of their sum (Anderl, Becker, von Wangenheim &
// Schumann 2016, "Mapping the customer journey"); 0 where there is nothing to lose.
func (c Chain) Removals() (removal, credit []float64) {
	start := c.Start()
	removal, credit = make([]float64, start), make([]float64, start)
	whole := c.Reaches(-1)[start]
	sum := 0.0
	for t := range removal {
		if whole > 0 {
			removal[t] = math.Max(0, 1-c.Reaches(t)[start]/whole)
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
