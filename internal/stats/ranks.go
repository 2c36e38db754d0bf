package stats

import (
	"cmp"
	"math"
	"slices"
)

// MannWhitney tests whether values tend to be greater after than before, without
// assuming how they are distributed (Mann & Whitney 1947), by the normal
// approximation with corrections for ties and for continuity. Delta is the
// probability that a value after is greater than one before, ties counted half,
// less ½: −½..½. NaN when either side is empty; p is 1 when all values are equal.
// It orders both slices.
func MannWhitney[T cmp.Ordered](before, after []T) Test {
	n1, n2 := float64(len(before)), float64(len(after))
	none := Test{math.NaN(), math.NaN(), math.NaN(), math.NaN()}
	if n1 == 0 || n2 == 0 {
		return none
	}
	slices.Sort(before)
	slices.Sort(after)
	// u counts pairs in which the one after is greater.
	var u, ties float64
	for i, j := 0, 0; i < len(before) || j < len(after); {
		value := least(before[i:], after[j:])
		same1, same2 := run(before[i:], value), run(after[j:], value)
		if same1+same2 == 0 { // a NaN equals nothing
			return none
		}
		u += float64(same2) * (float64(i) + float64(same1)/2)
		t := float64(same1 + same2)
		ties += t*t*t - t
		i, j = i+same1, j+same2
	}
	n := n1 + n2
	delta := u/(n1*n2) - .5
	se := math.Sqrt(n1 * n2 / 12 * (n + 1 - ties/(n*(n-1))))
	off := u - n1*n2/2
	if se == 0 || math.Abs(off) <= .5 {
		return normalTest(delta, 0)
	}
	return normalTest(delta, math.Copysign(math.Abs(off)-.5, off)/se)
}

// least returns the lesser first value of two slices of which one may be empty.
func least[T cmp.Ordered](a, b []T) T {
	switch {
	case len(a) == 0:
		return b[0]
	case len(b) == 0:
		return a[0]
	}
	return min(a[0], b[0])
}

// run returns how many values at the beginning of a sorted slice equal one.
func run[T cmp.Ordered](values []T, value T) int {
	n := 0
	for n < len(values) && values[n] == value {
		n++
	}
	return n
}
