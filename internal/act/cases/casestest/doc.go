// Package casestest keeps a small company with real stores whose people work on
// cases: customers are remembered, jobs run, records come into the log.
//
// In: the rest of a model's YAML. Out: a World.
package casestest
