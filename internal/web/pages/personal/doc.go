// Package personal is what a customer has a right to: all that is known of them
// on one page that can be printed, and as JSON; being forgotten, asked for
// twice before it is done; and the receipts of who was, for who answers for it.
//
// In: forget.Service, remember.Memory, who people are. Out: a web.Page.
package personal
