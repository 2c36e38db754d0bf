// Package told tells customers what changed because they said it: those who asked
// for it, one by one, once it worked; and everybody, on the public page Dijiste,
// hicimos.
//
// It owns the story of an initiative as customers read it, whether it is public,
// and who was told, in state.db. It owns no initiative and no evidence
// (improve/cycle), and no message (act/dialogue).
//
// Whoever is told is told once, when it is polite: with their consent, outside their
// quiet hours, and no oftener than customers are written to. That they were is an
// event of theirs in the log (ChangeEvent).
//
// In: stories, the customers behind an initiative. Out: messages, events, the public
// entries.
package told
