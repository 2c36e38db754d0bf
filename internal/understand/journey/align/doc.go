// Package align holds runs against a process tree: the cheapest way to explain a
// run by the tree, move by move (Adriansyah, Aligning Observed and Modeled
// Behavior, 2014), and from its cost the fitness.
//
// It owns alignments. It owns no tree (tree) and does not know what is aligned:
// a run is numbers of activities, and which leaves an activity can be is said by
// the caller.
package align
