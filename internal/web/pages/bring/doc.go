// Package bring is «Trae lo que tienes»: a file that the company has already (a
// wave of a survey, orders, reviews) is dropped, what its columns are is guessed
// and corrected by choosing, what its rows will become is shown as sentences,
// and once it is in, what its own answers say first, with a quote. For whoever
// may import: analysts and administrators.
package bring
