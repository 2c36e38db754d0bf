// Package causal is the pure mathematics of whether something that was done made a
// difference: who is dealt to which arm, whether the dealing went as meant, how many
// units it takes, and what the difference is, with its interval. In order of
// strength: a randomised comparison (Assign, SampleRatio, TwoArms, Proportions, CUPED,
// Sequence), a roll-out in steps (Staggered), one unit against a mixture of others
// (SyntheticControl), two groups before and after (Differences). HonestSubgroups tells
// for whom a difference was greatest without fooling itself.
//
// It owns no data and knows nothing of customers or initiatives: improve/impact
// decides what a unit is, what is compared, and what is worked. In: figures of units.
// Out: effects, treated − control, in the outcome's unit. Intervals are two-sided at
// 95 % unless an alpha is given. As in package stats what cannot be computed is NaN
// (an interval that excludes nothing is infinite), no function panics or returns an
// error, and the same input gives the same digits: what draws at random has a seed.
package causal
