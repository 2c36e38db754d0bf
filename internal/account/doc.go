// Package account is who may do what: people, roles, areas, sign-in and
// sessions, write keys of sources, API tokens, the audit log, and the instance
// itself. It owns the table role → actions (Check), which every service asks,
// and its tables in state.db. It does not know customers, nor which areas a
// fact belongs to: services compare Principal.Areas with what they hold.
//
// Secrets (passwords, session and link secrets, API tokens) are kept as hashes
// only. Write keys are public by nature, since they ship in web pages: they
// are kept readable, and can only write.
//
// In: forms, commands and requests, with the Principal who asks. Out:
// Principals, sessions and sources.
package account
