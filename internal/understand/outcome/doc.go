// Package outcome tells how the company is doing: satisfaction with what was
// lived, now and before, and where it hurts. It owns the scores (which answers
// count, and their intervals), the pulse, what changed and since when, how customers
// remember, and what the silent would have said. It owns no facts and no pages.
//
// In: tallies, distributions and facts of history, the model in force. Out: Result,
// Pulse, Changed, Break, Memory, Inferred and Represented, each figure with its
// interval and its n.
package outcome
