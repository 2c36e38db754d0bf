package survival

import (
	"cmp"
	"math"
	"slices"
	"sort"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/vivencia-cx/vivencia/internal/stats"
)

// Cox is a proportional-hazards regression (Cox 1972): each unit of a covariate
// multiplies the risk of ending by e^weight, at every time alike.
type Cox struct {
	N, Ended      int
	Missing       int // rows left out: a covariate or the duration is NaN
	Coefficients  []Coefficient
	LogLikelihood float64
	Null          float64 // that of no covariate
	Ratio         Test    // of all weights being 0, by likelihood
	Concordance   float64 // the chance that of two the one with the greater risk ends first (Harrell 1982)
	Proportional  []Test  // of each covariate: that its weight is the same at every time
}

// Coefficient is the weight of one covariate, the others held equal.
type Coefficient struct {
	Weight, Error float64
	Interval      stats.Interval
	P             float64
}

// FitCox finds the weights with the greatest partial likelihood, ties by Efron (1977),
// by Newton's method, halving steps that overshoot. Rows have one value for each
// covariate, and belong to the spells in their order.
func FitCox(spells []Spell, rows [][]float64) (Cox, Fault) {
	f, missing, fault := newCoxFit(spells, rows)
	out := Cox{N: len(f.spells), Missing: missing, LogLikelihood: math.NaN(), Null: math.NaN(), Concordance: math.NaN()}
	for _, s := range f.spells {
		if s.Ended {
			out.Ended++
		}
	}
	switch {
	case fault == Impossible:
		return out, fault
	case out.Ended == 0:
		return out, NoEvents
	case out.Ended <= f.columns:
		return out, FewEvents
	case fault != "":
		return out, fault
	}
	beta := make([]float64, f.columns)
	f.at(beta, nil)
	out.Null, out.LogLikelihood = f.value, f.value
	covariance, fault := f.climb(beta)
	if fault != "" {
		return out, fault
	}
	out.LogLikelihood = f.value
	out.Ratio = chiSquared(2*(out.LogLikelihood-out.Null), float64(f.columns))
	out.Proportional = f.proportional(beta, covariance)
	out.Concordance = f.concordance(beta)
	for c, weight := range beta {
		weight /= f.scale[c]
		se := math.Sqrt(covariance.At(c, c)) / f.scale[c]
		out.Coefficients = append(out.Coefficients, Coefficient{
			weight, se,
			stats.Interval{Low: weight - z*se, High: weight + z*se},
			2 * distuv.UnitNormal.CDF(-math.Abs(weight/se)),
		})
	}
	return out, ""
}

// coxFit is a fit under way: the longest spell first, covariates less their means and
// in standard deviations.
type coxFit struct {
	spells  []Spell
	rows    [][]float64
	columns int
	scale   []float64

	value       float64
	gradient    *mat.VecDense
	information *mat.SymDense
}

func newCoxFit(spells []Spell, rows [][]float64) (f *coxFit, missing int, fault Fault) {
	f = &coxFit{}
	if len(rows) > 0 {
		f.columns = len(rows[0])
	}
	var order []int
	for i, s := range spells {
		switch {
		case math.IsNaN(s.Duration) || slices.ContainsFunc(rows[i], math.IsNaN):
			missing++
		case !s.possible() || slices.ContainsFunc(rows[i], func(v float64) bool { return math.IsInf(v, 0) }):
			return f, missing, Impossible
		default:
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(spells[b].Duration, spells[a].Duration) })
	moments := make([]stats.Moments, f.columns)
	for _, i := range order {
		for c, v := range rows[i] {
			moments[c].Add(v)
		}
	}
	for _, m := range moments {
		sd := math.Sqrt(m.Sample().Variance)
		if f.scale = append(f.scale, sd); !(sd > 0) {
			fault = NoVariation
		}
	}
	for _, i := range order {
		row := make([]float64, f.columns)
		for c, v := range rows[i] {
			row[c] = (v - moments[c].Sample().Mean) / f.scale[c]
		}
		f.spells, f.rows = append(f.spells, spells[i]), append(f.rows, row)
	}
	return f, missing, fault
}

// climb moves beta to where the likelihood is greatest, and returns its covariance.
func (f *coxFit) climb(beta []float64) (*mat.SymDense, Fault) {
	moved := make([]float64, f.columns)
	for range 50 {
		var cholesky mat.Cholesky
		var step mat.VecDense
		if !cholesky.Factorize(f.information) || cholesky.Cond() > 1e12 || cholesky.SolveVecTo(&step, f.gradient) != nil {
			return nil, NoVariation
		}
		if mat.Dot(&step, f.gradient) < 1e-12*(1+math.Abs(f.value)) {
			var covariance mat.SymDense
			if cholesky.InverseTo(&covariance) != nil {
				return nil, NoVariation
			}
			return &covariance, ""
		}
		before := f.value
		for by := 1.0; ; by /= 2 {
			for c := range moved {
				moved[c] = beta[c] + by*step.AtVec(c)
			}
			if f.at(moved, nil); f.value >= before {
				break
			}
			if by < 1e-8 {
				return nil, NotConverged
			}
		}
		copy(beta, moved)
		if slices.ContainsFunc(beta, func(b float64) bool { return math.Abs(b) > 30 }) { // e³⁰ times the risk a standard deviation
			return nil, NotConverged
		}
	}
	return nil, NotConverged
}

