package stats

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Test is a test of change.
type Test struct {
	Delta     float64 // after − before, in the figure's unit
	Statistic float64 // z, or t
	DF        float64 // of t; +Inf for z
	P         float64
}

func normalTest(delta, statistic float64) Test {
	return Test{delta, statistic, math.Inf(1), 2 * distuv.UnitNormal.CDF(-math.Abs(statistic))}
}

// NPSChange tests the change between two waves of different people by the
// normal approximation with the variances of the raw scores. Delta is in points
// of the score.
func NPSChange(before, after Recommenders) Test {
	delta := after.Score() - before.Score()
	return normalTest(delta, delta/100/math.Sqrt(before.variance()+after.variance()))
}

// ProportionChange tests the change between k of n before and after by the
// pooled z test. Without any difference possible (all, or none, in both) p is 1.
func ProportionChange(kBefore, nBefore, kAfter, nAfter int) Test {
	n1, n2 := float64(nBefore), float64(nAfter)
	p1, p2 := float64(kBefore)/n1, float64(kAfter)/n2
	pooled := float64(kBefore+kAfter) / (n1 + n2)
	se := math.Sqrt(pooled * (1 - pooled) * (1/n1 + 1/n2))
	if se == 0 {
		return normalTest(p2-p1, 0)
	}
	return normalTest(p2-p1, (p2-p1)/se)
}

// Welch tests the change of a mean without assuming equal variances (Welch
// 1947; degrees of freedom by Satterthwaite). NaN below two observations; where
// neither sample varies, p is 1 for equal means and 0 for different ones.
func Welch(before, after Sample) Test {
	delta := after.Mean - before.Mean
	if before.N < 2 || after.N < 2 {
		return Test{delta, math.NaN(), math.NaN(), math.NaN()}
	}
	v1, v2 := before.Variance/float64(before.N), after.Variance/float64(after.N)
	if v1+v2 == 0 {
		t := Test{Delta: delta, DF: math.Inf(1), P: 1}
		if delta != 0 {
			t.Statistic, t.P = math.Inf(int(math.Copysign(1, delta))), 0
		}
		return t
	}
	statistic := delta / math.Sqrt(v1+v2)
	df := (v1 + v2) * (v1 + v2) / (v1*v1/float64(before.N-1) + v2*v2/float64(after.N-1))
	if df > 1e6 {
		t := normalTest(delta, statistic)
		t.DF = df
		return t
	}
	p := 2 * distuv.StudentsT{Sigma: 1, Nu: df}.CDF(-math.Abs(statistic))
	return Test{delta, statistic, df, p}
}

// studentP is two-sided. Past 10⁶ degrees the distribution is the normal's.
func studentP(statistic, df float64) float64 {
	if df > 1e6 {
		return normalTest(0, statistic).P
	}
	return 2 * distuv.StudentsT{Sigma: 1, Nu: df}.CDF(-math.Abs(statistic))
}
