// Package reading is how people read journeys: which runs are asked for
// (Question, whose state is the address), in which words (Reader), and the parts
// that the pages of journeys share: filters, tabs, how sure something is. It owns
// no page and asks no service; its words are in the catalogues of package
// journeys.
//
// In: a request, the model, answers of package journey. Out: filters for that
// package, addresses, words, templ components.
package reading
