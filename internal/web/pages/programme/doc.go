// Package programme is «Programa»: whether improving is alive or was two weeks on the
// billboard, what leaders committed to, how mature the company says it is and what
// comes next, and Cinco minutos, a sheet to be read together. For everybody who signs
// in; who is limited to areas sees theirs.
package programme
