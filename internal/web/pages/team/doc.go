// Package team is «Voz del equipo»: what keeps the people of the company from
// serving well, their ideas and what became of them, where they and the
// customers differ, and whether they speak one language; and where anybody of
// the company says so, on a phone, in two touches. For everybody who signs in.
package team
