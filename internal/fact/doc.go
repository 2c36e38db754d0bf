// Package fact reads what an answer and a circumstance say in their bodies, so
// that whoever takes them in, remembers them and counts them reads the same.
// It owns their shape, their limits and the scales of scores. It owns no store
// and decides nothing about customers.
//
// In: the JSON body of an event. Out: Answer, Circumstance, Scale; errors that
// list every fault with its field.
package fact
