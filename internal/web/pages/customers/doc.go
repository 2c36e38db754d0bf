// Package customers is the page «Clientes»: everybody whose memory is kept, the
// most recently active first, found by any name or identifier, taken away as a
// CSV; and the pairs that may be the same person, for somebody to decide.
//
// In: remember.Memory, the model in force. Out: a web.Page.
package customers
