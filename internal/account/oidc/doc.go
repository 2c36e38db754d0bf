// Package oidc signs people in through the company's own sign-in, by OpenID
// Connect: authorization code with PKCE, state and nonce. It owns the protocol
// and what is under way in it, kept in memory for ten minutes; who comes in as
// whom, and with which role, is account.Service's.
//
// In: a browser's request to come in, and the provider's answer. Out: the
// address to send the browser to, then an account.Session.
package oidc
