// Package historytest holds every engine of history to one law. It owns the
// Oracle (a Store that answers by going through all facts in Go, too slow for
// use and too plain to be wrong), the random facts, and the suite that asks an
// engine and the oracle every question by every dimension.
//
// In: a function that opens an engine. Out: failures of the test.
package historytest
