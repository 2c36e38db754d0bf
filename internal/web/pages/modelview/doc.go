// Package modelview is «Modelo»: the company as its people declared it, shown as
// they understand it and not as YAML: who it is, its touchpoints by stage with
// what happens there and how it is lived, the areas and what each answers for,
// suppliers, places, how customers are recognised; its versions and what changed
// in each, in words. Who may apply a model edits it here, as a draft of their own:
// each part as a form beside its lines of the text, the whole as text or a file,
// faults where they stand, what it would change, then a note and the new version.
//
// form.go says which fields a part has and how they are read and written,
// compare.go does so for conditions, part.go for their words and choices.
//
// In: model.Service, the names of who applied. Out: a web.Page.
package modelview
