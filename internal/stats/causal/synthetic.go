package causal

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"
)

// Synthetic is what treated units show against a mixture of others that was like them
// before.
type Synthetic struct {
	Effect             // the mean gap since; an infinite interval where too few others tell
	Weights  []float64 // of each unit in the mixture, adding up to 1; 0 of the treated
	Target   []float64 // the outcome of the treated, at every time
	Mixture  []float64 // that of the mixture
	Fit      float64   // root of the mean squared gap before: how unlike they were
	Placebos []Placebo // every other unit, had it been the one, in the order of y
}

// Placebo is what a unit shows that nothing was done to.
type Placebo struct{ Fit, Gap float64 }

// SyntheticControl returns what came of the treated units (of several: their mean)
// since time from, less a mixture of the others with weights ≥ 0 that add up to 1 and
// was like them before (Abadie, Diamond & Hainmueller 2010). y has a row for each unit
// with the same times, none missing. Without predictors the mixture has the least
// squared gap before. With them, a row for each unit of figures that were known
// before, it is like the treated in these, each as important as makes that gap least
// (ADH's V).
//
// P is of placebos: the share of all units, each held against a mixture of the others,
// whose mean gap since is no smaller by how well they fit. How well that is, is the gap
// before, plus the units' median, so that those that fit well by chance do not lead
// (as Tusher, Tibshirani & Chu 2001). The interval inverts that test (Firpo & Possebom
// 2018); it takes nineteen others to exclude anything at 95 %. All is NaN without two
// times before, one since, a treated unit and two others.
func SyntheticControl(y [][]float64, treated []bool, from int, predictors [][]float64) Synthetic {
	s := Synthetic{Effect: estimate(math.NaN(), math.NaN(), 0, 0, 0), Weights: make([]float64, len(y)), Fit: math.NaN()}
	var donors, with []int
	for u := range y {
		if treated[u] {
			with = append(with, u)
		} else {
			donors = append(donors, u)
		}
	}
	s.Control, s.Treated = len(donors), len(with)
	if len(with) == 0 || len(donors) < 2 || from < 2 || from >= len(y[0]) {
		return s
	}
	like := predictors
	if like != nil {
		like = standardised(predictors)
	}
	s.Target = average(pick(y, with))
	weights, mixture := mixed(s.Target, pick(y, donors), from, average(pick(like, with)), pick(like, donors))
	for i, u := range donors {
		s.Weights[u] = weights[i]
	}
	s.Mixture = mixture
	s.Fit, s.Value = gaps(s.Target, mixture, from)
	fits := []float64{s.Fit}
	for i, u := range donors {
		rest := slices.Delete(slices.Clone(donors), i, i+1)
		_, mixture := mixed(y[u], pick(y, rest), from, average(pick(like, []int{u})), pick(like, rest))
		fit, gap := gaps(y[u], mixture, from)
		s.Placebos, fits = append(s.Placebos, Placebo{fit, gap}), append(fits, fit)
	}
	slices.Sort(fits)
	usual := math.Max(fits[len(fits)/2], 1e-9*math.Sqrt(mean(squares(s.Target)))) // never 0, by which it is divided
	atLeast, shifts := 1, make([]float64, len(donors))
	for i, p := range s.Placebos {
		if shifts[i] = math.Abs(p.Gap) / (p.Fit + usual); shifts[i] >= math.Abs(s.Value)/(s.Fit+usual) {
			atLeast++
		}
	}
	s.P = float64(atLeast) / float64(len(donors)+1)
	s.Low, s.High = math.Inf(-1), math.Inf(1)
	if k := int(.05 * float64(len(donors)+1)); k > 0 {
		slices.Sort(shifts)
		half := shifts[len(shifts)-k] * (s.Fit + usual)
		s.Low, s.High = s.Value-half, s.Value+half
	}
	return s
}

func pick(rows [][]float64, units []int) (of [][]float64) {
	if rows == nil {
		return nil
	}
	for _, u := range units {
		of = append(of, rows[u])
	}
	return of
}

