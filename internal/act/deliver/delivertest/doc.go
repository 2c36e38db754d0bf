// Package delivertest is a real mail server on loopback for tests: it keeps what
// it takes, and refuses what it is told to.
package delivertest
