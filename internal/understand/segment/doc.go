// Package segment tells which customers a condition of the model is true of,
// now. It owns no condition (the model declares them, expr evaluates them) and
// no fact (history answers what the conditions ask): one pass of history answers
// the asks of all segments, for each customer in turn, and the conditions run on
// these answers.
//
// In: history.Asker, the model in force, remember for the customers' names. Out:
// how many are in each segment, who they are, in which one customer is, and what
// a condition that is being written would give. Every answer says how old it is.
package segment
