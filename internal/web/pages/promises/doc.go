// Package promises shows what is promised against what is lived: every promise
// with how surely it is kept, what is left of its error budget and when that is
// spent; the scorecards of areas and suppliers, compared fairly; and one promise
// with its words, its weeks, where and with whom it breaks, what it made expect,
// and the customers behind it. Who may change the model makes and changes promises
// here in sentences (edit.go), tries them on the past before they are made
// (tried.go), and says when the company is open (calendar.go); the form is the state,
// so all of it works without script.
//
// In: the model, standings, groups and instances of act/promise, expectations. Out: a
// web.Page and its files.
package promises
