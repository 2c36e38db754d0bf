// Package posters makes what hangs at a touchpoint or a place: a sheet with the
// company's name, a survey's first question and a code that opens it, to print
// from SVG or PDF, in A4 and A6. Whose page offers them is the surveys' own.
//
// In: a service of surveys that makes links. Out: a web.Page of two files.
package posters
