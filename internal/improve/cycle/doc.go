// Package cycle is how a company improves: plan, do, evaluate, improve, and then
// again from what was learned.
//
// It owns opportunities (what would be worth doing, and why), votes for them, and
// initiatives: their plan, frozen and hashed when they start; people, budget,
// areas and milestones; the customers and words that caused them; what was
// decided at the end and what was learned. All of it stands in state.db. It does
// not own who is exposed to an initiative, nor whether it worked (improve/impact),
// nor the facts that opportunities are made of: those who know them tell it
// (Source).
//
// Each step of an initiative is a record in the log (ChangedEvent: ids only), put
// on its way by a job of the same transaction, and a line of the audit log.
//
// In: what people propose, plan, vote and decide; what sources find; evaluations.
// Out: a ranked list, a board, a calendar, a history that can be searched, records.
package cycle
