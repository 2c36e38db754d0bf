// Package oidctest is an OpenID provider on loopback, for tests: discovery,
// authorization with PKCE, a token endpoint that authenticates its client, user
// information and a key set, with JSON Web Tokens that are really signed. It
// lets everybody in without asking, as the person that it is told, and can be
// told to misbehave.
package oidctest
