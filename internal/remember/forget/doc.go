// Package forget erases personal data: one customer for good ("Forget"), or
// what was lived so long ago that the model lets it expire ("Expire"), by one
// operation; and hands over all that is known of a customer ("Export").
//
// It owns the order in which the holders of personal data are asked, the
// intents that survive a crash, and the receipts, which hold no personal data,
// in state.db. It does not own any of the data: each package that does
// implements cx.Holder.
//
// A forgetting is an intent in state.db first. Then the customer is let go by a
// decision in the log, after which nothing that comes is theirs; what the log
// has of them is replaced by what is left of a redacted event; and every holder
// erases its part, memory last, since it knows what is theirs. Each step can be
// repeated, so a crash at any point is resumed by going through all of them
// again.
//
// In: who is to be forgotten; the model's retention. Out: receipts, exports.
package forget
