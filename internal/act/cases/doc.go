// Package cases is what somebody must make right: who, for whom, by when; what
// was done, whether the customer says that it is right now, and why it happened.
//
// It owns the cases, their story and what was given away in them, in state.db,
// and the timers of what is due. It does not own the conversation with the
// customer (act/dialogue), the kinds of cases and what each role may give
// (model), nor what opens them by itself (act/rule).
//
// Each change of state is a record in the log (ChangedEvent: ids only), put on
// its way by a job in the same transaction; words stay here.
//
// The inner loop makes it right with one customer: Open, Take, Write, Give,
// Solve, and the customer's own word on it. The outer loop is Cause: what the
// cases of a cause have in common is one thing to mend.
//
// In: what happened, what people and customers do about it. Out: queues, stories,
// figures, records.
package cases
