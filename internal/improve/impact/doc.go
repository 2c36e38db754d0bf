// Package impact tells whether an initiative worked: it draws who lives it, notes
// who did, and compares what became of them by the rule that was written down
// before the start.
//
// It owns the arms that were drawn, exposures on their way to the log and the
// evaluations, in state.db. It owns no initiative (improve/cycle: plans, people,
// dates, decisions; it Serves them), no fact (history) and no mathematics
// (stats/causal).
//
// How a thing was done decides how it can be judged: a draw of customers by a
// randomised comparison, shops that begin one after the other by a staggered
// difference-in-differences, one or few of them by a synthetic control; of a date
// alone nobody can tell, and that is the verdict.
//
// That somebody was exposed is an event of theirs in the log (ExposureEvent), of
// those who live nothing new too: outcomes are counted from it, by intention to
// treat. An evaluation keeps only sums over customers, and the hash of what it
// read, so that it can be made again to the same digits and outlives the
// forgetting of those it counted.
//
// In: plans, history, promises kept, segments. Out: arms, exposures, evaluations,
// the stop of what does harm.
package impact
