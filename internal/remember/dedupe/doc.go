// Package dedupe remembers which messages were seen, for ever: a set of 16-byte
// hashes that only grows. It owns their tables and their filters, not what a
// hash is of.
//
// A random index over every hash would cost more with each million. Here the
// newest hashes are held in memory (and stored as they come, one row for each
// batch); when there are SegmentSize of them they are sealed: sorted and cut
// into chunks of a database page, with a Bloom filter. The filters of 64
// segments are kept in memory bit-sliced (Goodwin et al., "BitFunnel", SIGIR
// 2017): eight reads tell which of the 64 may hold a hash, so that a look-up
// hardly costs more with 100 segments than with one.
//
// In: hashes, in the order of the log. Out: whether each is new.
package dedupe
