// Package compose lets people write conditions as sentences (a field, how it
// compares, with what) and turns them into the expressions of the model, and back.
// It owns no page; its words are in the catalogues of package promises.
//
// In: a form, expressions, a reading.Reader. Out: model.Cell, CEL, templ components.
package compose
