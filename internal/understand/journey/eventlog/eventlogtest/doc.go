// Package eventlogtest has the event logs that tests and benchmarks measure
// against: real ones of the shared data, and made ones of any size.
//
// In: a file of the shared data, or a size. Out: an eventlog.Log.
package eventlogtest
