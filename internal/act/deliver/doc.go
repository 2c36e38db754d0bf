// Package deliver sends messages to customers: an outbox in state.db, and mail
// by SMTP. A message is put into the outbox in the transaction that decides it;
// from there it is delivered at least once, always with the same Message-ID, so
// that whoever got it twice can tell. What a server refuses for now is tried
// again until the message expires; what it refuses for good ends, and an address
// that does not exist is not written to again.
//
// It owns the outbox, the addresses that bounced, who does not want to be
// written to any more (a decision in the log, kept here to be looked up), and
// how a mail is written: text and HTML, without anything that tracks. It does
// not own whom to write to, when, and why: act/ask and those like it do.
//
// In: messages. Out: mail; the state of each message, for people to see;
// decisions of customers not to be written to.
package deliver
