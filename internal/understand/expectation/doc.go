// Package expectation tells what customers expected and what they lived: the
// pairs of answers of one customer, before and after, and what each weighs in
// how they see the company later. It owns no answers (history) and no surveys
// (model: a survey of purpose before names the one that asks the same after).
//
// In: history's answers, the model in force. Out: Gap and its pairs, each
// figure with its interval and its n.
package expectation
