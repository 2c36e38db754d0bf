// Package eventlogtest reads the real event logs that tests measure against.
//
// In: a file of the shared data. Out: an eventlog.Log, as an analyst's file gives
// it.
package eventlogtest
