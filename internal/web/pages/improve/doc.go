// Package improve shows how the company improves: what would be worth doing and
// what it would earn, the initiatives in their columns, as a list and as a
// calendar, one initiative with its plan, its evidence and its verdict, and what
// was learned. Everybody proposes and votes; analysts and leads plan; leads decide.
//
// In: improve/cycle, improve/impact. Out: pages, CSV, pictures.
package improve
