// Package quarantine keeps what was refused, or what a view could not apply,
// until a person mends or discards it ("datos por revisar"). It owns the items
// and their bounds in bytes and age; it does not judge events (intake does) and
// does not replay them (intake.Service.Mend does).
//
// In: items from every way in and from views. Out: lists for people.
package quarantine
