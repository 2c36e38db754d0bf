// Package teamtest is a company whose team speaks, for tests of whoever shows
// what it says: real stores, a log in memory that is heard at once.
package teamtest
