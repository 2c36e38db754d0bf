// Package yours is what customers, and others who have no account, hold in their
// hand: the page of a choice, the customer's own page of a case and of their data,
// the page at which anybody opens a case, and a driver's. It decides nothing:
// act/dialogue knows links, choices and messages, act/cases what somebody must
// make right.
//
// Whoever has a link may do what it is for, and no more; there is no session and
// no cookie. A GET changes nothing, since programs that look for viruses follow
// every link. A driver's page works without a network and sends later, each thing
// once.
//
// In: services of dialogue, cases and one's own data. Out: one http.Handler, and
// the addresses it answers.
package yours
