// Package developers is the page «Para desarrolladores»: how a system sends
// events to this company, in snippets with its own key and address, and what
// arrives, live, refused or not, for who connects it.
//
// In: account.Service, remember.Memory, quarantine.Queue, intake.Service. Out: a
// web.Page.
package developers
