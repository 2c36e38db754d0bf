// Package customertest keeps a real memory of a small company for the tests of
// the pages that show customers: what is lived is remembered at once.
package customertest
