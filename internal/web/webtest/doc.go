// Package webtest asks pages as a browser without script would: a real account
// service on a real store, one person of each role, cookies, the CSRF token,
// and answers that are searched by CSS selector.
package webtest
