// Package outcomes shows what came of it, "Resultados": who stays, by when they came
// and by group; what customers will bring, and which of them; who may leave, and what
// goes with it; and how what is lived becomes money, link by link. Each question has
// an address with its filters, and its CSV; lists lead to the customers. Who is limited
// to areas sees what is theirs, as the services tell it.
//
// In: retention, worth and chain of understand/outcome. Out: a web.Page and its files.
package outcomes
