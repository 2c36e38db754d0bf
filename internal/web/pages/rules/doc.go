// Package rules is «Reglas»: what the company does by itself, as sentences
// ("Cuando… si… entonces…"), switched on and off, with what each did, what it did
// not and why, and how those fared whom it left out to compare with; the editor
// that composes one by choosing, beside what the customer will see, tries it on
// the past and on what is lived now, and shows which others are in its way; what
// failed, to be mended and done again; and the other programs that are told.
//
// Customers' facts that a condition compares are chosen and typed (condition.go);
// what cannot be told so keeps its expression, under "Análisis avanzado". The
// editor changes the person's own draft of the model (draft.go reads a rule of it
// and writes it, form.go reads the form); nothing begins until it is put in force.
//
// In: rules, their runs and tests of act/rule; webhooks of act/deliver; the model
// and its drafts. Out: a web.Page and its file.
package rules