// at computes the likelihood and its derivatives. each is told every end: its time,
// and how its covariates differ from those at risk (Schoenfeld 1982).
func (f *coxFit) at(beta []float64, each func(time float64, residual []float64)) {
	k := f.columns
	f.value, f.gradient, f.information = 0, mat.NewVecDense(max(k, 1), nil), mat.NewSymDense(max(k, 1), nil)
	risk := newSums(k)
	for i := 0; i < len(f.spells); {
		from, t, dying, d := i, f.spells[i].Duration, newSums(k), 0
		for ; i < len(f.spells) && f.spells[i].Duration == t; i++ {
			eta := 0.0
			for c, v := range f.rows[i] {
				eta += beta[c] * v
			}
			weight := math.Exp(eta)
			risk.add(weight, f.rows[i])
			if f.spells[i].Ended {
				d++
				f.value += eta
				dying.add(weight, f.rows[i])
				for c, v := range f.rows[i] {
					f.gradient.SetVec(c, f.gradient.AtVec(c)+v)
				}
			}
		}
		if d == 0 {
			continue
		}
		mean, expected := make([]float64, k), make([]float64, k)
		for l := range d {
			share := float64(l) / float64(d)
			sum := risk.weight - share*dying.weight
			f.value -= math.Log(sum)
			for c := range k {
				mean[c] = (risk.first[c] - share*dying.first[c]) / sum
				expected[c] += mean[c] / float64(d)
				f.gradient.SetVec(c, f.gradient.AtVec(c)-mean[c])
				for e := range c + 1 {
					v := (risk.second[c][e]-share*dying.second[c][e])/sum - mean[c]*mean[e]
					f.information.SetSym(c, e, f.information.At(c, e)+v)
				}
			}
		}
		if each == nil {
			continue
		}
		residual := make([]float64, k)
		for j := from; j < i; j++ {
			if f.spells[j].Ended {
				for c, v := range f.rows[j] {
					residual[c] = v - expected[c]
				}
				each(t, residual)
			}
		}
	}
}

// sums are of who is at risk: of their weights, and of covariates by them.
type sums struct {
	weight float64
	first  []float64
	second [][]float64
}

func newSums(k int) *sums {
	s := &sums{first: make([]float64, k), second: make([][]float64, k)}
	for c := range s.second {
		s.second[c] = make([]float64, c+1)
	}
	return s
}

func (s *sums) add(weight float64, row []float64) {
	s.weight += weight
	for c, v := range row {
		s.first[c] += weight * v
		for e := range c + 1 {
			s.second[c][e] += weight * v * row[e]
		}
	}
}

// proportional tests of each covariate whether its weight changes with time, by the
// residuals of the ends (Grambsch & Therneau 1994). Time is told by the share that had
// ended before, so that no late end outweighs the others.
func (f *coxFit) proportional(beta []float64, covariance *mat.SymDense) []Test {
	var times stats.Moments
	var at []float64
	var residuals []*mat.VecDense
	curve := KaplanMeier(f.spells)
	f.at(beta, func(time float64, residual []float64) {
		before := 0.0
		if i := sort.Search(len(curve.Steps), func(i int) bool { return curve.Steps[i].Time >= time }); i > 0 {
			before = 1 - curve.Steps[i-1].S
		}
		times.Add(before)
		at, residuals = append(at, before), append(residuals, mat.NewVecDense(f.columns, slices.Clone(residual)))
	})
	sample := times.Sample()
	along := mat.NewVecDense(f.columns, nil)
	for i, g := range at {
		along.AddScaledVec(along, g-sample.Mean, residuals[i])
	}
	var scaled mat.VecDense
	scaled.MulVec(covariance, along)
	out, d := make([]Test, f.columns), float64(sample.N)
	for c := range out {
		v := scaled.AtVec(c)
		out[c] = chiSquared(v*v*d/(covariance.At(c, c)*sample.Variance*(d-1)), 1)
	}
	return out
}

// concordance counts, of every two of which it is known who ended first, those whose
// risks have that order; equal risks count half. Who is censored when another ends
// lasted longer.
func (f *coxFit) concordance(beta []float64) float64 {
	risk := make([]float64, len(f.rows))
	for i, row := range f.rows {
		for c, v := range row {
			risk[i] += beta[c] * v
		}
	}
	levels := slices.Clone(risk)
	slices.Sort(levels)
	levels = slices.Compact(levels)
	level := func(r float64) int { return sort.SearchFloat64s(levels, r) + 1 }
	counts := make([]int, len(levels)+1) // a Fenwick tree of who lasted longer, by risk
	below := func(l int) (n int) {
		for ; l > 0; l -= l & -l {
			n += counts[l]
		}
		return n
	}
	add := func(i int) {
		for l := level(risk[i]); l < len(counts); l += l & -l {
			counts[l]++
		}
	}
	right, pairs, longer := 0.0, 0.0, 0
	for i := 0; i < len(f.spells); {
		from := i
		for ; i < len(f.spells) && f.spells[i].Duration == f.spells[from].Duration; i++ {
			if !f.spells[i].Ended {
				add(i)
				longer++
			}
		}
		for j := from; j < i; j++ {
			if f.spells[j].Ended {
				l := level(risk[j])
				less, equal := below(l-1), below(l)-below(l-1)
				right += float64(less) + float64(equal)/2
				pairs += float64(longer)
			}
		}
		for j := from; j < i; j++ {
			if f.spells[j].Ended {
				add(j)
				longer++
			}
		}
	}
	return right / pairs
}
