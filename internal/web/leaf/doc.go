// Package leaf is what pages have in common that stand on their own, for people
// who have no account: a survey's, a choice's, a case's, a driver's. Each comes in
// one request with its style in it, needs no script, keeps no cookie, tells
// nobody where people came from, and is found by no search engine.
//
// It owns their document, their headers and policy of content, how a request is
// served whatever goes wrong, and the part of a script that keeps what was done
// offline until it was sent. What the pages say and do is web/survey's and
// web/yours'.
//
// In: a Site, a request, a content. Out: a whole page.
package leaf
