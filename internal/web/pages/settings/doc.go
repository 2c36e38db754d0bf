// Package settings is «Ajustes»: who may enter, which systems send events and
// with which key, the tokens of programs, and what was done by whom. Business
// people see it as forms and lists; the command does the same.
//
// In: account.Service, the model (for areas). Out: a web.Page.
package settings
