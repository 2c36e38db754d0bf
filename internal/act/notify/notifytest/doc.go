// Package notifytest is what tells people, with all that is real about it
// (accounts, queue, outbox, a mail server), for tests.
package notifytest
