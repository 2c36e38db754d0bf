// Package rule does by itself what the model's rules say: when a customer lives
// something, and if a condition holds, then its steps. It follows the log like
// act/ask: each event that a rule waits for is decided once, whatever is replayed
// or rebuilt, and every decision, also the one not to act and why, is a record in
// the log (Decided) that the customer's timeline tells. Who a condition does not
// let through is not decided about, nor an event that came more than a day after
// it was lived.
//
// It owns runs of rules, their figures and the position up to which the log is
// decided, in state.db. It does not own what a step does: cases, conversations,
// asks, notices and webhooks are other packages', each called with a key that
// makes twice the same as once.
//
// Whether somebody enters a rule is decided from the log alone, in its order and
// by the events' own times (gate): so a back-test over history counts what the
// live engine would have. What may have changed is looked at again when a step is
// due: the condition, the wish not to be written to, quiet hours, how often they
// were written to.
//
// In: the log, the model in force, memory, history. Out: decisions, effects,
// figures, back-tests, conflicts between rules.
package rule
