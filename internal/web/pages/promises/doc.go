// Package promises shows what is promised against what is lived: every promise
// with how surely it is kept, what is left of its error budget and when that is
// spent; the scorecards of areas and suppliers, compared fairly; and one promise
// with its words, its weeks, where and with whom it breaks, what it made expect,
// and the customers behind it.
//
// In: standings, groups and instances of act/promise, expectations. Out: a
// web.Page and its files.
package promises
