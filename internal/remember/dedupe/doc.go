// Package dedupe remembers which messages were seen, for ever: a set of 16-byte
// hashes. It owns their tables and their filters, not what a hash is of.
//
// In: hashes, in the order of the log. Out: whether each is new.
package dedupe
