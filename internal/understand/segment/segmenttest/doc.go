// Package segmenttest keeps a real memory and a real history of a small company
// for the tests of segments: what is lived is remembered and counted at once.
//
// In: the YAML of a model. Out: a House.
package segmenttest
