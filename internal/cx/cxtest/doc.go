// Package cxtest builds events and clocks for tests.
package cxtest
