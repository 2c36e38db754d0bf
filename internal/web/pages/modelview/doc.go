// Package modelview is «Modelo»: the company as its people declared it, shown as
// they understand it and not as YAML: who it is, its touchpoints by stage with
// what happens there and how it is lived, the areas and what each answers for,
// suppliers, places, how customers are recognised; its versions and what changed
// in each, in words. Who may apply a model edits it here, as a draft of their own:
// each part as a form beside its lines of the text, the whole as text or a file,
// faults where they stand, what it would change, then a note and the new version.
//
// A journey is drawn beside its text, stages as bands and steps as cards; its
// steps are edited one by one, and it can begin from what is lived.
//
// form.go says which fields a part has and how they are read and written,
// journey_form.go and compare.go do so for what journeys and conditions are made
// of, part.go has their words and choices. script.go reads a script as it is
// drawn, step.go edits it, learn.go makes it of what is lived.
//
// In: model.Service, journey.Service to learn from, the names of who applied.
// Out: a web.Page.
package modelview
