// Package chain tells how what customers live becomes money here: from what was lived
// to how it is remembered and scored, from there to staying, and from staying to
// revenue, each link with its lag, its interval, its n and the money of one point of
// it. It owns the panel of customers by month and its regressions; it owns no fact,
// no score and no purchase.
//
// In: facts of history, purchases, the model in force. Out: Chain.
//
// Everything is estimated on this company's data; nothing is imported. A link is an
// association, never told as a cause. What the data cannot tell is not told.
package chain
