package stats

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// MeanTest tests whether a mean is not zero (Student 1908). NaN below two
// observations; where they do not vary, p is 1 for zero and 0 for another mean.
func MeanTest(s Sample) Test {
	t := Test{Delta: s.Mean, Statistic: math.NaN(), DF: float64(s.N - 1), P: math.NaN()}
	switch se := math.Sqrt(s.Variance / float64(s.N)); {
	case s.N < 2:
	case se == 0 && s.Mean == 0:
		t.Statistic, t.P = 0, 1
	default:
		t.Statistic = s.Mean / se
		t.P = studentP(t.Statistic, t.DF)
	}
	return t
}

// Variation is how much a figure varies between groups and within them.
type Variation struct {
	Mean            float64  // of groups, each by how much it tells
	Between, Within float64  // variances; Between is 0 when groups differ by chance alone
	Share           float64  // Between / (Between + Within): the intraclass correlation
	Interval        Interval // of Share
	F, DF1, DF2, P  float64  // of equal means
}

// Vary tells how much a figure varies between groups, each with two observations
// or more. The variances are those of the analysis of variance with unequal
// groups (Searle 1971); the interval is Thomas's & Hultquist's (1978), widened to
// hold the share; the test is Welch's (1951), which lets the groups' variances
// differ, or Fisher's where one group does not vary at all. NaN below two groups,
// or where nothing varies within any.
func Vary(groups []Moments) Variation {
	k, n, squares, sum, within := float64(len(groups)), 0.0, 0.0, 0.0, 0.0
	inverse := 0.0 // Σ 1/nᵢ
	for _, g := range groups {
		ni := float64(g.N)
		n, squares, sum, within, inverse = n+ni, squares+ni*ni, sum+g.Sum, within+g.spread(), inverse+1/ni
	}
	v := Variation{Mean: sum / n, Within: within / (n - k)}
	if k < 2 || n-k < 1 || !(v.Within > 0) {
		nan := math.NaN()
		return Variation{nan, nan, nan, nan, noInterval(), nan, nan, nan, nan}
	}
	between, unweighted := 0.0, Moments{}
	for _, g := range groups {
		m := g.Sum / float64(g.N)
		between += float64(g.N) * (m - v.Mean) * (m - v.Mean)
		unweighted.Add(m - v.Mean)
	}
	between /= k - 1
	v.Between = math.Max(0, (between-v.Within)/((n-squares/n)/(k-1)))
	v.Share = v.Between / (v.Between + v.Within)

	harmonic := k / inverse
	ratio := harmonic * unweighted.Sample().Variance / v.Within
	f := distuv.F{D1: k - 1, D2: n - k}
	share := func(quantile float64) float64 {
		r := (ratio/quantile - 1) / harmonic
		return math.Min(1, math.Max(0, r/(1+r)))
	}
	v.Interval = Interval{math.Min(share(f.Quantile(1-tail)), v.Share), math.Max(share(f.Quantile(tail)), v.Share)}

	v.Mean = 0
	weights := 0.0
	for _, g := range groups {
		w := 1 / (v.Between + v.Within/float64(g.N))
		v.Mean += w * g.Sum / float64(g.N)
		weights += w
	}
	v.Mean /= weights
	v.welch(groups, between/v.Within, n)
	return v
}

// welch tests equal means; fisher is the classical F.
func (v *Variation) welch(groups []Moments, fisher, n float64) {
	k := float64(len(groups))
	weights, weighted := 0.0, 0.0
	for _, g := range groups {
		s := g.Sample()
		w := float64(g.N) / s.Variance
		weights += w
		weighted += w * s.Mean
	}
	v.F, v.DF1, v.DF2 = fisher, k-1, n-k
	if mean := weighted / weights; !math.IsInf(weights, 0) {
		a, b := 0.0, 0.0
		for _, g := range groups {
			s := g.Sample()
			w := float64(g.N) / s.Variance
			a += w * (s.Mean - mean) * (s.Mean - mean)
			b += (1 - w/weights) * (1 - w/weights) / float64(g.N-1)
		}
		v.F = a / (k - 1) / (1 + 2*(k-2)/(k*k-1)*b)
		v.DF2 = (k*k - 1) / (3 * b)
	}
	v.P = distuv.F{D1: v.DF1, D2: v.DF2}.Survival(v.F)
}

// Shrink returns a group's mean moved towards all groups' by as much as it is
// uncertain, with the interval that the variances, taken as known, leave
// (empirical Bayes; Efron & Morris 1975).
func (v Variation) Shrink(g Moments) (float64, Interval) {
	own := v.Within / float64(g.N)
	keep := v.Between / (v.Between + own)
	value := v.Mean + keep*(g.Sum/float64(g.N)-v.Mean)
	half := z * math.Sqrt(keep*own)
	return value, Interval{value - half, value + half}
}
