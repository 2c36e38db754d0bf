// Package sqldbtest runs a test on every engine.
package sqldbtest
