// Package programmetest is a company that improves, for tests of its programme and of
// whoever shows it: real accounts and a real store; what other rooms tell is said by
// the test.
package programmetest
