// Package tree holds process trees: what may follow what, as blocks within
// blocks (Leemans, Robust Process Mining with Guarantees, 2017, ch. 2). A tree is
// made from a journey's script or by a miner (discover); runs are held against it
// (align); it is drawn as a workflow net.
//
// It owns trees, their notation, their normal form, what may follow what in them,
// and the net. It knows nothing of events: a leaf is a number, and what it stands
// for (a step, an activity) is the caller's.
package tree
