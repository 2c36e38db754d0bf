package stats_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/vivencia-cx/vivencia/internal/stats"
)

// The chance of the outcome by the chain's steps, walked, is the one that is
// solved for.
func TestChainIsSolvedExactly(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 5).Draw(t, "states")
		c, steps := stats.NewChain(n), make([][]float64, n+3)
		for from := range steps {
			steps[from] = make([]float64, n+3)
		}
		step := func(from, to int) {
			c.Step(from, to)
			steps[from][to]++
		}
		for range rapid.IntRange(1, 20).Draw(t, "runs") {
			state := c.Start()
			for range rapid.IntRange(0, 6).Draw(t, "length") {
				next := rapid.IntRange(0, n-1).Draw(t, "state")
				step(state, next)
				state = next
			}
			end := c.Nothing()
			if rapid.Bool().Draw(t, "bought") {
				end = c.Outcome()
			}
			step(state, end)
		}
		without := rapid.IntRange(-1, n-1).Draw(t, "without")
		got := c.Reaches(without)
		// Power iteration: where one is after very many steps.
		for from := range n + 1 {
			if from == without {
				continue
			}
			p := make([]float64, n+3)
			p[from] = 1
			for range 5000 {
				q := make([]float64, n+3)
				for s, weight := range p {
					total := 0.0
					for _, times := range steps[s] {
						total += times
					}
					if total == 0 || s == without {
						q[s] += weight
						continue
					}
					for to, times := range steps[s] {
						q[to] += weight * times / total
					}
				}
				p = q
			}
			if math.Abs(p[c.Outcome()]-got[from]) > 1e-6 {
				t.Fatalf("from %d without %d: solved %v, walked %v", from, without, got[from], p[c.Outcome()])
			}
		}
	})
}
