// Package remember makes one memory per customer from the log. It is the first
// view: in one transaction for each batch it drops what was seen before
// (dedupe), finds whose each event is (identity), writes the timeline, keeps
// the traits of each source, the words by which customers are found, the
// organizations and the counters; then it tells who watches.
//
// Forgetting begins with a decision (LetGo), which closes what is a customer's;
// then Redaction says what is left of their events in the log, and Erase removes
// the rest of them here, so that every answer is what a replay of the redacted
// log would give.
//
// It owns views.db, which derives from the log alone: no clock, no randomness,
// so that a rebuild gives the same ids, links and answers. Class (touchpoint,
// stage, valence …) is not stored but told at read by the model in force. It
// does not own the log, the model, nor questions on everybody (history).
//
// In: batches of the log. Out: customers, timelines, the merge graph, searches,
// what is being lived now; whose each event is (Resolve); decisions of people
// about customers, as events appended to the log; all that is held of a customer.
package remember
