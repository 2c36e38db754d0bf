// Package policy finds where the rules inside a company contradict what it promises:
// policies and goals against promises, policies against each other, and what a
// decision table never reaches or leaves out; each with a situation of a customer
// that shows it, how many customers really were in it, and what that costs.
//
// It owns what a contradiction is, and which situation shows one. It does not own the
// policies and goals (model), how conditions are compared (act/policy/table), nor
// whether promises are kept (act/promise). It keeps nothing: what people decide of a
// contradiction (suspend the policy, live with it until a day) is part of the model.
//
// A policy contradicts a promise when a customer can be in a situation in which both
// apply and what the policy does breaks the promise: it prevents the event that keeps
// it, lets that come later than promised, or makes an event say what breaks the
// promise. A goal contradicts a promise when what keeps the promise misses the goal,
// or when promises are broken clearly more often where the goal is reached; the latter
// is an association, and called so.
//
// In: the model in force, history's facts, what the team and customers say. Out:
// Conflict, Pain, Analysis; for who has no data, Find.
package policy