// mixed returns the weights of the donors, by the outcome before or by predictors, and
// the mixture that they make.
func mixed(target []float64, donors [][]float64, from int, like []float64, theirs [][]float64) (weights, mixture []float64) {
	if like == nil {
		weights = alike(target[:from], donors)
	} else {
		weights = alikeIn(like, theirs, func(weights []float64) float64 {
			fit, _ := gaps(target, blend(donors, weights), from)
			return fit
		})
	}
	return weights, blend(donors, weights)
}

// alike returns the weights by which the donors' mixture has the least squared gap to
// the target, by Frank & Wolfe's steps (1956) from equal weights. As Arkhangelsky,
// Athey, Hirshberg, Imbens & Wager (2021) do, donors that weigh little after a hundred
// steps are dropped, and it ends when a step gains less than the noise allows to tell:
// where many mixtures fit alike, that one of few donors is taken.
func alike(target []float64, donors [][]float64) []float64 {
	points := make([][]float64, len(donors))
	var noise Pair
	for i, d := range donors {
		points[i] = difference(d[:len(target)], target)
		for t := 1; t < len(target); t++ {
			noise.Add(d[t]-d[t-1], 0)
		}
	}
	weights := make([]float64, len(points))
	for i := range weights {
		weights[i] = 1 / float64(len(points))
	}
	enough := 1e-10 * noise.YY / float64(noise.N-1) * float64(len(target))
	approach(points, weights, 100, enough)
	most, sum := slices.Max(weights), 0.0
	for i, w := range weights {
		if w <= most/4 {
			weights[i] = 0
		}
		sum += weights[i]
	}
	for i := range weights {
		weights[i] /= sum
	}
	approach(points, weights, 10_000, enough)
	return weights
}

// approach moves the weights, at most so many steps, towards those of the mixture
// nearest to zero, until a step brings no more than enough.
func approach(points [][]float64, weights []float64, steps int, enough float64) {
	n := len(points)
	gram, slope := make([][]float64, n), make([]float64, n) // of each pair; of each with the mixture
	for i := range gram {
		gram[i] = make([]float64, n)
		for j := range i + 1 {
			gram[i][j] = dot(points[i], points[j])
			gram[j][i] = gram[i][j]
		}
	}
	for i, row := range gram {
		slope[i] = dot(row, weights)
	}
	size := dot(slope, weights)
	for range steps {
		best := 0
		for i, v := range slope {
			if v < slope[best] {
				best = i
			}
		}
		length := size - 2*slope[best] + gram[best][best]
		if length <= 0 {
			return
		}
		by := math.Min(1, math.Max(0, (size-slope[best])/length))
		gained := by * (2*(size-slope[best]) - by*length)
		for i := range weights {
			weights[i] *= 1 - by
			slope[i] += by * (gram[best][i] - slope[i])
		}
		weights[best] += by
		if size -= gained; gained <= enough {
			return
		}
	}
}

// alikeIn returns the weights by which the donors' mixture is like the target in
// figures, each as important as makes the fit least (Nelder & Mead 1965).
func alikeIn(like []float64, theirs [][]float64, fit func(weights []float64) float64) []float64 {
	points := make([][]float64, len(theirs))
	for i := range points {
		points[i] = make([]float64, len(like))
	}
	weigh := func(importance []float64) []float64 {
		most := slices.Max(importance)
		for i, of := range theirs {
			for c, v := range like {
				points[i][c] = math.Exp((importance[c]-most)/2) * (of[c] - v)
			}
		}
		return nearest(points)
	}
	at := make([]float64, len(like))
	evaluations := &optimize.Settings{FuncEvaluations: 100 * len(like)}
	problem := optimize.Problem{Func: func(importance []float64) float64 { return fit(weigh(importance)) }}
	if found, _ := optimize.Minimize(problem, at, evaluations, &optimize.NelderMead{}); found != nil { // that its evaluations are used up is no failure
		at = found.X
	}
	return weigh(at)
}

