// Package cut makes the runs of a journey out of facts: which facts are of one
// run, where it begins and ends, what was answered about it, and what its
// customer did afterwards. It owns how runs are cut and how they are kept up with
// what comes; it keeps nothing itself.
//
// In: a journey as declared, and facts (history). Out: an event log, numbered by
// dictionaries that only grow.
package cut
