// Package cx is the vocabulary of Vivencia: the words that every other
// package speaks. It owns the Event, the ids and units, the Clock, the
// Principal and the Error with its kinds. It owns no behaviour of any feature,
// reads no clock, opens no file, and imports only the standard library.
//
// In: nothing. Out: types.
package cx
