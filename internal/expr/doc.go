// Package expr evaluates conditions and values that people write: CEL, the
// Common Expression Language, over one line of a file (Row), one fact that a
// customer lived (Fact), or one customer as they are now (Customer).
//
// It owns which variables and functions an expression sees, what a missing
// field means (it equals null, no other comparison with it holds, and it is
// never an error), and the limits that keep a hostile expression from stalling
// the server. It does not own where expressions are written (model, importer).
//
// In: source text and Vars. Out: a bool or a value; faults with line and column.
package expr
