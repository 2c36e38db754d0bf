// Package organizations is the page «Cuentas»: the schools and companies that
// several customers belong to, who they are, and what was lived for them, told
// with their members' names.
//
// In: remember.Memory, the model in force. Out: a web.Page.
package organizations
