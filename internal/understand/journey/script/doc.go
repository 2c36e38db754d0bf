// Package script writes the script that runs themselves would write: the inductive
// miner's tree of the ways that most of them went, told as the steps, choices and
// parallels of a journey's script.
//
// In: an event log, and the model that knows its touchpoints. Out: the script, and
// how many runs it allows.
package script
