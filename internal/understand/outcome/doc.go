// Package outcome tells how the company is doing: satisfaction with what was
// lived, now and before, and where it hurts. It owns the scores (which answers
// count, and their intervals) and the pulse. It owns no facts and no pages.
//
// In: tallies and distributions of history, the model in force. Out: Result and
// Pulse, each figure with its interval and its n.
package outcome
