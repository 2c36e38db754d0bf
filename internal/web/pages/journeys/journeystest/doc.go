// Package journeystest is a small company with one journey, for the tests of the
// pages of journeys: real stores, and a fault that the pages must tell. It owns
// no page.
package journeystest
