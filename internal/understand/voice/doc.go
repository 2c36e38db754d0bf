// Package voice keeps what customers and the public say in their own words, and
// finds it again: every piece of text of the log, who said it, when and about
// what, how the text model in force reads it and what people corrected.
//
// It owns the derived store of texts with its search index (a file of its own,
// or PostgreSQL), and, in state.db, the versions of the text model that were
// learned. It owns no reading of a text (understand/text), nothing that the team
// says (understand/team), no driver (understand/reason) and no survey.
//
// In: batches of the log, profile numbers and clusters from remember, the model
// in force, corrections as decisions of the log. Out: Search, Count, Tell,
// Quotes, Words, Taxonomy, Quality.
//
// Nothing that is derived reads a clock: delete the store, and the log makes it
// again, the same to the digit.
package voice
