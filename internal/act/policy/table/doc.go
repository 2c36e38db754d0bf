// Package table reasons about conditions without data: which situations two of them
// share, which a decision table decides twice, never, or leaves out. Fields are cut
// into classes of values that no test of the conditions tells apart, so that every
// answer is exact but for what a condition holds opaque (expr.Opaque).
//
// Rows that are boxes (a set of classes for each field) are swept field by field, as
// Calvanese, Dumas, Laurson, Maggi, Montali and Teinemaa (2016, "Semantics and
// Analysis of DMN Decision Tables") do; what is no box goes to a SAT solver, its
// classes as variables of which exactly one holds.
//
// In: expr.Formula. Out: a Box of situations, and its Terms for people.
package table
