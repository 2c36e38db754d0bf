// Package stats is pure mathematics: scores with their intervals, tests of
// change, corrections for many tests. It owns no data, knows nothing of
// customers, and draws on the standard library and gonum only.
//
// In: counts and moments. Out: numbers. Intervals are two-sided at 95 %, and p
// is two-sided. What cannot be computed (no observation, a negative count, a
// NaN that came in) is NaN, never zero; no function panics or returns an error.
package stats
