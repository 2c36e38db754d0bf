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
	Mixture  []float64 // the outcome of the mixture, at every time
	Fit      float64   // root of the mean squared gap before: how unlike they were
	PlaceboP float64   // the share of all units that fit no worse for what came since
	Ratios   []float64 // gap since to gap before, of each unit had it been the one; the treated's is the last
}

// SyntheticControl returns what came of the treated units (of several: their mean)
// since time from, less a mixture of the others with weights ≥ 0 that add up to 1 and
// with the least squared gap before (Abadie, Diamond & Hainmueller 2010). y has a row
// for each unit with the same times, none missing. With predictors, a row for each
// unit of figures that were known before, the mixture is like the treated in these,
// each as important as makes the gap before least (ADH's V).
//
// P and PlaceboP are of placebos: every other unit is held against a mixture of the
// others too, and the ratio of its gaps since and before (roots of mean squares)
// compared. The interval inverts that test for the mean gap in units of the gap before
// (Firpo & Possebom 2018); it takes nineteen others to exclude anything at 95 %.
// All is NaN without two times before, one since, a treated unit and two others.
func SyntheticControl(y [][]float64, treated []bool, from int, predictors [][]float64) Synthetic {
	s := Synthetic{Effect: estimate(math.NaN(), math.NaN(), 0, 0, 0), Weights: make([]float64, len(y)), Fit: math.NaN(), PlaceboP: math.NaN()}
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
	at := func(rows [][]float64, units []int) (of [][]float64) {
		if rows == nil {
			return nil
		}
		for _, u := range units {
			of = append(of, rows[u])
		}
		return of
	}
	target, others := average(at(y, with)), at(y, donors)
	weights := mixed(target, others, from, average(at(like, with)), at(like, donors))
	for i, u := range donors {
		s.Weights[u] = weights[i]
	}
	s.Mixture = mixture(others, weights)
	before, since, gap := gaps(target, s.Mixture, from)
	s.Value, s.Fit = gap, before
	// What the placebos show.
	whole := math.Sqrt(mean(squares(target[:from])))
	least := 1e-9 * whole // a gap before that is only rounding
	own := since / math.Max(before, least)
	atLeast, shifts := 1, make([]float64, len(donors))
	for i, u := range donors {
		rest := slices.Delete(slices.Clone(donors), i, i+1)
		pool := at(y, rest)
		var target []float64
		if like != nil {
			target = like[u]
		}
		w := mixed(y[u], pool, from, target, at(like, rest))
		before, since, gap := gaps(y[u], mixture(pool, w), from)
		before = math.Max(before, least)
		s.Ratios, shifts[i] = append(s.Ratios, since/before), math.Abs(gap)/before
		if since/before >= own {
			atLeast++
		}
	}
	s.Ratios = append(s.Ratios, own)
	s.PlaceboP = float64(atLeast) / float64(len(donors)+1)
	s.P = s.PlaceboP
	s.Low, s.High = math.Inf(-1), math.Inf(1)
	if k := int(.05 * float64(len(donors)+1)); k > 0 {
		slices.Sort(shifts)
		half := shifts[len(shifts)-k] * math.Max(before, least)
		s.Low, s.High = gap-half, gap+half
	}
	return s
}

// mixed returns the weights of the donors: by the outcome before, or by predictors.
func mixed(target []float64, donors [][]float64, from int, like []float64, theirs [][]float64) []float64 {
	if like == nil {
		points := make([][]float64, len(donors))
		for i, d := range donors {
			points[i] = difference(d[:from], target[:from])
		}
		return nearest(points)
	}
	k := len(like)
	points := make([][]float64, len(donors))
	for i := range points {
		points[i] = make([]float64, k)
	}
	weigh := func(importance []float64) []float64 {
		most := slices.Max(importance)
		for i := range points {
			for c := range k {
				points[i][c] = math.Exp((importance[c]-most)/2) * (theirs[i][c] - like[c])
			}
		}
		return nearest(points)
	}
	best := optimize.Problem{Func: func(importance []float64) float64 {
		before, _, _ := gaps(target, mixture(donors, weigh(importance)), from)
		return before * before
	}}
	found, err := optimize.Minimize(best, make([]float64, k), &optimize.Settings{FuncEvaluations: 150 * k, MajorIterations: 100 * k}, &optimize.NelderMead{})
	if err != nil && found == nil {
		return weigh(make([]float64, k))
	}
	return weigh(found.X)
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
		at := mixture(points, weights)
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
				set = slices.DeleteFunc(set, func(i int) bool { return i == enter })
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

// gaps returns the roots of the mean squared gaps before and since, and the mean since.
func gaps(target, mixture []float64, from int) (before, since, shift float64) {
	gap := difference(target, mixture)
	return math.Sqrt(mean(squares(gap[:from]))), math.Sqrt(mean(squares(gap[from:]))), mean(gap[from:])
}

func mixture(rows [][]float64, weights []float64) []float64 {
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

func average(rows [][]float64) []float64 {
	if len(rows) == 0 {
		return nil
	}
	equal := make([]float64, len(rows))
	for i := range equal {
		equal[i] = 1 / float64(len(rows))
	}
	return mixture(rows, equal)
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
