// Package voicestest is a company that is heard, on real stores, for the tests of
// the pages of what customers say and why they score as they do.
package voicestest
