// Package account is who may do what: people, roles, areas, sign-in and
// sessions, second factors, write keys of sources, API tokens, the audit log,
// and the instance itself. It owns the table role → actions (Check), which
// every service asks, and its tables in state.db. It does not know customers,
// nor which areas a fact belongs to: services compare Principal.Areas with what
// they hold.
//
// Secrets (passwords, recovery codes, session and link secrets, API tokens) are
// kept as hashes only; the secrets of one-time codes encrypted. Write keys are
// public by nature, since they ship in web pages: they are kept readable, and
// can only write.
//
// People are ready to be provisioned by a directory in the terms of SCIM (RFC
// 7643): Profile has externalId, userName, the names and active; Provision,
// ReplaceProfile and PatchProfile are its POST, PUT and PATCH (active false is
// its DELETE, since what people did stays), PersonByEmail and
// PersonByExternalID its filters, Grants turns its groups into role and areas.
//
// In: forms, commands and requests, with the Principal who asks. Out:
// Principals, sessions and sources.
package account
