// Package relation shows, on a customer's page, what the relationship is worth: what
// they bought, when last, what is expected of them and whether they may leave, in
// words, with the figures and the reasons on a tap.
//
// In: what a customer is worth, and how likely they leave. Out: a web.Page of one part.
package relation
