// Package risk tells how much of the money that customers are expected to bring is
// at risk: the probability that each leaves times what they would bring, added up,
// and by what those lived who are likelier to leave than others like them. It owns
// the comparison and its interval; it owns no probability and no money (worth), no
// promise (act/promise), no reason (reason).
//
// In: what each customer is worth, what they lived. Out: AtRisk.
//
// What a group has beyond comparable customers is an association, never a cause, and
// no part of a sum: customers who lived two things are in two groups, and in the
// total once.
package risk
