// Package jobs runs what is due: timers and retries. A job is put into the queue
// in the transaction that writes the state it belongs to, and is taken out of it
// in the one that writes what became of it, so that neither a crash nor kill −9
// loses one, and none is left over.
//
// It owns the table jobs of state.db, the workers, the back-off, and the jobs
// that failed for good, which people see and run again. It owns no state of who
// uses it. A payload holds ids, never what is personal: jobs are no place for it.
//
// A job runs at least once: a crash between the work and its transaction runs
// it again. What is done outside the database carries a key that makes twice
// the same as once.
//
// In: jobs with a time. Out: calls of their kind's worker, at most Beat late
// while workers are free.
package jobs
