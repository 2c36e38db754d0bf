// Package ask decides whom to ask, and when. It follows the log: each event that
// a survey of the model waits for is decided once, whatever is replayed or
// rebuilt; the decision, also the one not to ask and why, is a record in the log
// (Decided) that the customer's timeline tells. When the time has come, what may
// have changed is looked at again, and the invitation goes to act/deliver.
//
// It owns the asks and the position up to which the log is decided, in state.db.
// It does not own surveys (model), links and answers (listen/survey), nor mail
// (act/deliver).
//
// A survey's condition says whom it is meant for: an event that it does not let
// through is not decided about, nor one that came more than a day after it was
// lived, as in an import. Then the first of Reasons that holds, in their order,
// is why somebody is not asked.
//
// In: the log, the model in force, memory. Out: decisions, invitations; how
// often people are asked, and who answers.
package ask
