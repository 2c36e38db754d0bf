// Package modelview is «Modelo»: the company as its people declared it, shown as
// they understand it and not as YAML: who it is, its touchpoints by stage with
// what happens there and how it is lived, the areas and what each answers for,
// suppliers, places, how customers are recognised; its versions and what changed
// in each, in words. Who may apply a model does it here: text or file, its faults
// with line and column, what it would change, then a note and the new version.
//
// In: model.Service, the names of who applied. Out: a web.Page.
package modelview
