// Package dialogue is the conversation with one customer: what we write to them,
// what they write, the choices we offer and the way they choose, their thanks,
// and the signed links by which they reach all of it without an account.
//
// It owns messages, offers and links, in state.db. It does not own choices
// (model), mail (act/deliver), cases (act/cases) nor when to write (act/rule,
// people).
//
// What a customer lives of it is an ordinary event of theirs in the log, named
// by Sent, Received, Offered, Made and Thanked: the timeline, Voz, segments and
// rules know it with no special case. It is appended by a job that was put in
// with what it tells (at least once, always the same messageId). Our own words are
// the property "said", theirs "text": Voz hears what customers say only.
//
// A message goes out as deliver.Care: asking less often does not hold it up, and
// whoever wants no messages finds it on their page only. Within Recent after their
// own words it is deliver.Reply, which goes in any case: they wait for it.
//
// In: notes, offers, what customers write and choose. Out: mail, events, pages'
// content.
package dialogue
