// Package deliver sends messages: to customers by mail, to other programs by
// webhooks (Standard Webhooks 1.0), to browsers of the company's people by web
// push. The outbox lies in state.db: a message is put into it in the transaction
// that decides it; from there it is delivered at least once, always with the same
// Message-ID or webhook-id, so that whoever got it twice can tell. What is
// refused for now is tried again; what is refused for good ends, an address that
// does not exist is not written to again, an endpoint that answers 410 is
// switched off, and a browser that is gone is dropped.
//
// It owns the outbox, the addresses that bounced, who does not want to be
// written to any more (a decision in the log, kept here to be looked up), how a
// mail is written (text and HTML, without anything that tracks), the secrets of
// webhooks, and what is reached of the network when others name the address
// (Outside). It does not own whom to write to, when, and why: act/ask and those
// like it do; nor where webhooks are: the model says.
//
// In: messages. Out: mail, webhooks, pushes; the state of each, for people to
// see; decisions of customers not to be written to.
package deliver
