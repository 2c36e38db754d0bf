// Package api is the product for programs: JSON over HTTP under /api/v1, with
// its OpenAPI document, and what operators ask (/healthz, /readyz, /metrics).
// It owns the shapes of requests and answers, authentication by bearer token,
// and the table from an error's kind to a status. It decides nothing: handlers
// read parameters, call a service with the Principal, and write what it says.
//
// In: requests, each with a Principal (of a token, or given by WithPrincipal).
// Out: JSON; problems as RFC 9457 says.
//
// Every route is one line of the table in routes.go and one operation of
// openapi.yaml; a test holds both against each other, and real answers against
// the schemas.
package api