// nearest returns the weights, none below 0 and adding up to 1, of the points whose
// mixture lies nearest to zero (Wolfe 1976, "Finding the nearest point in a polytope").
func nearest(points [][]float64) []float64 {
	weights := make([]float64, len(points))
	scale, first := 0.0, 0
	for i, p := range points {
		size := dot(p, p)
		scale = math.Max(scale, size)
		if size < dot(points[first], points[first]) {
			first = i
		}
	}
	set := []int{first}
	weights[first] = 1
	const tiny = 1e-12
	for range 20 * (len(points) + len(points[0])) {
		at := blend(points, weights)
		enter, least := -1, dot(at, at)-tiny*scale
		for i, p := range points {
			if v := dot(at, p); v < least && !slices.Contains(set, i) {
				enter, least = i, v
			}
		}
		if enter < 0 {
			break
		}
		set = append(set, enter)
		for {
			wanted, ok := affine(points, set, scale)
			if !ok { // it is told by those that are in already
				return weights
			}
			by := 1.0
			for i, u := range set {
				if wanted[i] <= tiny {
					by = math.Min(by, weights[u]/(weights[u]-wanted[i]))
				}
			}
			left := set[:0]
			for i, u := range set {
				weights[u] += by * (wanted[i] - weights[u])
				if by < 1 && weights[u] <= tiny {
					weights[u] = 0
					continue
				}
				left = append(left, u)
			}
			if set = left; by == 1 {
				break
			}
		}
	}
	return weights
}

// affine returns the weights adding up to 1, of any sign, of the points of a set whose
// mixture lies nearest to zero; false when they are dependent.
func affine(points [][]float64, set []int, scale float64) ([]float64, bool) {
	k := len(set)
	gram, ones := mat.NewSymDense(k, nil), mat.NewVecDense(k, nil)
	for i, a := range set {
		ones.SetVec(i, 1)
		for j, b := range set[:i+1] {
			gram.SetSym(i, j, 1+dot(points[a], points[b])/scale)
		}
	}
	var factor mat.Cholesky
	u := mat.NewVecDense(k, nil)
	if !factor.Factorize(gram) || factor.Cond() > 1e14 || factor.SolveVecTo(u, ones) != nil {
		return nil, false
	}
	sum, weights := mat.Sum(u), make([]float64, k)
	for i := range weights {
		weights[i] = u.AtVec(i) / sum
	}
	return weights, true
}

// gaps returns the root of the mean squared gap before, and the mean gap since.
func gaps(target, mixture []float64, from int) (fit, gap float64) {
	d := difference(target, mixture)
	return math.Sqrt(mean(squares(d[:from]))), mean(d[from:])
}

// blend returns the sum of the rows, weighted.
func blend(rows [][]float64, weights []float64) []float64 {
	sum := make([]float64, len(rows[0]))
	for i, w := range weights {
		if w != 0 {
			for t, v := range rows[i] {
				sum[t] += w * v
			}
		}
	}
	return sum
}

// average is nil of no row.
func average(rows [][]float64) []float64 {
	if len(rows) == 0 {
		return nil
	}
	equal := make([]float64, len(rows))
	for i := range equal {
		equal[i] = 1 / float64(len(rows))
	}
	return blend(rows, equal)
}

// standardised returns figures of units in units of how much they vary between them;
// those that do not vary are 0.
func standardised(rows [][]float64) [][]float64 {
	out := make([][]float64, len(rows))
	for u, row := range rows {
		out[u] = make([]float64, len(row))
	}
	for c := range rows[0] {
		var p Pair
		for _, row := range rows {
			p.Add(row[c], 0)
		}
		sd := math.Sqrt(p.Sample().Variance)
		for u, row := range rows {
			if sd > 0 {
				out[u][c] = (row[c] - p.Y) / sd
			}
		}
	}
	return out
}

func difference(a, b []float64) []float64 {
	d := make([]float64, len(a))
	for i := range a {
		d[i] = a[i] - b[i]
	}
	return d
}

func squares(values []float64) []float64 {
	out := make([]float64, len(values))
	for i, v := range values {
		out[i] = v * v
	}
	return out
}

func dot(a, b []float64) float64 {
	sum := 0.0
	for i, v := range a {
		sum += v * b[i]
	}
	return sum
}
