// Package links shows the links by which people without an account tell something:
// at a place, where anybody opens a case, and on the round of a supplier's driver.
// Who leads makes them, prints the poster of one (see pages/posters), gives the
// other to a driver, and takes them back.
//
// In: act/dialogue's links. Out: a web.Page.
package links
