// Package signin is how people come in and go: by e-mail and password, by a
// link, by the set-up link that makes the first administrator, and out. It owns
// no account: account.Service does. A link's page shows a button and only its
// POST uses the link up, so that scanners of mail do not.
package signin
