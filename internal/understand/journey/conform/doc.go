// Package conform holds the ways of a log against a script: what of the script was
// skipped, lived again, lived elsewhere or not expected, and between which events
// the script expects a time.
//
// In: a script, and the variants of an event log. Out: a verdict on each move, of
// each way once; what was explained before is kept by whom it is asked for.
package conform
