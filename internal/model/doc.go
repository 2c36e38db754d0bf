// Package model owns the company as its people declare it: areas, suppliers,
// places, touchpoints with the events that happen there, objects, identifiers,
// computed properties, segments of customers, journeys with their scripts, and how
// long what is lived is kept; one YAML file, checked whole, versioned.
//
// It owns the YAML and its JSON Schema, typed edits that keep its lines, the
// faults, the diff, the versions in state.db with their record in the log, each
// person's draft and its merge, and the pure classification of a fact
// under a model. It does not own what is done with a class (remember, history)
// nor how conditions are evaluated (expr).
//
// In: YAML, facts. Out: a Model, its Versions, Classes and Derived values.
package model
