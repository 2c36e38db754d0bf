// Package customer is the page of one customer: what it lived, newest first,
// by episodes at touchpoints, with how it felt; its profile with every source's
// say; its identities, the merges that made it and how to undo them. It owns how
// a story is told (Teller, Story), which pages customers and organizations use
// too, and the suggestions of possible same customers.
//
// In: remember.Memory, the model in force, who people are. Out: a web.Page.
package customer
