// Package segments is the page «Segmentos»: the groups of customers that the
// company's model declares, how many are in each now (counted again while
// somebody looks), who they are, taken away as a CSV; and for who may change the
// model a form that composes a condition from sentences, tries it, shows what
// would change, and applies it.
//
// In: segment.Service, the models. Out: a web.Page.
package segments
