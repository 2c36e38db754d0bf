// Package telling says cases in words: by when, whose, why one comes before
// another, what happened to it. The pages of who serves (cases, day, card) and
// the page of a customer show cases with it. Its messages are those of the page
// cases.
package telling
