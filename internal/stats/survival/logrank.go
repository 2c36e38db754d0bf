package survival

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Test is a test with a χ² distribution.
type Test struct{ Statistic, DF, P float64 }

func chiSquared(statistic, df float64) Test {
	if math.IsNaN(statistic) || df < 1 {
		return Test{math.NaN(), df, math.NaN()}
	}
	return Test{statistic, df, distuv.ChiSquared{K: df}.Survival(max(0, statistic))}
}

// LogRank tests whether groups last as long as each other (Mantel 1966; Peto & Peto
// 1972). NaN below two groups in which something is at risk of ending, or when nothing
// has ended.
func LogRank(groups [][]Spell) Test {
	var sorted [][]Spell
	var times []float64
	for _, g := range groups {
		if g = ordered(g); len(g) > 0 {
			sorted = append(sorted, g)
			for _, s := range g {
				if s.Ended {
					times = append(times, s.Duration)
				}
			}
		}
	}
	k := len(sorted) - 1 // what one group lacks the others have too much
	if k < 1 || len(times) == 0 {
		return chiSquared(math.NaN(), float64(max(k, 0)))
	}
	slices.Sort(times)
	from, risk, ended := make([]int, k+1), make([]float64, k+1), make([]float64, k+1)
	excess, variance := mat.NewVecDense(k, nil), mat.NewSymDense(k, nil)
	for _, t := range slices.Compact(times) {
		n, d := 0.0, 0.0
		for g, spells := range sorted {
			for from[g] < len(spells) && spells[from[g]].Duration < t {
				from[g]++
			}
			risk[g], ended[g] = float64(len(spells)-from[g]), 0
			for _, s := range spells[from[g]:] {
				if s.Duration > t {
					break
				}
				if s.Ended {
					ended[g]++
				}
			}
			n, d = n+risk[g], d+ended[g]
		}
		for g := range k {
			excess.SetVec(g, excess.AtVec(g)+ended[g]-d*risk[g]/n)
			if n < 2 {
				continue
			}
			for h := g; h < k; h++ {
				v := -risk[h] / n
				if h == g {
					v++
				}
				variance.SetSym(g, h, variance.At(g, h)+d*(n-d)/(n-1)*risk[g]/n*v)
			}
		}
	}
	return chiSquared(quadratic(variance, excess), float64(k))
}

// quadratic returns v′·S⁻¹·v; NaN where S has no inverse.
func quadratic(s *mat.SymDense, v *mat.VecDense) float64 {
	var cholesky mat.Cholesky
	var solved mat.VecDense
	if !cholesky.Factorize(s) || cholesky.Cond() > 1e12 || cholesky.SolveVecTo(&solved, v) != nil {
		return math.NaN()
	}
	return mat.Dot(&solved, v)
}
