// Package cases is Casos: the queues of what somebody must make right, and one
// case with all that is needed to do it: what its customer lived, what was
// promised, the conversation, what one may give, and the story of who did what.
//
// It is made for a phone in a shop: queue, case, done are three taps. How cases
// are said is in telling, which Mi día, Ficha and the customer's page use too.
//
// In: act/cases, act/promise, remember, the model in force. Out: a web.Page.
package cases
