// Package casestest is a small company that keeps promises and makes things
// right, on real stores, for the tests of the pages that show it: Casos, Mi día,
// Ficha.
package casestest
