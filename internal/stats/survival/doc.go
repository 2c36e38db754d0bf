// Package survival is the mathematics of how long something lasts when not all has
// ended yet: how long customers stay. It owns no data and knows nothing of customers;
// times are in any one unit.
//
// In: spells, each as long as it was seen, and whether it ended. Out: curves, tests,
// Cox's and the discrete-time hazard with their intervals at 95 %. What cannot be told
// is NaN, and a [Fault] says why where it is not plain; nothing panics.
package survival
