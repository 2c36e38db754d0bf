// Package eventlogtest has the event logs that tests and benchmarks measure
// against: real ones of the shared data, made ones of any size, and short ones
// told in words.
//
// In: a file of the shared data, a size, or words. Out: an eventlog.Log.
package eventlogtest
