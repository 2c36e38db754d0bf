// Package choices is where people write what customers may choose among: the
// question, two to six ways on, and how long it is open. Rules and cases offer
// them; what a customer chose is theirs (act/dialogue).
//
// A choice is part of the model. It is edited in the person's draft, and put in
// force at once when that draft says nothing else.
//
// In: the model and drafts of it. Out: a web.Page; new versions of the model.
package choices
