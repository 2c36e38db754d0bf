// Package referral knows who brought whom. A customer has a code and a link; a
// friend gives the code at a purchase or before it, or only says who told them;
// a purchase within time proves it, and both are rewarded.
//
// It owns codes, claims, the ledger of rewards, whom it asked for a
// recommendation, and the position up to which the log is read, in state.db. It
// does not own who is who (memory), what was bought (the timeline), nor how a
// message goes out (act/dialogue).
//
// A claim is judged anew from what is known, whenever something of it changes: a
// purchase, a refund, a merge of customers or its undo (judge). The ledger only
// grows: it is brought to what the judgement says by one more entry, so replays
// and crashes add nothing, and what was undone comes back
// (docs/adr/0099-a-claim-is-judged-anew.md). Nobody brings themselves, nobody is
// brought twice, and nobody is brought by somebody whom they brought.
//
// In: the log, the model in force, memory. Out: events of the customers concerned
// (SharedEvent …), decisions, the ledger, figures.
package referral
